import { AccountNotFound } from '../accounts/errors.ts';
import type { Audit } from '../audit/audit.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { readAccountRef } from './account-rows.ts';
import type { ExportId } from './contract.ts';
import { ExportNotFound, ExportNotReady, TooManyExports } from './errors.ts';
import * as store from './export-store.ts';
import { ARCHIVE_TYPE, makePerformExport, type PerformExportDeps } from './perform-export.ts';
import type { ExportRow } from './schema.ts';
import { writeBundle } from './write-bundle.ts';

export type { ExportRow } from './schema.ts';

const MOST_A_DAY = 3;
/** Rung for again when nobody took it for this long. */
const OVERDUE_MS = 20_000;
/** Bounds one round; the rest waits for the next. */
const AT_ONCE = 100;
const LINK_SECONDS = 300;

export type ExportsDeps = PerformExportDeps & { readonly audit: Pick<Audit, 'write'> };

/** What people get of everything that is kept of them (docs/export-format.md). */
export function makeExports(deps: ExportsDeps) {
  const { db, objects, audit } = deps;

  async function find(accountId: AccountId, id: ExportId): Promise<ExportRow> {
    const found = await store.find(db, accountId, id);
    if (!found) throw new ExportNotFound();
    return found;
  }

  return {
    /** Asks for an archive, which a worker writes. Rejects with `rate_limited` beyond three in 24 hours. */
    async request(
      accountId: AccountId,
      { includeMedia }: { readonly includeMedia: boolean },
      saved: (tx: Database, requested: ExportRow) => Promise<void> = async () => undefined,
    ): Promise<ExportRow> {
      return await db.transaction(async (tx) => {
        await store.lockRequests(tx, accountId);
        const { count, nextInSeconds } = await store.countToday(tx, accountId);
        if (count >= MOST_A_DAY) throw new TooManyExports(MOST_A_DAY, nextInSeconds);
        const requested = await store.insert(tx, { id: newId('exp'), accountId, includeMedia });
        await record(tx, 'export.requested', requested);
        await deps.ring(tx, requested.id, 0);
        await saved(tx, requested);
        return requested;
      });
    },

    find,

    list: (accountId: AccountId): Promise<readonly ExportRow[]> => store.list(db, accountId),

    /** A link to the archive, good for five minutes. Rejects with `export_not_ready` while there is none. */
    async linkTo(accountId: AccountId, id: ExportId): Promise<string> {
      const found = await find(accountId, id);
      const { status, objectKey, createdAt } = found;
      if (status !== 'ready' || objectKey === null) throw new ExportNotReady();
      await db.transaction((tx) => record(tx, 'export.downloaded', found));
      return await objects.signedGet(objectKey, {
        seconds: LINK_SECONDS,
        contentType: ARCHIVE_TYPE,
        downloadName: `clipt-${createdAt.toISOString().slice(0, 10)}.tar`,
      });
    },

    /**
     * The archive itself, made now, for whoever runs the installation; dispose of it once it was read. Rejects with
     * `account_not_found`.
     */
    async write(
      accountId: AccountId,
      { includeMedia, signal }: { readonly includeMedia: boolean; readonly signal: AbortSignal },
    ) {
      const account = await readAccountRef(db, accountId);
      if (!account) throw new AccountNotFound();
      return await writeBundle(deps, { account, includeMedia, signal, madeAt: new Date() });
    },

    /** Ends what is being made for an account that is being deleted; how many. */
    stopAll: (tx: Database, accountId: AccountId): Promise<number> =>
      store.failAll(tx, accountId, 'account_deleted'),

    /** Answers a bell: writes the archive if it is due and free, else does nothing. */
    perform: makePerformExport(deps),

    /** Rings again for what is due and was not taken: bells are lost, workers die. The number rung for. */
    async rescue(): Promise<number> {
      return await db.transaction(async (tx) => {
        const overdue = await store.takeOverdue(tx, { overdueMs: OVERDUE_MS, limit: AT_ONCE });
        for (const id of overdue) await deps.ring(tx, id, 0);
        return overdue.length;
      });
    },

    /** Removes archives that have expired, and forgets what failed a week ago. At most 100 a call; the number removed. */
    async purgeExpired(): Promise<number> {
      const over = await store.listOver(db, AT_ONCE);
      for (const { id, objectKey } of over) {
        // The object first: a row without its object is seen again, an object without its row is not.
        if (objectKey !== null) await objects.delete(objectKey);
        await store.forget(db, id);
      }
      return over.length;
    },
  };

  async function record(
    tx: Database,
    action: 'export.requested' | 'export.downloaded',
    { id, accountId, includeMedia }: ExportRow,
  ): Promise<void> {
    await audit.write(tx, {
      action,
      actor: { kind: 'user', accountId },
      subject: accountId,
      target: id,
      detail: { include_media: includeMedia },
    });
  }
}

export type Exports = ReturnType<typeof makeExports>;
