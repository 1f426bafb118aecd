import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBench, type UploadBench } from '../../tests/harness/upload-bench.ts';
import { storagePrefixOf } from '../accounts/accounts.ts';
import type { MediaEngine } from '../media/media.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { uploads as table } from './schema.ts';

const signal = new AbortController().signal;
let bench: UploadBench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

describe('processing', () => {
  test('puts the encoded file under the account’s prefix and clears the quarantine', async () => {
    const { uploads } = bench.open();
    const id = await bench.sendFilm(uploads);
    await uploads.perform(id, signal);
    const ready = await uploads.findReady(bench.owner, id, 'video');
    const prefix = await storagePrefixOf(bench.db, bench.owner);
    expect(ready.object.key).toMatch(new RegExp(`^${prefix}/[0-9a-f]{32}$`));
    expect(ready.media).toEqual({ seconds: 1.2, width: 96, height: 160, fps: 30, hasAudio: false });
    expect(await bench.keys()).toEqual([ready.object.key]);
    expect(await bench.objects.head(ready.object.key)).toMatchObject({
      contentType: 'video/mp4',
      sizeBytes: ready.object.sizeBytes,
    });
    await expect(uploads.findReady(bench.owner, id, 'audio', 'image')).rejects.toMatchObject({
      code: 'upload_wrong_kind',
    });
    await uploads.perform(id, signal);
    expect((await bench.rowOf(id))?.attempt).toBe(1);
    expect(await readdir(bench.workDir)).toEqual([]);
  });

  test('is done by one of two workers that are rung at once', async () => {
    const { uploads } = bench.open();
    const id = await bench.sendFilm(uploads);
    await Promise.all([uploads.perform(id, signal), bench.open().uploads.perform(id, signal)]);
    expect(await bench.rowOf(id)).toMatchObject({ status: 'ready', attempt: 1 });
    expect(await bench.keys()).toHaveLength(1);
  });

  test('that was taken over counts by its newest attempt alone', async () => {
    const { promise: taken, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const slow: MediaEngine = {
      ...bench.engine,
      async transcode(task, call) {
        const cost = await bench.engine.transcode(task, call);
        begin();
        await taken;
        return cost;
      },
    };
    const { uploads } = bench.open();
    const id = await bench.sendFilm(uploads);
    const first = bench.open({ engine: slow }).uploads.perform(id, signal);
    await begun;
    // As if its machine were out of reach for longer than the lease.
    await bench.db.update(table).set({ leaseExpiresAt: sql`now() - interval '1 second'` });
    await uploads.perform(id, signal);
    const ready = await uploads.findReady(bench.owner, id, 'video');
    letGo();
    await first;
    expect(await uploads.findReady(bench.owner, id, 'video')).toEqual(ready);
    expect(ready.attempt).toBe(2);
    expect(await bench.keys()).toEqual([ready.object.key]);
  });

  test('killed after it stored its file leaves no second file behind', async () => {
    const { promise: never } = Promise.withResolvers<never>();
    const { promise: stored, resolve: store } = Promise.withResolvers<void>();
    const dying: ObjectStore = {
      ...bench.objects,
      async putFile(...args) {
        await bench.objects.putFile(...args);
        store();
        return never;
      },
    };
    const { uploads } = bench.open();
    const id = await bench.sendFilm(uploads);
    void bench.open({ objects: dying }).uploads.perform(id, signal);
    await stored;
    expect(await bench.keys()).toHaveLength(2);
    await bench.db.update(table).set({ leaseExpiresAt: sql`now() - interval '1 second'` });
    await uploads.perform(id, signal);
    expect(await bench.keys()).toEqual([
      (await uploads.findReady(bench.owner, id, 'video')).object.key,
    ]);
  });

  test('of a process that stops is given back, uncounted, and rung for', async () => {
    const stopping = new AbortController();
    const stopped: MediaEngine = {
      ...bench.engine,
      transcode(task, call) {
        stopping.abort();
        return bench.engine.transcode(task, call);
      },
    };
    const { uploads } = bench.open();
    const id = await bench.sendFilm(uploads);
    const worker = bench.open({ engine: stopped });
    await worker.uploads.perform(id, stopping.signal);
    expect(await bench.rowOf(id)).toMatchObject({
      status: 'processing',
      failures: 0,
      leaseExpiresAt: null,
    });
    expect(worker.rung).toEqual([id]);
  });

  test('that fails again and again ends in a rejection that says what to do', async () => {
    const failing: MediaEngine = {
      ...bench.engine,
      transcode: () => Promise.reject(new Error('out of luck')),
    };
    const { uploads } = bench.open();
    const id = await bench.sendFilm(uploads);
    const worker = bench.open({ engine: failing });
    for (let tried = 1; tried <= 5; tried += 1) {
      await worker.uploads.perform(id, signal);
      await worker.uploads.perform(id, signal);
      expect((await bench.rowOf(id))?.attempt).toBe(tried);
      await bench.db.update(table).set({ runAfter: sql`now()` });
    }
    const { status, rejection } = await uploads.find(bench.owner, id);
    expect(status).toBe('rejected');
    expect(rejection).toMatchObject({ code: 'processing_failed', action: expect.any(String) });
    expect(worker.rung).toEqual([id, id, id, id]);
    expect(await bench.keys()).toEqual([]);
  });
});
