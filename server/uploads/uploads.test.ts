import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { S3_BUCKET, S3_KEYS, type S3Server, startS3Server } from '../../tests/harness/s3-server.ts';
import { openBench, type UploadBench } from '../../tests/harness/upload-bench.ts';
import { newId, type UploadId } from '../platform/ids.ts';
import { makeS3Store } from '../platform/objects/s3.ts';
import { eq, sql } from '../platform/postgres/drizzle.ts';
import { createUpload } from './contract.ts';
import { uploads as table } from './schema.ts';

const signal = new AbortController().signal;
let bench: UploadBench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

describe('an opened upload', () => {
  test('has a form for one unguessable key, one type and no more bytes than stated', async () => {
    const { uploads } = bench.open();
    const wanted = { content_type: 'image/png', size_bytes: 1234 } as const;
    const made = [
      await uploads.create(bench.owner, wanted),
      await uploads.create(bench.owner, wanted),
    ];
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
    const { uploads } = bench.open();
    const wanted = { content_type: 'image/png', size_bytes: 10 } as const;
    const asked = await Promise.allSettled(
      Array.from({ length: 26 }, () => uploads.create(bench.owner, wanted)),
    );
    const refused = asked.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(6);
    expect(refused[0]?.reason).toMatchObject({
      ...{ code: 'too_many_uploads', status: 429, headers: { 'Retry-After': '60' } },
    });
    expect(await bench.db.$count(table)).toBe(20);
  });

  test('is not there when what belongs to it was not written', async () => {
    const { uploads } = bench.open();
    const wanted = { content_type: 'image/png', size_bytes: 10 } as const;
    const refused = uploads.create(bench.owner, wanted, async () => {
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    expect(await bench.db.$count(table)).toBe(0);
  });
});

describe('completing', () => {
  test('before the file is there changes nothing', async () => {
    const { uploads, rung } = bench.open();
    const wanted = { content_type: 'video/mp4', size_bytes: 10 } as const;
    const { upload } = await uploads.create(bench.owner, wanted);
    await expect(uploads.complete(bench.owner, upload.id, signal)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'upload_missing',
    });
    expect((await uploads.find(bench.owner, upload.id)).status).toBe('created');
    expect(rung).toEqual([]);
  });

  test('rings once, however often and by however many it is called', async () => {
    const { uploads, rung } = bench.open();
    const id = await bench.send(uploads, bench.film);
    const calls = [1, 2, 3].map(() => uploads.complete(bench.owner, id, signal));
    for (const upload of await Promise.all(calls)) expect(upload.status).toBe('processing');
    await uploads.complete(bench.owner, id, signal);
    expect(rung).toEqual([id]);
    await expect(uploads.findReady(bench.owner, id, 'video')).rejects.toMatchObject({
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
    const { uploads, rung } = bench.open();
    const id = await bench.send(uploads, text, contentType);
    const rejection = { kind: 'invalid', code: 'media_rejected' };
    await expect(uploads.complete(bench.owner, id, signal)).rejects.toMatchObject(rejection);
    await expect(uploads.complete(bench.owner, id, signal)).rejects.toMatchObject(rejection);
    await expect(
      uploads.findReady(bench.owner, id, 'video', 'audio', 'image'),
    ).rejects.toMatchObject(rejection);
    expect((await uploads.find(bench.owner, id)).rejection?.code).toBe('media_rejected');
    expect(await bench.keys()).toEqual([]);
    expect(rung).toEqual([]);
  });

  test('refuses more bytes than were stated, whatever the storage took', async () => {
    const { uploads } = bench.open();
    const { upload, form } = await uploads.create(bench.owner, {
      content_type: 'video/mp4',
      size_bytes: 9,
    });
    await bench.objects.put(form.fields['key'] ?? '', bench.film, { contentType: 'video/mp4' });
    await expect(uploads.complete(bench.owner, upload.id, signal)).rejects.toMatchObject({
      code: 'file_too_large',
    });
    expect(await bench.keys()).toEqual([]);
  });

  test('is nobody else’s: another account finds nothing of it', async () => {
    const { uploads } = bench.open();
    const id = await bench.send(uploads, bench.film);
    const other = newId('acc');
    const nothing = { kind: 'not-found', code: 'upload_not_found' };
    await expect(uploads.find(other, id)).rejects.toMatchObject(nothing);
    await expect(uploads.complete(other, id, signal)).rejects.toMatchObject(nothing);
    await expect(uploads.findReady(other, id, 'video')).rejects.toMatchObject(nothing);
    expect((await uploads.find(bench.owner, id)).status).toBe('created');
  });
});

describe('looking after uploads', () => {
  test('rings again for those that nobody holds, and for no others', async () => {
    const { uploads, rung } = bench.open();
    const ids = [
      await bench.send(uploads, bench.film),
      await bench.send(uploads, bench.film),
      await bench.send(uploads, bench.film),
    ];
    for (const id of ids) await uploads.complete(bench.owner, id, signal);
    const [lost, held, later] = ids;
    rung.length = 0;
    await bench.db.update(table).set({ runAfter: sql`now() - interval '1 minute'` });
    const set = (id: UploadId | undefined, change: Partial<typeof table.$inferInsert>) =>
      bench.db
        .update(table)
        .set(change)
        .where(eq(table.id, id ?? newId('upl')));
    await set(held, { leaseExpiresAt: new Date(Date.now() + 60_000) });
    await set(later, { runAfter: new Date(Date.now() + 60_000) });
    expect(await uploads.rescue()).toBe(1);
    expect(rung).toEqual([lost]);
    expect(await uploads.rescue()).toBe(0);
  });

  test('forgets what was never completed, and what is sent after the end', async () => {
    const { uploads } = bench.open();
    const open24h = await bench.send(uploads, bench.film);
    const fresh = await bench.send(uploads, bench.film);
    const done = await bench.send(uploads, bench.film);
    await uploads.complete(bench.owner, done, signal);
    await uploads.perform(done, signal);
    const { quarantineKey, object } = (await bench.rowOf(done)) ?? {};
    // The form was used once more while it could be.
    await bench.objects.put(quarantineKey ?? '', Buffer.from('late'), { contentType: 'video/mp4' });
    const age = (id: UploadId, hours: number) =>
      bench.db
        .update(table)
        .set({
          createdAt: sql`now() - make_interval(hours => ${hours})`,
          expiresAt: sql`now() + make_interval(hours => ${24 - hours})`,
        })
        .where(eq(table.id, id));
    await age(open24h, 25);
    await age(done, 25);
    await expect(uploads.complete(bench.owner, open24h, signal)).rejects.toMatchObject({
      code: 'upload_not_found',
    });
    expect(await uploads.purgeExpired()).toBe(2);
    expect(await uploads.purgeExpired()).toBe(0);
    expect(await bench.rowOf(open24h)).toBeUndefined();
    expect(await bench.keys('quarantine/')).toEqual([(await bench.rowOf(fresh))?.quarantineKey]);
    expect(await bench.objects.head(object?.key ?? '')).not.toBeNull();
  });
});

describe('on an S3 service', () => {
  let server: S3Server;
  beforeAll(async () => {
    await mkdir(join(bench.folder, 's3'));
    server = await startS3Server(join(bench.folder, 's3'));
  });
  afterAll(() => server.close());

  test('the form is posted to the bucket, and the file goes the same way', async () => {
    const s3 = makeS3Store({
      endpoint: server.endpoint,
      region: 'us-east-1',
      bucket: S3_BUCKET,
      ...S3_KEYS,
      cacheDir: join(bench.folder, 'cache'),
    });
    const { uploads } = bench.open({ objects: s3 });
    const wanted = { content_type: 'video/mp4', size_bytes: bench.film.length } as const;
    const { upload, form } = await uploads.create(bench.owner, wanted);
    const body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.set(name, value);
    body.set('file', new Blob([new Uint8Array(bench.film)]), 'holiday.mp4');
    expect((await fetch(form.url, { method: 'POST', body })).status).toBe(204);
    await uploads.complete(bench.owner, upload.id, signal);
    await uploads.perform(upload.id, signal);
    const ready = await uploads.findReady(bench.owner, upload.id, 'video');
    expect(await s3.head(ready.object.key)).toMatchObject({ contentType: 'video/mp4' });
    expect(await s3.head(form.fields['key'] ?? '')).toBeNull();
  });
});
