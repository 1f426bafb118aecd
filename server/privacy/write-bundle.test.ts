import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { type SeededAccount, seedAccount } from '../../tests/harness/seed-account.ts';
import { readTar } from '../platform/archive/tar.ts';
import { makeFolderStore } from '../platform/objects/folder.ts';
import { manifestSchema } from './contract.ts';
import { EXPORTED_TABLES, OWNED_TABLES } from './registry.ts';
import { writeBundle } from './write-bundle.ts';

let folder: string;
let workDir: string;
let database: TestDatabase;
let objects: ReturnType<typeof makeFolderStore>;
let one: SeededAccount;
let other: SeededAccount;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-bundle-'));
  workDir = join(folder, 'work');
  await mkdir(workDir);
  database = await createTestDatabase();
  const secrets = ['a secret of enough length'];
  objects = makeFolderStore({ root: join(folder, 'store'), baseUrl: '', secrets });
  one = await seedAccount({ db: database.db, objects });
  other = await seedAccount({ db: database.db, objects });
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

async function bundleOf(account: SeededAccount, includeMedia = true): Promise<Map<string, Buffer>> {
  const { signal } = new AbortController();
  const wish = { account, includeMedia, madeAt: new Date('2026-03-29T01:00:00Z'), signal };
  await using bundle = await writeBundle({ db: database.db, objects, workDir }, wish);
  const file = join(folder, 'bundle.tar');
  await writeFile(file, await buffer(bundle.archive));
  const files = new Map<string, Buffer>();
  for await (const { name, content } of readTar(file)) files.set(name, await buffer(content));
  return files;
}

const rowSchema = z.record(z.string(), z.json());

function linesOf(files: ReadonlyMap<string, Buffer>, table: string) {
  const text = files.get(`tables/${table}.jsonl`)?.toString() ?? '';
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => rowSchema.parse(JSON.parse(line)));
}

/** Storage keys as an archive has them, and times as one writes them. */
function asExported(value: unknown, { storagePrefix }: SeededAccount): unknown {
  const text = JSON.stringify(value).replaceAll(`"${storagePrefix}/`, '"media/');
  return JSON.parse(text, (_name, inner) => {
    const isTime = typeof inner === 'string' && /^\d{4}-\d\d-\d\dT/.test(inner);
    return isTime ? new Date(inner).toISOString() : inner;
  });
}

test('the export is what was seeded: every row of every table, every file', async () => {
  const files = await bundleOf(one);
  for (const table of EXPORTED_TABLES) {
    const lines = linesOf(files, table.name);
    if (['accounts', 'identities'].includes(table.name)) {
      expect(lines).toHaveLength(1);
      continue;
    }
    const seeded = one.rows[table.name] ?? [];
    expect(lines).toHaveLength(seeded.length);
    for (const [index, row] of seeded.entries()) {
      const wanted = Object.entries(row).filter(([column]) => table.export.includes(column));
      expect(asExported(lines[index], one)).toMatchObject(
        z
          .object({})
          .loose()
          .parse(asExported(Object.fromEntries(wanted), one)),
      );
      expect(Object.keys(lines[index] ?? {})).toEqual([...table.export]);
    }
  }
  const media = [...files].filter(([name]) => name.startsWith('media/'));
  const stored = [...one.files].map(([key, content]) => [
    key.replace(one.storagePrefix, 'media'),
    content,
  ]);
  expect(Object.fromEntries(media)).toEqual(Object.fromEntries(stored));
});

test('every table can hold rows of an account in this test', () => {
  const empty = OWNED_TABLES.filter(({ name }) => (one.rows[name] ?? []).length === 0);
  expect(empty.map(({ name }) => name)).toEqual(['accounts', 'identities']);
});

test('nothing of another account and no secret is in it', async () => {
  const files = await bundleOf(one);
  const all = Buffer.concat([...files.values()]).toString('latin1');
  expect(all).toContain(one.canary);
  expect(all).not.toContain(other.canary);
  expect(all).not.toContain(other.id);
  expect(all).not.toContain(one.storagePrefix);
  for (const table of OWNED_TABLES) {
    for (const row of one.rows[table.name] ?? []) {
      for (const column of table.secret) {
        const secret = row[column];
        if (typeof secret === 'string') expect(all).not.toContain(secret.replace('\\x', ''));
      }
    }
  }
});

test('the manifest tells size and SHA-256 of every file, and comes last', async () => {
  const files = await bundleOf(one);
  const [name, bytes] = [...files].at(-1) ?? [];
  expect(name).toBe('manifest.json');
  const manifest = manifestSchema.parse(JSON.parse(bytes?.toString() ?? ''));
  expect(manifest).toMatchObject({
    ...{ format: 'clipt-export/1', account_id: one.id, include_media: true, missing: [] },
    made_at: '2026-03-29T01:00:00.000Z',
  });
  const listed = manifest.files.map((file) => [file.name, file.size_bytes, file.sha256]);
  const found = [...files]
    .slice(0, -1)
    .map(([each, content]) => [
      ...[each, content.length],
      createHash('sha256').update(content).digest('hex'),
    ]);
  expect(listed).toEqual(found);
});

test('without media there are the rows alone, which are the same', async () => {
  const [bare, full] = [await bundleOf(one, false), await bundleOf(one)];
  expect([...bare.keys()].filter((name) => name.startsWith('media/'))).toEqual([]);
  for (const { name } of EXPORTED_TABLES) {
    const file = `tables/${name}.jsonl`;
    expect(bare.get(file)?.equals(full.get(file) ?? Buffer.alloc(0))).toBe(true);
  }
});

test('a file that is gone is told as missing, and keeps nothing else back', async () => {
  const gone = await seedAccount({ db: database.db, objects });
  const [lost = ''] = gone.files.keys();
  await objects.delete(lost);
  const files = await bundleOf(gone);
  const manifest = manifestSchema.parse(JSON.parse(files.get('manifest.json')?.toString() ?? ''));
  expect(manifest.missing).toEqual([lost.replace(gone.storagePrefix, 'media')]);
  expect(manifest.files.filter(({ name }) => name.startsWith('media/'))).toHaveLength(
    gone.files.size - 1,
  );
});

test('nothing of it stays on disk, read or not', async () => {
  const wish = { account: one, includeMedia: true, madeAt: new Date() };
  const stopping = new AbortController();
  {
    await using bundle = await writeBundle(
      { db: database.db, objects, workDir },
      { ...wish, signal: stopping.signal },
    );
    stopping.abort();
    await expect(buffer(bundle.archive)).rejects.toThrow('stopped');
  }
  expect(await readdir(workDir)).toEqual([]);
});
