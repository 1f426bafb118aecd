import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { S3_BUCKET, S3_KEYS, type S3Server, startS3Server } from '../../tests/harness/s3-server.ts';
import { ensureOwner, storagePrefixOf } from '../accounts/accounts.ts';
import { makeMediaEngine } from '../media/engine.ts';
import type { MediaEngine } from '../media/media.ts';
import { systemClock } from '../platform/clock.ts';
import { type AccountId, newId, type UploadId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { makeFolderStore } from '../platform/objects/folder.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { makeS3Store } from '../platform/objects/s3.ts';
import { eq, sql } from '../platform/postgres/drizzle.ts';
import { createUpload, type UploadContentType } from './contract.ts';
import { uploads as table } from './schema.ts';
import { makeUploads } from './uploads.ts';

const FILM = join(import.meta.dirname, '..', 'compose', 'fixtures', 'rotated.mp4');
const signal = new AbortController().signal;

let folder: string;
let workDir: string;
let database: TestDatabase;
let engine: MediaEngine;
let objects: ObjectStore;
let owner: AccountId;
let film: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-uploads-'));
  workDir = join(folder, 'work');
  await mkdir(workDir);
  database = await createTestDatabase();
  engine = await makeMediaEngine({ ffmpegPath: null, workDir });
  objects = makeFolderStore({
    root: join(folder, 'store'),
    baseUrl: 'http://localhost:3000',
    secrets: ['a secret of enough length'],
  });
  owner = await ensureOwner(database.db);
  film = await readFile(FILM);
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await database.db.delete(table);
  await objects.deletePrefix('');
});

/** The capability on an engine of the test's choice, and what was rung for. */
function open(over: { engine?: MediaEngine; objects?: ObjectStore } = {}) {
  const rung: UploadId[] = [];
  const uploads = makeUploads({
    db: database.db,
    objects,
    engine,
    workDir,
    ring: async (_tx, id) => {
      rung.push(id);
    },
    now: systemClock,
    log: silentLog,
    ...over,
  });
  return { uploads, rung };
}
type Uploads = ReturnType<typeof open>['uploads'];

/** Opens an upload and sends the bytes as the folder store's form would. */
async function send(
  uploads: Uploads,
  bytes: Uint8Array | string,
  contentType: UploadContentType = 'video/mp4',
): Promise<UploadId> {
  const body = Buffer.from(bytes);
  const wanted = { content_type: contentType, size_bytes: Math.max(1, body.length) };
  const { upload, form } = await uploads.create(owner, wanted);
  await objects.put(form.fields['key'] ?? '', body, { contentType });
  return upload.id;
}

async function keys(prefix = ''): Promise<string[]> {
  const found = [];
  for await (const { key } of objects.list(prefix)) found.push(key);
  return found;
}

const rowOf = async (id: UploadId) =>
  (await database.db.select().from(table).where(eq(table.id, id)))[0];

