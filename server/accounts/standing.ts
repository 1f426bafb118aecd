import type { Standing } from '../platform/http/who-may-ask.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { type AccountRow, findAccount } from './accounts.ts';

export type StaffStanding = Standing & {
  /** True for whoever is to be staff, whether or not they have what it takes yet. */
  isNamedStaff(account: AccountRow): boolean;
};

/** Without sign-in there is nobody but the owner, whose proof is to reach this machine. */
export function makeOwnerStanding(db: Database): StaffStanding {
  return {
    isNamedStaff: isOwner,
    isStaff: async (accountId) => (await findAccount(db, accountId))?.kind === 'owner',
    stepUpMethod: async () => null,
  };
}

/**
 * Where people sign in, staff are those whose address the settings name, as it was told at their latest sign-in, and who
 * have two-factor; so every full session of theirs has passed it.
 */
export function makeStanding({
  db,
  adminEmails,
  hasSecondFactor,
}: {
  readonly db: Database;
  /** In lower case. */
  readonly adminEmails: ReadonlySet<string>;
  readonly hasSecondFactor: (accountId: AccountId) => Promise<boolean>;
}): StaffStanding {
  return {
    isNamedStaff: (account) =>
      isOwner(account) || (account.email !== null && adminEmails.has(account.email)),

    async isStaff(accountId) {
      const account = await findAccount(db, accountId);
      if (account?.email == null || account.deletedAt !== null) return false;
      return adminEmails.has(account.email) && (await hasSecondFactor(accountId));
    },
    stepUpMethod: async (accountId) => ((await hasSecondFactor(accountId)) ? 'totp' : 'google'),
  };
}

function isOwner({ kind }: AccountRow): boolean {
  return kind === 'owner';
}
