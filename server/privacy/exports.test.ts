import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { APP_ORIGIN, askApp, keyOf, makeTestApp, sessionOf } from '../../tests/harness/http-app.ts';
import { type SeededAccount, seedAccount } from '../../tests/harness/seed-account.ts';
import { makeAudit } from '../audit/audit.ts';
import { readTar } from '../platform/archive/tar.ts';
import type { Standing } from '../platform/http/who-may-ask.ts';
import type { AccountId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { makeFolderStore } from '../platform/objects/folder.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { ExportId } from './contract.ts';
import { type Exports, type ExportsDeps, makeExports } from './exports.ts';
import { makePrivacyEndpoints } from './routes.ts';

let folder: string;
let database: TestDatabase;
let objects: ObjectStore;
let one: SeededAccount;
let other: SeededAccount;
const rung: ExportId[] = [];
const mailed: { accountId: AccountId; kind: string }[] = [];
const { signal: never } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-exports-'));
  await mkdir(join(folder, 'work'));
  database = await createTestDatabase();
  const secrets = ['a secret of enough length'];
  objects = makeFolderStore({ root: join(folder, 'store'), baseUrl: '', secrets });
  one = await seedAccount({ db: database.db, objects });
  other = await seedAccount({ db: database.db, objects });
});
beforeEach(async () => {
  await database.pool.query('delete from exports');
  rung.length = 0;
  mailed.length = 0;
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

function open(over: Partial<ExportsDeps> = {}): Exports {
  return makeExports({
    ...{ db: database.db, objects, workDir: join(folder, 'work'), log: silentLog },
    audit: makeAudit({ db: database.db, objects, log: silentLog }),
    ring: async (_tx, id) => {
      rung.push(id);
    },
    mail: async (_tx, message) => {
      mailed.push(message);
    },
    ...over,
  });
}

const wish = { includeMedia: true };

async function keysOf({ storagePrefix }: SeededAccount): Promise<readonly string[]> {
  const keys = [];
  for await (const { key } of objects.list(`${storagePrefix}/`)) keys.push(key);
  return keys;
}

test('an export is asked for, made by a worker, told of by mail and downloaded whole', async () => {
  const exports = open();
  const { id } = await exports.request(one.id, wish);
  expect(rung).toEqual([id]);
  await expect(exports.linkTo(one.id, id)).rejects.toMatchObject({ code: 'export_not_ready' });
  await exports.perform(id, never);
  const ready = await exports.find(one.id, id);
  expect(ready).toMatchObject({ status: 'ready', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(mailed).toEqual([{ accountId: one.id, kind: 'export_ready' }]);
  expect(ready.expiresAt?.getTime()).toBe((ready.finishedAt?.getTime() ?? 0) + 7 * 24 * 3_600_000);
  const archive = await buffer(await objects.get(ready.objectKey ?? ''));
  expect(archive.length).toBe(ready.sizeBytes);
  const file = join(folder, 'downloaded.tar');
  await writeFile(file, archive);
  const names = [];
  for await (const { name } of readTar(file)) names.push(name);
  expect(names.filter((name) => name.startsWith('media/'))).toHaveLength(one.files.size);
  expect(await exports.linkTo(one.id, id)).toContain(ready.objectKey);
});

test('there are three in 24 hours, however many ask at once, and each account has its own', async () => {
  const exports = open();
  const asked = await Promise.allSettled(
    Array.from({ length: 12 }, () => exports.request(one.id, wish)),
  );
  const refused = asked.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(9);
  expect(refused[0]).toMatchObject({ reason: { status: 429, code: 'rate_limited' } });
  await exports.request(other.id, wish);
  await database.pool.query(
    `update exports set created_at = now() - interval '23 hours 59 minutes'
     where id = (select min(id) from exports where account_id = $1)`,
    [one.id],
  );
  const problem = await exports.request(one.id, wish).catch((error: unknown) => error);
  const seconds = Number(Object(problem).headers['Retry-After']);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  await database.pool.query(`update exports set created_at = created_at - interval '1 minute'`);
  await exports.request(one.id, wish);
});

test('one that was killed half-way is made by the next, and leaves nothing behind', async () => {
  const halfway = Promise.withResolvers<void>();
  // A process that dies writes no end: its put never comes back.
  const dying: ObjectStore = {
    ...objects,
    async put(key, body, options) {
      await objects.put(key, Buffer.from('half an archive'), options);
      if (!(body instanceof Uint8Array)) body.resume();
      halfway.resolve();
      return new Promise(() => undefined);
    },
  };
  const before = await keysOf(one);
  const { id } = await open().request(one.id, wish);
  void open({ objects: dying }).perform(id, never);
  await halfway.promise;
  const exports = open();
  await exports.perform(id, never);
  expect(await exports.find(one.id, id)).toMatchObject({ status: 'running', attempt: 1 });
  await database.pool.query(
    `update exports set lease_expires_at = now() - interval '1 s', run_after = now() - interval '1 min'`,
  );
  rung.length = 0;
  expect(await exports.rescue()).toBe(1);
  expect(rung).toEqual([id]);
  await exports.perform(id, never);
  const ready = await exports.find(one.id, id);
  expect(ready).toMatchObject({ status: 'ready', attempt: 2 });
  expect(await keysOf(one)).toEqual([...before, ready.objectKey].toSorted());
});

test('a storage that fails is tried five times, then the export has failed and does not count', async () => {
  const failing = { ...objects, put: () => Promise.reject(new Error('no room')) };
  const exports = open({ objects: failing });
  const { id } = await exports.request(one.id, wish);
  for (let tries = 1; tries <= 5; tries += 1) {
    await database.pool.query('update exports set run_after = now()');
    await exports.perform(id, never);
  }
  expect(await exports.find(one.id, id)).toMatchObject({ status: 'failed', errorCode: 'internal' });
  expect(mailed).toEqual([]);
  await Promise.all(Array.from({ length: 3 }, () => exports.request(one.id, wish)));
});

test('a process that is told to stop gives the export back as it was', async () => {
  const stopping = new AbortController();
  const stopped: ObjectStore = {
    ...objects,
    async put(_key, _body, options) {
      stopping.abort();
      return await new Promise((_resolve, reject) => {
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        if (options.signal?.aborted) reject(options.signal.reason);
      });
    },
  };
  const exports = open({ objects: stopped });
  const { id } = await exports.request(one.id, wish);
  await exports.perform(id, stopping.signal);
  expect(await exports.find(one.id, id)).toMatchObject({ status: 'queued', failures: 0 });
});

test('after a week it is gone, the archive with it', async () => {
  const exports = open();
  const before = await keysOf(one);
  const { id } = await exports.request(one.id, { includeMedia: false });
  await exports.perform(id, never);
  expect(await exports.purgeExpired()).toBe(0);
  await database.pool.query(`update exports set expires_at = now() - interval '1 s'`);
  await expect(exports.find(one.id, id)).rejects.toMatchObject({ code: 'export_not_found' });
  expect(await exports.list(one.id)).toEqual([]);
  expect(await exports.purgeExpired()).toBe(1);
  expect(await keysOf(one)).toEqual(before);
});

test('over HTTP: asked for, listed, looked at and downloaded by its own account alone', async () => {
  const exports = open();
  const endpoints = makePrivacyEndpoints({ exports });
  const app = makeTestApp({ endpoints, caller: sessionOf(one.id) });
  const headers = { 'content-type': 'application/json', origin: APP_ORIGIN };
  const post = { method: 'POST', headers, body: '{"include_media":true}' };
  const asked = await askApp(app, '/app/exports', post);
  expect(asked.status).toBe(202);
  const at = asked.headers.get('location') ?? '';
  expect((await askApp(app, `${at}/file`)).problem).toMatchObject({ code: 'export_not_ready' });
  for (const id of rung) await exports.perform(id, never);
  expect(JSON.parse((await askApp(app, at)).text)).toMatchObject({
    ...{ status: 'ready', include_media: true, error: null, file: `${at}/file` },
  });
  const file = await askApp(app, `${at}/file`);
  expect(file.status).toBe(302);
  expect(file.headers.get('cache-control')).toBe('no-store');
  expect(JSON.parse((await askApp(app, '/app/exports')).text).data).toHaveLength(1);

  const stranger = makeTestApp({ endpoints, caller: sessionOf(other.id) });
  expect(JSON.parse((await askApp(stranger, '/app/exports')).text).data).toEqual([]);
  for (const path of [at, `${at}/file`]) {
    expect(await askApp(stranger, path)).toMatchObject({
      ...{ status: 404, problem: { code: 'export_not_found' } },
    });
  }
});

test('over HTTP: no key, no stale proof and no staff who look on may ask', async () => {
  const endpoints = makePrivacyEndpoints({ exports: open() });
  const impersonation = { id: 'imp_1', adminId: other.id, until: new Date() };
  const callers = [
    [keyOf(one.id, 'account:read'), 'key_not_allowed'],
    [sessionOf(one.id, { provedAt: new Date(Date.now() - 601_000) }), 'step_up_required'],
    [sessionOf(one.id, { impersonation }), 'impersonation_forbidden'],
    [sessionOf(one.id, { stage: 'restore' }), 'account_deleted'],
  ] as const;
  const standing: Standing = { isStaff: async () => true, stepUpMethod: async () => 'google' };
  for (const [caller, code] of callers) {
    const app = makeTestApp({ endpoints, caller, standing });
    for (const path of ['/app/exports', '/app/exports/exp_1/file']) {
      const answer = await askApp(app, path);
      expect([answer.status, answer.problem?.code]).toEqual([403, code]);
    }
  }
});

test('what is asked for and downloaded is on record, in opaque ids', async () => {
  const exports = open();
  const { id } = await exports.request(one.id, wish);
  await exports.perform(id, never);
  await exports.linkTo(one.id, id);
  const { rows } = await database.pool.query<{ action: string; entry: string }>(
    `select action, entry from audit.entries where entry::jsonb ->> 'target' = $1 order by seq`,
    [id],
  );
  expect(rows.map(({ action }) => action)).toEqual(['export.requested', 'export.downloaded']);
  expect(JSON.stringify(rows)).not.toContain(one.canary);
});