describe('an opened upload', () => {
  test('has a form for one unguessable key, one type and no more bytes than stated', async () => {
    const { uploads } = open();
    const wanted = { content_type: 'image/png', size_bytes: 1234 } as const;
    const made = [await uploads.create(owner, wanted), await uploads.create(owner, wanted)];
    const formKeys = made.map(({ form }) => form.fields['key']);
    expect(new Set(formKeys).size).toBe(2);
    for (const { upload, form } of made) {
      expect(form.fields['key']).toMatch(/^quarantine\/[0-9a-f]{32}$/);
      expect(form.fields).toMatchObject({ 'Content-Type': 'image/png', max_bytes: '1234' });
      expect(form.expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(900_000);
      expect(upload).toMatchObject({ status: 'created', kind: 'image' });
    }
  });

  test.each([
    ['video/mp4', 500_000_001],
    ['audio/wav', 50_000_001],
    ['image/webp', 30_000_001],
    ['image/svg+xml', 100],
    ['application/vnd.apple.mpegurl', 100],
    ['video/mp4', 0],
  ])('of %s with %i bytes is refused by its schema', (content_type, size_bytes) => {
    expect(createUpload.safeParse({ content_type, size_bytes }).success).toBe(false);
  });

  test('is one of at most 20 unfinished ones, however many are asked for at once', async () => {
    const { uploads } = open();
    const wanted = { content_type: 'image/png', size_bytes: 10 } as const;
    const asked = await Promise.allSettled(
      Array.from({ length: 26 }, () => uploads.create(owner, wanted)),
    );
    const refused = asked.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(6);
    expect(refused[0]?.reason).toMatchObject({ kind: 'exhausted', code: 'too_many_uploads' });
    expect(await database.db.$count(table)).toBe(20);
  });

  test('is not there when what belongs to it was not written', async () => {
    const { uploads } = open();
    const wanted = { content_type: 'image/png', size_bytes: 10 } as const;
    const refused = uploads.create(owner, wanted, async () => {
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    expect(await database.db.$count(table)).toBe(0);
  });
});

describe('completing', () => {
  test('before the file is there changes nothing', async () => {
    const { uploads, rung } = open();
    const wanted = { content_type: 'video/mp4', size_bytes: 10 } as const;
    const { upload } = await uploads.create(owner, wanted);
    await expect(uploads.complete(owner, upload.id, signal)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'upload_missing',
    });
    expect((await uploads.find(owner, upload.id)).status).toBe('created');
    expect(rung).toEqual([]);
  });

  test('rings once, however often and by however many it is called', async () => {
    const { uploads, rung } = open();
    const id = await send(uploads, film);
    const calls = [1, 2, 3].map(() => uploads.complete(owner, id, signal));
    for (const upload of await Promise.all(calls)) expect(upload.status).toBe('processing');
    await uploads.complete(owner, id, signal);
    expect(rung).toEqual([id]);
    await expect(uploads.findReady(owner, id, 'video')).rejects.toMatchObject({
      code: 'upload_not_ready',
    });
  });

  test.each([
    ['#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n', 'video/mp4'],
    ['ffconcat version 1.0\nfile /etc/passwd\n', 'video/webm'],
    ['<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>', 'image/png'],
    ['<!doctype html><script>1</script>', 'image/jpeg'],
    ['ID3\x04\0\0\0\0\0\0#EXTM3U', 'audio/mpeg'],
  ] as const)('refuses %j and keeps nothing of it', async (text, contentType) => {
    const { uploads, rung } = open();
    const id = await send(uploads, text, contentType);
    const rejection = { kind: 'invalid', code: 'media_rejected' };
    await expect(uploads.complete(owner, id, signal)).rejects.toMatchObject(rejection);
    await expect(uploads.complete(owner, id, signal)).rejects.toMatchObject(rejection);
    await expect(uploads.findReady(owner, id, 'video', 'audio', 'image')).rejects.toMatchObject(
      rejection,
    );
    expect((await uploads.find(owner, id)).rejection?.code).toBe('media_rejected');
    expect(await keys()).toEqual([]);
    expect(rung).toEqual([]);
  });

  test('refuses more bytes than were stated, whatever the storage took', async () => {
    const { uploads } = open();
    const { upload, form } = await uploads.create(owner, {
      content_type: 'video/mp4',
      size_bytes: 9,
    });
    await objects.put(form.fields['key'] ?? '', film, { contentType: 'video/mp4' });
    await expect(uploads.complete(owner, upload.id, signal)).rejects.toMatchObject({
      code: 'file_too_large',
    });
    expect(await keys()).toEqual([]);
  });

  test('is nobody else’s: another account finds nothing of it', async () => {
    const { uploads } = open();
    const id = await send(uploads, film);
    const other = newId('acc');
    const nothing = { kind: 'not-found', code: 'upload_not_found' };
    await expect(uploads.find(other, id)).rejects.toMatchObject(nothing);
    await expect(uploads.complete(other, id, signal)).rejects.toMatchObject(nothing);
    await expect(uploads.findReady(other, id, 'video')).rejects.toMatchObject(nothing);
    expect((await uploads.find(owner, id)).status).toBe('created');
  });
});

describe('processing', () => {
  test('puts the encoded file under the account’s prefix and clears the quarantine', async () => {
    const { uploads } = open();
    const id = await send(uploads, film);
    await uploads.complete(owner, id, signal);
    await uploads.perform(id, signal);
    const ready = await uploads.findReady(owner, id, 'video');
    const prefix = await storagePrefixOf(database.db, owner);
    expect(ready.object.key).toMatch(new RegExp(`^${prefix}/[0-9a-f]{32}$`));
    expect(ready.media).toEqual({ seconds: 1.2, width: 96, height: 160, fps: 30, hasAudio: false });
    expect(await keys()).toEqual([ready.object.key]);
    expect(await objects.head(ready.object.key)).toMatchObject({
      contentType: 'video/mp4',
      sizeBytes: ready.object.sizeBytes,
    });
    await expect(uploads.findReady(owner, id, 'audio', 'image')).rejects.toMatchObject({
      code: 'upload_wrong_kind',
    });
    await uploads.perform(id, signal);
    expect((await rowOf(id))?.attempt).toBe(1);
    expect(await readdir(workDir)).toEqual([]);
  });

  test('is done by one of two workers that are rung at once', async () => {
    const { uploads } = open();
    const id = await send(uploads, film);
    await uploads.complete(owner, id, signal);
    await Promise.all([uploads.perform(id, signal), open().uploads.perform(id, signal)]);
    expect(await rowOf(id)).toMatchObject({ status: 'ready', attempt: 1 });
    expect(await keys()).toHaveLength(1);
  });

  test('that was taken over counts by its newest attempt alone', async () => {
    const { promise: taken, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const slow: MediaEngine = {
      ...engine,
      async transcode(task, call) {
        const cost = await engine.transcode(task, call);
        begin();
        await taken;
        return cost;
      },
    };
    const { uploads } = open();
    const id = await send(uploads, film);
    await uploads.complete(owner, id, signal);
    const first = open({ engine: slow }).uploads.perform(id, signal);
    await begun;
    // As if its machine were out of reach for longer than the lease.
    await database.db.update(table).set({ leaseExpiresAt: sql`now() - interval '1 second'` });
    await uploads.perform(id, signal);
    const ready = await uploads.findReady(owner, id, 'video');
    letGo();
    await first;
    expect(await uploads.findReady(owner, id, 'video')).toEqual(ready);
    expect(ready.attempt).toBe(2);
    expect(await keys()).toEqual([ready.object.key]);
  });

  test('killed after it stored its file leaves no second file behind', async () => {
    const { promise: never } = Promise.withResolvers<never>();
    const { promise: stored, resolve: store } = Promise.withResolvers<void>();
    const dying: ObjectStore = {
      ...objects,
      async putFile(...args) {
        await objects.putFile(...args);
        store();
        return never;
      },
    };
    const { uploads } = open();
    const id = await send(uploads, film);
    await uploads.complete(owner, id, signal);
    void open({ objects: dying }).uploads.perform(id, signal);
    await stored;
    expect(await keys()).toHaveLength(2);
    await database.db.update(table).set({ leaseExpiresAt: sql`now() - interval '1 second'` });
    await uploads.perform(id, signal);
    expect(await keys()).toEqual([(await uploads.findReady(owner, id, 'video')).object.key]);
  });

  test('of a process that stops is given back, uncounted, and rung for', async () => {
    const stopping = new AbortController();
    const stopped: MediaEngine = {
      ...engine,
      transcode(task, call) {
        stopping.abort();
        return engine.transcode(task, call);
      },
    };
    const { uploads } = open();
    const id = await send(uploads, film);
    await uploads.complete(owner, id, signal);
    const worker = open({ engine: stopped });
    await worker.uploads.perform(id, stopping.signal);
    expect(await rowOf(id)).toMatchObject({
      status: 'processing',
      failures: 0,
      leaseExpiresAt: null,
    });
    expect(worker.rung).toEqual([id]);
  });

  test('that fails again and again ends in a rejection that says what to do', async () => {
    const failing: MediaEngine = {
      ...engine,
      transcode: () => Promise.reject(new Error('out of luck')),
    };
    const { uploads } = open();
    const id = await send(uploads, film);
    await uploads.complete(owner, id, signal);
    const worker = open({ engine: failing });
    for (let tried = 1; tried <= 5; tried += 1) {
      await worker.uploads.perform(id, signal);
      await worker.uploads.perform(id, signal);
      expect((await rowOf(id))?.attempt).toBe(tried);
      await database.db.update(table).set({ runAfter: sql`now()` });
    }
    const { status, rejection } = await uploads.find(owner, id);
    expect(status).toBe('rejected');
    expect(rejection).toMatchObject({ code: 'processing_failed', action: expect.any(String) });
    expect(worker.rung).toEqual([id, id, id, id]);
    expect(await keys()).toEqual([]);
  });
});

describe('looking after uploads', () => {
  test('rings again for those that nobody holds, and for no others', async () => {
    const { uploads, rung } = open();
    const ids = [await send(uploads, film), await send(uploads, film), await send(uploads, film)];
    for (const id of ids) await uploads.complete(owner, id, signal);
    const [lost, held, later] = ids;
    rung.length = 0;
    await database.db.update(table).set({ runAfter: sql`now() - interval '1 minute'` });
    const set = (id: UploadId | undefined, change: Partial<typeof table.$inferInsert>) =>
      database.db
        .update(table)
        .set(change)
        .where(eq(table.id, id ?? newId('upl')));
    await set(held, { leaseExpiresAt: new Date(Date.now() + 60_000) });
    await set(later, { runAfter: new Date(Date.now() + 60_000) });
    expect(await uploads.rescue()).toBe(1);
    expect(rung).toEqual([lost]);
  });

  test('forgets what was never completed, and what is sent after the end', async () => {
    const { uploads } = open();
    const open24h = await send(uploads, film);
    const fresh = await send(uploads, film);
    const done = await send(uploads, film);
    await uploads.complete(owner, done, signal);
    await uploads.perform(done, signal);
    const { quarantineKey, object } = (await rowOf(done)) ?? {};
    // The form was used once more while it could be.
    await objects.put(quarantineKey ?? '', Buffer.from('late'), { contentType: 'video/mp4' });
    const age = (id: UploadId, hours: number) =>
      database.db
        .update(table)
        .set({
          createdAt: sql`now() - make_interval(hours => ${hours})`,
          expiresAt: sql`now() + make_interval(hours => ${24 - hours})`,
        })
        .where(eq(table.id, id));
    await age(open24h, 25);
    await age(done, 25);
    await expect(uploads.complete(owner, open24h, signal)).rejects.toMatchObject({
      code: 'upload_not_found',
    });
    expect(await uploads.purgeExpired()).toBe(2);
    expect(await uploads.purgeExpired()).toBe(0);
    expect(await rowOf(open24h)).toBeUndefined();
    expect(await keys('quarantine/')).toEqual([(await rowOf(fresh))?.quarantineKey]);
    expect(await objects.head(object?.key ?? '')).not.toBeNull();
  });
});

describe('on an S3 service', () => {
  let server: S3Server;
  beforeAll(async () => {
    await mkdir(join(folder, 's3'));
    server = await startS3Server(join(folder, 's3'));
  });
  afterAll(() => server.close());

  test('the form is posted to the bucket, and the file goes the same way', async () => {
    const s3 = makeS3Store({
      endpoint: server.endpoint,
      region: 'us-east-1',
      bucket: S3_BUCKET,
      ...S3_KEYS,
      cacheDir: join(folder, 'cache'),
    });
    const { uploads } = open({ objects: s3 });
    const wanted = { content_type: 'video/mp4', size_bytes: film.length } as const;
    const { upload, form } = await uploads.create(owner, wanted);
    const body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.set(name, value);
    body.set('file', new Blob([new Uint8Array(film)]), 'holiday.mp4');
    expect((await fetch(form.url, { method: 'POST', body })).status).toBe(204);
    await uploads.complete(owner, upload.id, signal);
    await uploads.perform(upload.id, signal);
    const ready = await uploads.findReady(owner, upload.id, 'video');
    expect(await s3.head(ready.object.key)).toMatchObject({ contentType: 'video/mp4' });
    expect(await s3.head(form.fields['key'] ?? '')).toBeNull();
  });
});
