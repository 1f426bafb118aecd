import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { hasRedisServer, startRedisServer } from '../../tests/harness/redis-server.ts';
import { S3_BUCKET, S3_KEYS, startS3Server } from '../../tests/harness/s3-server.ts';
import { type SeededAccount, seedAccount } from '../../tests/harness/seed-account.ts';
import { makeAudit } from '../audit/audit.ts';
import { makeNotify } from '../notify/notify.ts';
import { makeRedisBus } from '../platform/bus/redis-bus.ts';
import { silentLog } from '../platform/log.ts';
import { makeFolderStore } from '../platform/objects/folder.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { makeS3Store } from '../platform/objects/s3.ts';
import { openRedis } from '../platform/redis/redis.ts';
import { makeSessions } from '../sessions/sessions.ts';
import { makeForget } from '../wiring/forget.ts';
import { makePurge, type PurgeDeps } from './purge.ts';

let folder: string;
let database: TestDatabase;
let objects: ObjectStore;
let doomed: SeededAccount;
let staying: SeededAccount;
const { signal: never } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-purge-'));
  database = await createTestDatabase();
  const secrets = ['a secret of enough length'];
  objects = makeFolderStore({ root: join(folder, 'store'), baseUrl: '', secrets });
  staying = await seedAccount({ db: database.db, objects });
});
beforeEach(async () => {
  doomed = await seedAccount({ db: database.db, objects });
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

function open(over: Partial<PurgeDeps> = {}) {
  const { db } = database;
  return makePurge({
    ...{ db, objects, log: silentLog },
    sessions: makeSessions({
      db,
      log: silentLog,
      recordBegan: async () => undefined,
      record: async () => undefined,
    }),
    notify: makeNotify({
      ...{ db, url: 'http://localhost', log: silentLog },
      ring: async () => undefined,
      sendMail: async () => ({ vendorId: 'mail' }),
    }),
    audit: makeAudit({ db, objects, log: silentLog }),
    forget: async () => undefined,
    ...over,
  });
}

async function giveUp({ id }: SeededAccount, hoursLeft = -1): Promise<void> {
  await database.pool.query(
    `update accounts set deleted_at = now() - interval '30 days',
       purge_after = now() + make_interval(hours => $2) where id = $1`,
    [id, hoursLeft],
  );
}

/** Every row of every table of the database, the queue's and the audit record's included, as text. */
async function everyRow(): Promise<string> {
  const { rows: tables } = await database.pool.query<{ name: string }>(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`);
  const texts = [];
  for (const { name } of tables) {
    const { rows } = await database.pool.query<{ text: string | null }>(
      `select string_agg(t::text, E'\\n') as text from ${name} t`,
    );
    texts.push(rows[0]?.text ?? '');
  }
  return texts.join('\n');
}

async function keysOf(store: ObjectStore, prefix: string): Promise<readonly string[]> {
  const keys = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

test('after the purge nothing of the account is in any table or in the storage, and all of the other is', async () => {
  const form = 'quarantine/0123456789abcdef';
  await objects.put(form, Buffer.from(doomed.canary), { contentType: 'video/mp4' });
  await database.pool.query('update uploads set quarantine_key = $1 where account_id = $2', [
    form,
    doomed.id,
  ]);
  await giveUp(doomed);
  const before = await everyRow();
  expect(before).toContain(doomed.canary);
  const [purged] = await open().run(null, never);
  expect(purged).toMatchObject({ accountId: doomed.id, objects: doomed.files.size });
  expect(Object.values(purged?.rows ?? {}).every((count) => count > 0)).toBe(true);

  // The mail that tells of it keeps its address until it was sent.
  await database.pool.query(`update mails set address = null, details = null, status = 'sent',
    next_attempt_at = null where account_id is null`);
  const after = await everyRow();
  for (const trace of [doomed.canary, doomed.storagePrefix]) expect(after).not.toContain(trace);
  const ids = Object.values(doomed.rows)
    .flat()
    .flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
  for (const id of ids) expect(after).not.toContain(id);
  expect(await keysOf(objects, `${doomed.storagePrefix}/`)).toEqual([]);
  expect(await keysOf(objects, 'quarantine/')).toEqual([]);

  expect(after).toContain(staying.canary);
  expect(await keysOf(objects, `${staying.storagePrefix}/`)).toHaveLength(staying.files.size);
});

test('a report in opaque ids and figures stays, an entry in the audit record, and a mail on its way', async () => {
  await giveUp(doomed);
  await open().run(doomed.id, never);
  const { rows: reports } = await database.pool.query(
    'select * from purges where account_id = $1',
    [doomed.id],
  );
  expect(reports).toMatchObject([
    { rows: { videos: 1, steps: 2, accounts: 1 }, objects: doomed.files.size },
  ]);
  const { rows: entries } = await database.pool.query(
    'select action, actor_kind from audit.entries where subject = $1',
    [doomed.id],
  );
  expect(entries).toEqual([{ action: 'account.purged', actor_kind: 'system' }]);
  const { rows: mails } = await database.pool.query(
    `select kind, address from mails where account_id is null and status = 'pending'`,
  );
  expect(mails).toMatchObject([{ kind: 'deletion_done', address: expect.stringContaining('@') }]);
});

test('who may still be restored stays as it is', async () => {
  await giveUp(doomed, 1);
  expect(await open().run(null, never)).toEqual([]);
  expect(await open().run(doomed.id, never)).toEqual([]);
  expect(await open().run(staying.id, never)).toEqual([]);
  expect(await keysOf(objects, `${doomed.storagePrefix}/`)).toHaveLength(doomed.files.size);
  expect(await everyRow()).toContain(doomed.canary);
});

test('a preview tells the same, and removes nothing', async () => {
  await giveUp(doomed);
  const before = await everyRow();
  const [preview] = await open().preview(null, never);
  expect(await everyRow()).toBe(before);
  const [purged] = await open().run(null, never);
  expect(preview).toEqual(purged);
});

test.each(['objects', 'rows'] as const)(
  'one that died with its %s half removed is ended by the next',
  async (what) => {
    await giveUp(doomed);
    const dying: Partial<PurgeDeps> =
      what === 'objects'
        ? {
            objects: {
              ...objects,
              async deletePrefix() {
                const [first = ''] = doomed.files.keys();
                await objects.delete(first);
                throw new Error('killed');
              },
            },
          }
        : { notify: { mail: () => Promise.reject(new Error('killed')) } };
    await expect(open(dying).run(null, never)).rejects.toThrow('killed');
    expect(await everyRow()).toContain(doomed.canary);
    expect(await open().run(null, never)).toHaveLength(1);
    expect(await keysOf(objects, `${doomed.storagePrefix}/`)).toEqual([]);
    expect(await everyRow()).not.toContain(doomed.storagePrefix);
  },
);

test('of several that purge at once one does each account', async () => {
  await giveUp(doomed);
  const done = await Promise.all(Array.from({ length: 4 }, () => open().run(null, never)));
  expect(done.flat().map(({ accountId }) => accountId)).toEqual([doomed.id]);
});

test('one account that cannot be purged keeps no other back', async () => {
  const stuck = await seedAccount({ db: database.db, objects });
  await giveUp(stuck, -2);
  await giveUp(doomed);
  const failing: ObjectStore = {
    ...objects,
    deletePrefix: (prefix, signal) =>
      prefix.startsWith(stuck.storagePrefix)
        ? Promise.reject(new Error('away'))
        : objects.deletePrefix(prefix, signal),
  };
  await expect(open({ objects: failing }).run(null, never)).rejects.toThrow('away');
  const text = await everyRow();
  expect([text.includes(stuck.canary), text.includes(doomed.storagePrefix)]).toEqual([true, false]);
  expect(await open().run(null, never)).toHaveLength(1);
});

test('from an S3 storage everything below the prefix goes', async () => {
  const server = await startS3Server(join(folder, 's3'));
  try {
    const s3 = makeS3Store({
      ...{ endpoint: server.endpoint, region: 'us-east-1', bucket: S3_BUCKET, ...S3_KEYS },
      cacheDir: join(folder, 'cache'),
    });
    const inS3 = await seedAccount({ db: database.db, objects: s3 });
    await giveUp(inS3);
    const [purged] = await open({ objects: s3 }).run(inS3.id, never);
    expect(purged?.objects).toBe(inS3.files.size);
    expect(await keysOf(s3, '')).toEqual([]);
  } finally {
    await server.close();
  }
});

test.skipIf(!hasRedisServer)('in Redis nothing is named after it any more', async () => {
  const server = await startRedisServer();
  const redis = await openRedis(server.url, silentLog);
  const bus = makeRedisBus({ client: redis.client, subscriber: redis.reader, log: silentLog });
  try {
    const idOf = ({ rows }: SeededAccount, table: string) => String(rows[table]?.[0]?.['id']);
    for (const account of [doomed, staying]) {
      await bus.publish([`video:${idOf(account, 'videos')}`], 'moved');
      for (const id of [account.id, idOf(account, 'sessions'), idOf(account, 'api_keys')]) {
        await redis.client.set(`clipt:limit:account:${id}`, 1);
        await redis.client.set(`clipt:limit:caller:${id}`, 1);
      }
    }
    await giveUp(doomed);
    await open({ forget: makeForget(redis.client) }).run(null, never);
    const left = (await redis.client.keys('*')).join('\n');
    expect(left).not.toContain(doomed.id);
    for (const table of ['videos', 'sessions', 'api_keys']) {
      expect(left).not.toContain(idOf(doomed, table));
      expect(left).toContain(idOf(staying, table));
    }
  } finally {
    await bus.close();
    await redis.close();
    await server.close();
  }
});
