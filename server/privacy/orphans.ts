import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { AccountRef } from './account-rows.ts';
import { readNamedKeys, takeToSweep } from './orphan-store.ts';

/** A file is stored before the row that names it; this is longer than anything takes in between. */
const OLD_MS = 48 * 3_600_000;
/** Bounds one round; the rest waits for the next. */
const ACCOUNTS_AT_ONCE = 20;
const LOOKED_AT_ONCE = 20_000;
const REMOVED_AT_ONCE = 1_000;

export type OrphansDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly log: Log;
};

/**
 * Removes stored files of accounts that no row names and that are older than two days: what a process left behind that died
 * between storing a file and writing its row, or between deleting a row and its file.
 */
export function makeOrphanSweep({ db, objects, log }: OrphansDeps) {
  return async function sweep(signal: AbortSignal): Promise<{ readonly removed: number }> {
    let removed = 0;
    for (const account of await takeToSweep(db, ACCOUNTS_AT_ONCE)) {
      if (signal.aborted || removed >= REMOVED_AT_ONCE) break;
      const orphans = await findOrphans(account, signal);
      for (const key of orphans.slice(0, REMOVED_AT_ONCE - removed)) {
        await objects.delete(key);
        removed += 1;
      }
      if (orphans.length > 0)
        log.info('orphans.removed', { account_id: account.id, count: orphans.length });
    }
    return { removed };
  };

  async function findOrphans(account: AccountRef, signal: AbortSignal): Promise<readonly string[]> {
    const old: string[] = [];
    let looked = 0;
    for await (const { key, storedAt } of objects.list(`${account.storagePrefix}/`, signal)) {
      if (Date.now() - storedAt.getTime() > OLD_MS) old.push(key);
      looked += 1;
      if (looked >= LOOKED_AT_ONCE) break;
    }
    if (old.length === 0) return [];
    // After the list: what a row names by now was named by one before, or is not old.
    const named = await readNamedKeys(db, account);
    return old.filter((key) => !isNamed(key, named));
  }
}

/** True also for a file below a named folder. */
function isNamed(key: string, named: ReadonlySet<string>): boolean {
  for (let end = key.length; end > 0; end = key.lastIndexOf('/', end - 1)) {
    if (named.has(key.slice(0, end))) return true;
  }
  return false;
}
