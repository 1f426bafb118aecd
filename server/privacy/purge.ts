import type { AccountRow } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Notify } from '../notify/notify.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { listDue, lockDue } from './deletion-store.ts';
import * as store from './purge-store.ts';

/** Bounds one round; the rest waits for the next. */
const AT_ONCE = 20;

export type PurgeDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly sessions: Pick<Sessions, 'rememberPurged'>;
  readonly notify: Pick<Notify, 'mail'>;
  readonly audit: Pick<Audit, 'write'>;
  /** Removes short-lived keys that are named after any of these ids. */
  readonly forget: (ids: readonly string[]) => Promise<void>;
  readonly log: Log;
};

/** What of an account there is, or was: in opaque ids and figures alone. */
export type Purged = {
  readonly accountId: AccountId;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly objects: number;
  readonly sizeBytes: number;
};

/**
 * Removes accounts whose time to be restored is over, from the storage, the short-lived state and every table. Killed
 * anywhere, the next round does it again from the beginning, and finds less to do.
 */
export function makePurge(deps: PurgeDeps) {
  const { db, objects, log } = deps;

  return {
    /** The accounts that are due, or the one given if it is, with what would be removed; nothing is. */
    async preview(only: AccountId | null, signal: AbortSignal): Promise<readonly Purged[]> {
      const previews = [];
      for (const account of await due(only)) {
        const rows = await store.countRows(db, account.id);
        previews.push({ accountId: account.id, rows, ...(await measure(account, signal)) });
      }
      return previews;
    },

    /** Purges them, 20 at most in one call. One account's trouble is not another's: the first is thrown at the end. */
    async run(only: AccountId | null, signal: AbortSignal): Promise<readonly Purged[]> {
      const purged: Purged[] = [];
      const failures: unknown[] = [];
      for (const account of await due(only)) {
        if (signal.aborted) break;
        try {
          const done = await purge(account, signal);
          if (done) purged.push(done);
        } catch (error) {
          failures.push(error);
          log.error('purge.failed', { account_id: account.id, code: asProblem(error).code });
        }
      }
      if (failures.length > 0) throw failures[0];
      return purged;
    },
  };

  async function due(only: AccountId | null): Promise<readonly AccountRow[]> {
    if (only === null) return await listDue(db, AT_ONCE);
    const account = await db.transaction((tx) => lockDue(tx, only));
    return account ? [account] : [];
  }

  /** Null when somebody else was first. */
  async function purge(account: AccountRow, signal: AbortSignal): Promise<Purged | null> {
    const { id } = account;
    // The objects first: rows without their objects are seen again, objects without their rows are not.
    const measured = await measure(account, signal);
    await objects.deletePrefix(`${account.storagePrefix}/`, signal);
    for (const key of await store.listQuarantine(db, id)) await objects.delete(key);
    await deps.forget(await store.listNamingIds(db, id));
    const purged = await db.transaction((tx) => removeRows(tx, id, measured));
    if (purged) log.info('purge.done', { account_id: id, size_bytes: purged.sizeBytes });
    return purged;
  }

  async function measure({ storagePrefix }: AccountRow, signal: AbortSignal) {
    let count = 0;
    let bytes = 0;
    for await (const { sizeBytes } of objects.list(`${storagePrefix}/`, signal)) {
      count += 1;
      bytes += sizeBytes;
    }
    return { objects: count, sizeBytes: bytes };
  }

  async function removeRows(
    tx: Database,
    accountId: AccountId,
    measured: Pick<Purged, 'objects' | 'sizeBytes'>,
  ): Promise<Purged | null> {
    const account = await lockDue(tx, accountId);
    if (!account?.deletedAt) return null;
    await deps.sessions.rememberPurged(tx, accountId);
    const rows = await store.deleteRows(tx, accountId);
    // After its other mails are gone, and before its address is.
    await deps.notify.mail(tx, { accountId, kind: 'deletion_done' });
    await store.deleteAccount(tx, accountId);
    const purged = { accountId, rows: { ...rows, accounts: 1 }, ...measured };
    await store.insertReport(tx, { ...purged, deletedAt: account.deletedAt });
    await deps.audit.write(tx, {
      action: 'account.purged',
      actor: { kind: 'system', accountId: null },
      subject: accountId,
      detail: { objects: measured.objects, size_bytes: measured.sizeBytes },
    });
    return purged;
  }
}

export type Purge = ReturnType<typeof makePurge>;
