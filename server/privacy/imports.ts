import { lockAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { AccountId } from '../platform/ids.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { type Database, isUniqueViolation } from '../platform/postgres/database.ts';
import { Problem } from '../platform/problem.ts';
import type { AccountRef } from './account-rows.ts';
import { MEDIA_FOLDER, TABLES_FOLDER } from './contract.ts';
import { AlreadyDeleted, ImportConflict, ImportRefused, ImportTooLarge } from './errors.ts';
import {
  idsOf,
  keysIn,
  newIdFor,
  parseRow,
  type Row,
  readLines,
  renameIds,
  settle,
  withStorageKeys,
} from './import-rows.ts';
import * as store from './import-store.ts';
import { type BundledFile, type CheckedBundle, checkBundle } from './read-bundle.ts';
import { IMPORTED_TABLES, type OwnedTable } from './registry.ts';

const ROWS_AT_ONCE = 200;
const IDS_AT_ONCE = 1_000;
const MOST_ROWS = 500_000;

/** What a stored file may call itself; everything else is bytes that no browser shows. */
const CONTENT_TYPES = new Set([
  ...['video/mp4', 'video/webm', 'audio/mp4', 'audio/mpeg', 'audio/wav', 'audio/x-wav'],
  ...['image/png', 'image/jpeg', 'image/webp', 'application/json', 'text/vtt'],
  ...['application/x-subrip', 'text/plain'],
]);

export type ImportsDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly audit: Pick<Audit, 'write'>;
};

