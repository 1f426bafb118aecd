import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { type SeededAccount, seedAccount } from '../../tests/harness/seed-account.ts';
import { silentLog } from '../platform/log.ts';
import { makeFolderStore } from '../platform/objects/folder.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { makeOrphanSweep } from './orphans.ts';

let folder: string;
let database: TestDatabase;
let objects: ObjectStore;
let account: SeededAccount;
const { signal: never } = new AbortController();
const HOUR_MS = 3_600_000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-orphans-'));
  database = await createTestDatabase();
  const secrets = ['a secret of enough length'];
  objects = makeFolderStore({ root: folder, baseUrl: '', secrets });
  account = await seedAccount({ db: database.db, objects });
});
beforeEach(() => database.pool.query('update accounts set swept_at = null'));
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const sweep = () => makeOrphanSweep({ db: database.db, objects, log: silentLog })(never);

async function age(key: string, hours: number): Promise<void> {
  const at = new Date(Date.now() - hours * HOUR_MS);
  await utimes(await objects.localFile(key), at, at);
}

async function put(key: string, hours: number): Promise<string> {
  await objects.put(key, Buffer.from('left behind'), { contentType: 'video/mp4' });
  await age(key, hours);
  return key;
}

async function keys(): Promise<readonly string[]> {
  const found = [];
  for await (const { key } of objects.list('')) found.push(key);
  return found;
}

test('what no row names goes once it is two days old; what any row names stays, however old', async () => {
  for (const key of account.files.keys()) await age(key, 9_000);
  const named = await keys();
  const fresh = await put(`${account.storagePrefix}/fresh`, 47);
  await put(`${account.storagePrefix}/old`, 49);
  await put(`${account.storagePrefix}/deep/er/old.mp4`, 49);
  // Neither an account's nor anybody's to remove.
  const anchor = await put('audit/anchor', 9_000);
  expect(await sweep()).toEqual({ removed: 2 });
  expect(await keys()).toEqual([...named, fresh, anchor].toSorted());
});

test('a file below a folder that a row names stays, and one beside it with a longer name goes', async () => {
  const [transcript] = account.rows['transcripts'] ?? [];
  const prefix = String(transcript?.['files_prefix']);
  const below = await put(`${prefix}/half-written.mp4`, 49);
  const beside = await put(`${prefix}x`, 49);
  expect(await sweep()).toEqual({ removed: 1 });
  const left = await keys();
  expect([left.includes(below), left.includes(beside)]).toEqual([true, false]);
});

test('a column that the registry has not marked is looked at too', async () => {
  const key = await put(`${account.storagePrefix}/noted`, 49);
  const note = JSON.stringify({ anywhere: [key] });
  await database.pool.query('update videos set metadata = $1 where account_id = $2', [
    note,
    account.id,
  ]);
  expect(await sweep()).toEqual({ removed: 0 });
});

test('every account has its turn', async () => {
  const others = [];
  for (let n = 0; n < 25; n += 1) others.push(await seedAccount({ db: database.db, objects }));
  for (const { storagePrefix } of others) await put(`${storagePrefix}/old`, 49);
  const waiting = async () =>
    Number(
      (await database.pool.query('select count(*) from accounts where swept_at is null')).rows[0]
        .count,
    );
  let removed = 0;
  for (let left = await waiting(); left > 0; left = await waiting()) {
    removed += (await sweep()).removed;
    // Twenty in one round, each once before any comes again.
    expect(await waiting()).toBe(Math.max(0, left - 20));
  }
  expect(removed).toBe(25);
});
