import { createHash, randomBytes } from 'node:crypto';
import { type AccountRow, findAccount } from '../accounts/accounts.ts';
import { AccountNotFound } from '../accounts/errors.ts';
import type { Audit } from '../audit/audit.ts';
import type { Impersonation } from '../platform/http/endpoint.ts';
import type { StaffRecord } from '../platform/http/impersonation.ts';
import type { Standing } from '../platform/http/who-may-ask.ts';
import { type AccountId, isId, newId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { LookEnds } from './ending.ts';
import { ImpersonationNotFound, LookIsOver, MayNotBegin, type NotLive } from './errors.ts';
import type { ImpersonationRow } from './schema.ts';
import * as store from './store.ts';

export type { ImpersonationRow } from './schema.ts';

export type SupportDeps = {
  readonly db: Database;
  readonly audit: Pick<Audit, 'write'>;
  readonly ends: LookEnds;
  readonly standing: Pick<Standing, 'isStaff'> & { isNamedStaff(account: AccountRow): boolean };
  /** How the browser's cookie for a look is called and kept. */
  readonly cookie: { readonly name: string; readonly attributes: string };
};

/** The session of somebody of the staff. */
type StaffSession = { readonly accountId: AccountId; readonly id: string };

/** A look that began, with the token that the browser is to hold; it is nowhere else. */
export type BegunLook = { readonly token: string; readonly row: ImpersonationRow };

const TOKEN_BYTES = 32;
/** 32 bytes in base64url. */
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;

/** Staff look at somebody's account for their sake: with a reason, for half an hour, on record, and told to the person. */
export function makeSupport({ db, audit, ends, standing, cookie }: SupportDeps) {
  const clearCookie = `${cookie.name}=; Max-Age=0; ${cookie.attributes}`;

  return {
    cookie,
    clearCookie,

    /**
     * Begins a look; of several at once in one session, one does. Rejects with `account_not_found`, with
     * `impersonation_forbidden` for accounts of staff and while a look goes on, and with `audit_entry_refused` for a
     * reason that cannot go on record.
     */
    async begin(
      session: StaffSession,
      { accountId, reason }: { readonly accountId: AccountId; readonly reason: string },
    ): Promise<BegunLook> {
      const account = await findAccount(db, accountId);
      if (!account || account.deletedAt !== null) throw new AccountNotFound();
      if (standing.isNamedStaff(account)) {
        throw new MayNotBegin('staff_account', session.accountId, accountId);
      }
      // What is over already does not stand in the way.
      await ends.sweep();
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      return await db.transaction(async (tx) => {
        const row = await store.insertImpersonation(tx, {
          ...{ id: newId('imp'), tokenHash: hashOf(token), accountId, reason },
          ...{ adminId: session.accountId, sessionId: session.id },
        });
        if (!row) throw new MayNotBegin('under_way', session.accountId, accountId);
        await audit.write(tx, {
          action: 'impersonation.started',
          actor: { kind: 'admin', accountId: row.adminId },
          ...{ subject: accountId, target: row.id, detail: { reason } },
        });
        return { token, row };
      });
    },

    /**
     * Whose account the session looks at by this token. Asked of the rows, of the staff and of the account at every
     * request; throws `impersonation_forbidden` for what is not so any more, or never was.
     */
    async resume(
      token: string | undefined,
      session: StaffSession,
    ): Promise<Impersonation & { readonly accountId: AccountId }> {
      const isToken = token !== undefined && TOKEN_FORM.test(token);
      const found = isToken ? await store.findByToken(db, hashOf(token)) : null;
      if (!found) throw over('unknown', session, null);
      const { row, isLive } = found;
      if (row.sessionId !== session.id || row.adminId !== session.accountId) {
        throw over('another_session', session, row);
      }
      if (!isLive) throw over('over', session, row);
      const why = await endIfChanged(row);
      if (why !== null) throw over(why, session, row);
      return { id: row.id, adminId: row.adminId, until: row.expiresAt, accountId: row.accountId };
    },

    /** Those of the looks that may go on, asked of the same as `resume` asks. */
    async stillGoingOn(ids: readonly string[]): Promise<ReadonlySet<string>> {
      const known = ids.filter((id) => isId('imp', id));
      const goingOn = new Set<string>();
      for (const row of await store.listGoingOn(db, known)) {
        if ((await endIfChanged(row)) === null) goingOn.add(row.id);
      }
      return goingOn;
    },

    /** Rejects with `impersonation_not_found` when the session looks at nobody. */
    async end(session: StaffSession): Promise<void> {
      const id = await store.findOfSession(db, session.accountId, session.id);
      if (id === null || !(await ends.end(id, 'stopped'))) throw new ImpersonationNotFound();
    },

    async isLookedAt(accountId: AccountId): Promise<boolean> {
      return (await store.findLatest(db, accountId))?.isLive ?? false;
    },

    /** What the account's own pages tell of: a look that goes on, or the newest of the last seven days; null for none. */
    latestLook: (accountId: AccountId) => store.findLatest(db, accountId),

    record: makeStaffRecord({ db, audit }),
  };

  /** Ends a look that has time left and is over all the same; why, or null for one that goes on. */
  async function endIfChanged(row: ImpersonationRow) {
    const why = await changed(row);
    if (why !== null) await ends.end(row.id, why);
    return why;
  }

  async function changed(row: ImpersonationRow): Promise<'not_staff' | 'account_changed' | null> {
    if (!(await standing.isStaff(row.adminId))) return 'not_staff';
    const account = await findAccount(db, row.accountId);
    const isClosed = account === null || account.deletedAt !== null;
    return isClosed || standing.isNamedStaff(account) ? 'account_changed' : null;
  }

  function over(why: NotLive, { accountId }: StaffSession, row: ImpersonationRow | null) {
    const isTheirs = row?.adminId === accountId;
    return new LookIsOver({
      ...{ why, byId: accountId, isStaff: isTheirs, clearCookie },
      accountId: isTheirs ? row.accountId : null,
      impersonationId: row?.id ?? null,
    });
  }
}

export type Support = ReturnType<typeof makeSupport>;

/** Puts on record what staff change in an account that they look at, and what is refused to them. */
function makeStaffRecord({ db, audit }: Pick<SupportDeps, 'db' | 'audit'>): StaffRecord {
  return {
    async noteChange({ id, adminId, accountId }, { operationId, requestId }) {
      await audit.write(db, {
        action: 'impersonation.mutated',
        actor: { kind: 'admin', accountId: adminId },
        ...{ subject: accountId, target: id },
        detail: { operation: operationId, request_id: requestId },
      });
    },

    async noteRefusal({ why, byId, isStaff, accountId, impersonationId }, request) {
      await audit.write(db, {
        action: 'impersonation.refused',
        actor: { kind: isStaff ? 'admin' : 'user', accountId: byId },
        ...{ subject: accountId, target: impersonationId },
        detail: { why, operation: request.operationId, request_id: request.requestId },
      });
    },
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