/** What an import brought; what was there already does not count. */
export type Imported = {
  /** New rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly files: number;
};

/** What the rows of an archive define and name. */
type Survey = {
  readonly ids: ReadonlyMap<OwnedTable, readonly string[]>;
  readonly defined: ReadonlySet<string>;
  readonly media: ReadonlySet<string>;
};

/** Takes an export in again (docs/export-format.md), of this installation or of any other: all of it or nothing. */
export function makeImports({ db, objects, audit }: ImportsDeps) {
  return {
    /**
     * Takes an archive on disk into an account. What is there already stays as it is, so that a second import changes
     * nothing. Rejects with `malformed_archive`, `import_unreadable`, `import_damaged`, `import_refused`,
     * `import_too_large` or `import_conflict`.
     */
    async take(accountId: AccountId, archive: string, signal: AbortSignal): Promise<Imported> {
      const bundle = await checkBundle(archive, signal);
      const survey = await surveyRows(bundle, signal);
      const account = await db.transaction((tx) => lockActive(tx, accountId));
      const rename = await chooseIds(survey, accountId);
      const stored: string[] = [];
      try {
        await storeMedia({ bundle, survey, account, rename, signal }, stored);
        const rows = await db.transaction((tx) =>
          writeRows(tx, { bundle, account, rename, survey }),
        );
        return { rows, files: stored.length };
      } catch (error) {
        for (const key of stored) await objects.delete(key);
        throw asImportProblem(error);
      }
    },
  };

  type Rename = (text: string) => string;

  /** Ids stay what they are where they are free or the account's own; else all of them are new ones. */
  async function chooseIds({ ids, defined }: Survey, accountId: AccountId): Promise<Rename> {
    for (const [table, all] of ids) {
      for (let from = 0; from < all.length; from += IDS_AT_ONCE) {
        const some = all.slice(from, from + IDS_AT_ONCE);
        const renamed = some.map((id) => newIdFor(id, accountId));
        const isTaken =
          (await store.anyIsForeign(db, table, some, accountId)) ||
          (await store.anyIsOwn(db, table, renamed, accountId));
        if (isTaken) return (text) => renameIds(text, defined, accountId);
      }
    }
    return (text) => text;
  }

  async function storeMedia(
    {
      bundle,
      survey,
      account,
      rename,
      signal,
    }: {
      readonly bundle: CheckedBundle;
      readonly survey: Survey;
      readonly account: AccountRef;
      readonly rename: Rename;
      readonly signal: AbortSignal;
    },
    stored: string[],
  ): Promise<void> {
    for (const name of survey.media) {
      const file = bundle.files.get(name);
      if (!file) continue;
      const key = `${account.storagePrefix}/${rename(name).slice(MEDIA_FOLDER.length)}`;
      if (await objects.head(key, signal)) continue;
      await storeFile(key, file, signal);
      stored.push(key);
    }
  }

  async function storeFile(key: string, file: BundledFile, signal: AbortSignal): Promise<void> {
    const { contentType: stated = '' } = file;
    const contentType = CONTENT_TYPES.has(stated) ? stated : 'application/octet-stream';
    const content = await file.read();
    try {
      await objects.put(key, content, { contentType, signal });
    } finally {
      content.destroy();
    }
  }

  async function writeRows(
    tx: Database,
    {
      bundle,
      account,
      rename,
      survey,
    }: {
      readonly bundle: CheckedBundle;
      readonly account: AccountRef;
      readonly rename: Rename;
      readonly survey: Survey;
    },
  ): Promise<Imported['rows']> {
    await lockActive(tx, account.id);
    await store.beginImport(tx, account.id);
    const own = new Set([...survey.defined].map(rename));
    const { made_at: madeAt } = bundle.manifest;
    const counts: Record<string, number> = {};
    for (const table of IMPORTED_TABLES) {
      counts[table.name] = 0;
      for await (const lines of batches(linesOf(bundle, table))) {
        const rows = lines
          .map((line) =>
            settle(
              table,
              parseRow(table, rename(line), () => true),
              madeAt,
            ),
          )
          .filter((row) => row !== null)
          .map((row) => withStorageKeys(table, row, account.storagePrefix));
        const distinct = await makeDistinct(tx, table, rows, { accountId: account.id, own });
        counts[table.name] =
          (counts[table.name] ?? 0) + (await store.insertRows(tx, table, distinct, account.id));
      }
    }
    if (await store.refersToOthers(tx, account.id)) {
      throw new ImportRefused('a row refers to what is not in the archive');
    }
    await audit.write(tx, {
      action: 'import.finished',
      actor: { kind: 'user', accountId: account.id },
      subject: account.id,
      detail: { rows: Object.values(counts).reduce((sum, count) => sum + count, 0) },
    });
    return counts;
  }
}

export type Imports = ReturnType<typeof makeImports>;

async function lockActive(tx: Database, accountId: AccountId): Promise<AccountRef> {
  const account = await lockAccount(tx, accountId);
  if (account.deletedAt !== null) throw new AlreadyDeleted();
  return account;
}

/** Reads and judges every row, before anything is written. */
async function surveyRows(bundle: CheckedBundle, signal: AbortSignal): Promise<Survey> {
  const ids = new Map<OwnedTable, string[]>();
  const defined = new Set<string>();
  const media = new Set<string>();
  const missing = new Set(bundle.manifest.missing);
  const isThere = (name: string) =>
    name.startsWith(MEDIA_FOLDER) && (bundle.files.has(name) || missing.has(name));
  let count = 0;
  for (const table of IMPORTED_TABLES) {
    const own: string[] = [];
    let columns: string | null = null;
    for await (const line of linesOf(bundle, table)) {
      signal.throwIfAborted();
      const row = parseRow(table, line, isThere);
      count += 1;
      if (count > MOST_ROWS) throw new ImportTooLarge();
      columns ??= Object.keys(row).join();
      if (columns !== Object.keys(row).join()) {
        throw new ImportRefused(`${table.name} has rows of different columns`);
      }
      for (const id of idsOf(table, row)) defined.add(id);
      if (typeof row['id'] === 'string') own.push(row['id']);
      for (const column of table.objects) for (const key of keysIn(row[column])) media.add(key);
    }
    if (own.length > 0) ids.set(table, own);
  }
  return { ids, defined, media };
}

async function* linesOf({ files }: CheckedBundle, { name }: OwnedTable): AsyncGenerator<string> {
  const file = files.get(`${TABLES_FOLDER}${name}.jsonl`);
  if (file) yield* readLines(await file.read());
}

async function* batches(lines: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < ROWS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Where the account has the same already under another id, such as a video of the same topic, what comes is told apart by
 * its id.
 */
async function makeDistinct(
  tx: Database,
  table: OwnedTable,
  rows: readonly Row[],
  { accountId, own }: { readonly accountId: AccountId; readonly own: ReadonlySet<string> },
): Promise<readonly Row[]> {
  const { distinct } = table;
  if (distinct === null) return rows;
  const values = rows.map((row) => row[distinct]);
  const taken = await store.findTaken(tx, table, distinct, values, accountId);
  const others = new Set(taken.filter(({ id }) => !own.has(id)).map(({ value }) => value));
  return rows.map((row) => {
    const value = row[distinct];
    const isTaken = typeof value === 'string' && others.has(value);
    return isTaken ? { ...row, [distinct]: `${value} ${row['id']}` } : row;
  });
}

function asImportProblem(error: unknown): unknown {
  if (isUniqueViolation(error)) return new ImportConflict(error);
  const isRejected = error instanceof Problem && error.code === 'database_rejected';
  return isRejected ? new ImportRefused('a row cannot be stored', error) : error;
}
