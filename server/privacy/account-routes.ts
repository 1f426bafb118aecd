import { findAccount } from '../accounts/accounts.ts';
import { AccountNotFound } from '../accounts/errors.ts';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { AccountDeletion } from './account-deletion.ts';
import { deleteAccount, shownAccount } from './contract.ts';
import { presentAccount } from './present.ts';

/** An account over HTTP: what is kept of its person, giving it up, and taking that back. */
export function makeOwnAccountEndpoints({
  db,
  accountDeletion,
  cookie,
}: {
  readonly db: Database;
  readonly accountDeletion: AccountDeletion;
  /** Takes a browser's session away: the value of `Set-Cookie`. */
  readonly cookie: { readonly clear: string };
}): readonly Endpoint[] {
  const common = { tag: 'Your data', path: '/app/account', access: 'session' } as const;
  const signOut = { 'Set-Cookie': cookie.clear };

  async function show(accountId: AccountId) {
    const account = await findAccount(db, accountId);
    if (!account) throw new AccountNotFound();
    return presentAccount(account);
  }

  return [
    defineEndpoint({
      ...common,
      method: 'get',
      operationId: 'getOwnAccount',
      summary: 'What is kept of you yourself',
      stages: ['full', 'restore'],
      limit: 'read',
      answers: { 200: { description: 'You.', body: shownAccount } },
      async handle({ caller }) {
        return { status: 200, body: await show(caller.accountId) };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'delete',
      operationId: 'deleteOwnAccount',
      summary: 'Give up your account',
      description:
        'Sessions, keys, webhooks and everything that is being made end at once. Whoever signs in again within thirty days can restore the account; then it is removed.',
      stepUp: true,
      limit: 'write',
      body: deleteAccount,
      answers: { 202: { description: 'Until when it can be restored.', body: shownAccount } },
      async handle({ caller: { accountId } }) {
        await accountDeletion.schedule(accountId);
        return { status: 202, body: await show(accountId), headers: signOut };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/app/account/restore',
      operationId: 'restoreOwnAccount',
      summary: 'Restore your account',
      description:
        'Webhooks work again. Keys stay revoked, what was being made is made anew by wish, and you sign in again.',
      stages: ['restore'],
      limit: 'write',
      idempotent: false,
      answers: { 200: { description: 'It is yours again.', body: shownAccount } },
      async handle({ caller: { accountId } }) {
        await accountDeletion.restore(accountId);
        return { status: 200, body: await show(accountId), headers: signOut };
      },
    }),
  ];
}
