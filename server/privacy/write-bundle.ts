import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type PackedFile, packTar } from '../platform/archive/tar.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import { type AccountRef, readRows, writeTimesInUtc } from './account-rows.ts';
import { FORMAT, MANIFEST, type Manifest, MEDIA_FOLDER, TABLES_FOLDER } from './contract.ts';
import { EXPORTED_TABLES, type OwnedTable } from './registry.ts';

export type WriteBundleDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  /** Holds the rows for as long as the archive is being written; must exist. */
  readonly workDir: string;
};

export type BundleWish = {
  readonly account: AccountRef;
  readonly includeMedia: boolean;
  readonly madeAt: Date;
  readonly signal: AbortSignal;
};

/** A written file of the archive, as the manifest lists it. */
type Listed = Manifest['files'][number];

/** The rows of the account as they were at one moment, on disk. */
type Snapshot = {
  readonly tables: readonly { readonly file: string; readonly listed: Listed }[];
  /** The stored files that they name, as paths in the archive. */
  readonly media: ReadonlySet<string>;
};

/**
 * Writes everything that is kept of an account as one archive: its rows as they were at one moment, on request the stored
 * files that they name, and last the manifest, which tells of all. Rows are on disk meanwhile, and a few chunks of files in
 * memory. Dispose of it when the archive was read, or will not be.
 */
export async function writeBundle(
  { db, objects, workDir }: WriteBundleDeps,
  { account, includeMedia, madeAt, signal }: BundleWish,
): Promise<{ readonly archive: Readable } & AsyncDisposable> {
  const dir = await mkdtemp(join(workDir, 'export-'));
  const clear = () => rm(dir, { recursive: true, force: true });
  try {
    const snapshot = await takeSnapshot(db, account, dir);
    const archive = packTar(files(snapshot), { madeAt });
    const stop = () => archive.destroy(new Error('The export was stopped.'));
    signal.addEventListener('abort', stop, { once: true });
    return {
      archive,
      async [Symbol.asyncDispose]() {
        signal.removeEventListener('abort', stop);
        archive.destroy();
        await clear();
      },
    };
  } catch (error) {
    await clear();
    throw error;
  }

  async function* files({ tables, media }: Snapshot): AsyncGenerator<PackedFile> {
    const listed: Listed[] = [];
    const missing: string[] = [];
    for (const table of tables) {
      const { name, size_bytes: sizeBytes } = table.listed;
      const read = async () => (await open(table.file)).createReadStream();
      yield { name, sizeBytes, content: bytesOf(read) };
      listed.push(table.listed);
    }
    for (const name of includeMedia ? [...media].toSorted() : []) {
      const key = `${account.storagePrefix}/${name.slice(MEDIA_FOLDER.length)}`;
      const info = await objects.head(key, signal);
      if (info === null) {
        missing.push(name);
        continue;
      }
      const { sizeBytes, contentType } = info;
      const hash = createHash('sha256');
      const content = bytesOf(() => objects.get(key, { signal }), hash);
      yield { name, sizeBytes, content };
      listed.push({
        ...{ name, size_bytes: sizeBytes, sha256: hash.digest('hex') },
        content_type: contentType,
      });
    }
    yield manifestFile({ files: listed, missing });
  }

  function manifestFile(parts: Pick<Manifest, 'files' | 'missing'>): PackedFile {
    const manifest: Manifest = {
      ...{ format: FORMAT, made_at: madeAt.toISOString(), account_id: account.id },
      ...{ include_media: includeMedia, ...parts },
    };
    const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    return { name: MANIFEST, sizeBytes: bytes.length, content: inOnePiece(bytes) };
  }
}

async function takeSnapshot(db: Database, account: AccountRef, dir: string): Promise<Snapshot> {
  const media = new Set<string>();
  const tables = await db.transaction(
    async (tx) => {
      await writeTimesInUtc(tx);
      const written = [];
      for (const table of EXPORTED_TABLES) {
        const file = join(dir, table.name);
        written.push({ file, listed: await writeTable(tx, table, account, { file, media }) });
      }
      return written;
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
  return { tables, media };
}

async function writeTable(
  tx: Database,
  table: OwnedTable,
  account: AccountRef,
  to: { readonly file: string; readonly media: Set<string> },
): Promise<Listed> {
  const hash = createHash('sha256');
  const handle: FileHandle = await open(to.file, 'wx', 0o600);
  let sizeBytes = 0;
  try {
    for await (const lines of readRows(tx, table, account)) {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      hash.update(bytes);
      sizeBytes += bytes.length;
      await handle.writeFile(bytes);
      if (table.objects.length > 0) for (const line of lines) collectMedia(line, to.media);
    }
  } finally {
    await handle.close();
  }
  const name = `${TABLES_FOLDER}${table.name}.jsonl`;
  return { name, size_bytes: sizeBytes, sha256: hash.digest('hex') };
}

/** The keys in a line that `readRows` wrote. */
function collectMedia(line: string, media: Set<string>): void {
  for (const [, name] of line.matchAll(/"key": "(media\/[^"\\]+)"/g)) {
    if (name !== undefined) media.add(name);
  }
}

/** What a file holds, opened only once somebody reads it. */
async function* bytesOf(read: () => Promise<Readable>, hash?: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of await read()) {
    hash?.update(chunk);
    yield chunk;
  }
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
