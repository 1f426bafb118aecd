import { createHash, randomBytes } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AccountId } from '../platform/ids.ts';
import { keepLease } from '../platform/lease/lease.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import { asProblem, type Problem } from '../platform/problem.ts';
import { type AccountRef, readAccountRef } from './account-rows.ts';
import type { ExportId } from './contract.ts';
import type { ClaimedExport } from './export-store.ts';
import * as store from './export-store.ts';
import { writeBundle } from './write-bundle.ts';

const LEASE_MS = 15_000;
/** Failures after which an export is not tried again. */
const MAX_FAILURES = 5;
/** An export whose worker vanished this often is itself the likely cause. */
const MAX_ATTEMPTS = 25;
const FIRST_PAUSE_MS = 1_000;
export const KEPT_DAYS = 7;
export const ARCHIVE_TYPE = 'application/x-tar';

/** Tells an account by mail, in the transaction that makes true what it tells. */
export type TellOfExport = (
  tx: Database,
  message: { readonly accountId: AccountId; readonly kind: 'export_ready' },
) => Promise<void>;

export type PerformExportDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  /** Each attempt gets a folder of its own below this one. */
  readonly workDir: string;
  /** Rings for an export in the caller's transaction: after it commits, some worker performs it. */
  readonly ring: (tx: Database, id: ExportId, afterMs: number) => Promise<void>;
  readonly mail: TellOfExport;
  readonly log: Log;
};

/**
 * Writes the archive of an export straight into the storage. Killed anywhere, the next attempt does it again; a result
 * counts under the newest attempt number alone.
 */
export function makePerformExport(deps: PerformExportDeps) {
  const { db, objects, log } = deps;

  return async function performExport(id: ExportId, stopping: AbortSignal): Promise<void> {
    if (stopping.aborted) return;
    const claimed = await store.claim(db, id, { leaseMs: LEASE_MS, nextKey });
    if (!claimed) return;
    using lease = keepLease({
      renew: () => store.renew(db, claimed, LEASE_MS),
      everyMs: LEASE_MS / 3,
      stopping,
      log,
    });
    try {
      if (claimed.attempt > MAX_ATTEMPTS) await end(claimed, 'interrupted');
      else await perform(claimed, lease.signal);
    } catch (error) {
      if (lease.isLost()) await discard(claimed.objectKey);
      else if (stopping.aborted) await putBack(claimed, { afterMs: 0, failed: false });
      else await settleProblem(claimed, asProblem(error));
    }
  };

  async function nextKey(accountId: AccountId): Promise<string> {
    const { storagePrefix } = await accountOf(accountId);
    return `${storagePrefix}/${randomBytes(16).toString('hex')}`;
  }

  async function accountOf(accountId: AccountId): Promise<AccountRef> {
    const account = await readAccountRef(db, accountId);
    if (!account) throw new Error('The account of the export is not there.');
    return account;
  }

  async function perform(claimed: ClaimedExport, signal: AbortSignal): Promise<void> {
    // What an attempt that died may have stored.
    await discard(claimed.abandonedKey);
    const { objectKey, accountId, includeMedia } = claimed;
    if (objectKey === null) throw new Error('An export without its key.');
    const account = await accountOf(accountId);
    const result = await storeArchive(objectKey, { account, includeMedia, signal });
    const kept = await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        const isReady = await store.finish(tx, claimed, { ...result, keptDays: KEPT_DAYS });
        if (isReady) await deps.mail(tx, { accountId, kind: 'export_ready' });
        return isReady;
      }),
    );
    if (!kept) await discard(objectKey);
  }

  async function storeArchive(
    key: string,
    wish: {
      readonly account: AccountRef;
      readonly includeMedia: boolean;
      readonly signal: AbortSignal;
    },
  ): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
    const { signal } = wish;
    await using bundle = await writeBundle(deps, { ...wish, madeAt: new Date() });
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const [, { sizeBytes }] = await Promise.all([
      pipeline(bundle.archive, hashing, { signal }),
      objects.put(key, hashing, { contentType: ARCHIVE_TYPE, signal }),
    ]);
    return { sizeBytes, sha256: hash.digest('hex') };
  }

  async function settleProblem(claimed: ClaimedExport, problem: Problem): Promise<void> {
    const { accountId, attempt, failures } = claimed;
    log.warn('export.failed', { account_id: accountId, attempt, code: problem.code });
    if (failures + 1 >= MAX_FAILURES) await end(claimed, problem.code);
    else await putBack(claimed, { afterMs: FIRST_PAUSE_MS * 4 ** failures, failed: true });
  }

  async function end(claimed: ClaimedExport, code: string): Promise<void> {
    await discard(claimed.objectKey);
    await retryOnLostConnection(() => store.fail(db, claimed, code));
  }

  async function putBack(
    claimed: ClaimedExport,
    change: { readonly afterMs: number; readonly failed: boolean },
  ): Promise<void> {
    await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        if (await store.putBack(tx, claimed, change)) {
          await deps.ring(tx, claimed.id, change.afterMs);
        }
      }),
    );
  }

  async function discard(key: string | null): Promise<void> {
    if (key !== null) await objects.delete(key);
  }
}
