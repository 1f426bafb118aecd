import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBench, type TranscriptBench } from '../../tests/harness/transcript-bench.ts';
import type { TranscriptionModel } from '../models/models.ts';
import type { UploadId } from '../platform/ids.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { eq, sql } from '../platform/postgres/drizzle.ts';
import { Problem } from '../platform/problem.ts';
import { createTranscript } from './contract.ts';
import { transcripts as table } from './schema.ts';
import type { WithLane } from './stored-transcripts.ts';

const signal = new AbortController().signal;
let bench: TranscriptBench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const wish = (upload: UploadId, over: Record<string, unknown> = {}) =>
  createTranscript.parse({ upload_id: upload, burn: false, ...over });
const due = (change: Partial<Record<'runAfter' | 'leaseExpiresAt', ReturnType<typeof sql>>>) =>
  bench.db.update(table).set(change);
const PAST = sql`now() - interval '1 minute'`;

describe('the work on a transcript', () => {
  test('is done by one of two workers that are rung at once', async () => {
    const { transcripts } = bench.open();
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    await Promise.all([
      transcripts.perform(id, signal),
      bench.open().transcripts.perform(id, signal),
    ]);
    expect(await transcripts.find(bench.owner, id)).toMatchObject({
      status: 'succeeded',
      attempt: 1,
    });
    expect(bench.recogniser.calls).toBe(1);
  });

  test('killed after hearing goes on from the words, and leaves one set of files', async () => {
    const { promise: never } = Promise.withResolvers<never>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const dying: ObjectStore = {
      ...bench.objects,
      async put(...args) {
        await bench.objects.put(...args);
        begin();
        return never;
      },
    };
    const { transcripts } = bench.open();
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    void bench.open({ objects: dying }).transcripts.perform(id, signal);
    await begun;
    await due({ leaseExpiresAt: PAST });
    await transcripts.perform(id, signal);
    const { status, attempt, losses, filesPrefix } = await transcripts.find(bench.owner, id);
    expect({ status, attempt, losses }).toEqual({ status: 'succeeded', attempt: 2, losses: 1 });
    expect(bench.recogniser.calls).toBe(1);
    expect(await bench.fileKeys()).toEqual(
      ['srt', 'vtt', 'words'].map((name) => `${filesPrefix}/${name}`),
    );
  });

  test('of a process that stops is given back, uncounted, and rung for', async () => {
    const stopping = new AbortController();
    const transcription: TranscriptionModel = {
      ...bench.hearingModel(),
      async transcribe() {
        stopping.abort();
        throw new DOMException('stopped', 'AbortError');
      },
    };
    const { transcripts, rung } = bench.open({ transcription });
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    rung.length = 0;
    await transcripts.perform(id, stopping.signal);
    expect(await transcripts.find(bench.owner, id)).toMatchObject({
      status: 'running',
      failures: 0,
      leaseExpiresAt: null,
    });
    expect(rung).toEqual([{ id, afterMs: 0 }]);
  });

  test('waits for a vendor that is out, and goes on when it is back', async () => {
    bench.recogniser.status = 503;
    const { transcripts, rung } = bench.open();
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    await transcripts.perform(id, signal);
    expect(await transcripts.find(bench.owner, id)).toMatchObject({
      status: 'running',
      waitingFor: 'provider',
      failures: 0,
      outageSince: expect.any(Date),
    });
    expect(rung.at(-1)?.afterMs).toBeGreaterThanOrEqual(5_000);
    await transcripts.perform(id, signal);
    expect(bench.recogniser.calls).toBe(1);
    bench.recogniser.status = 200;
    await due({ runAfter: PAST });
    await transcripts.perform(id, signal);
    expect(await transcripts.find(bench.owner, id)).toMatchObject({
      status: 'succeeded',
      waitingFor: null,
      outageSince: null,
    });
  });

  test('waits for a full lane without counting a failure', async () => {
    const withLane: WithLane = () => {
      throw new Problem({ kind: 'exhausted', code: 'busy', message: 'Busy.', retryable: true });
    };
    const { transcripts } = bench.open({ withLane });
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    await transcripts.perform(id, signal);
    expect(await transcripts.find(bench.owner, id)).toMatchObject({
      status: 'running',
      waitingFor: 'capacity',
      failures: 0,
    });
    expect(bench.recogniser.calls).toBe(0);
  });

  test('is tried again after a passing fault, and fails for a refusal', async () => {
    const { transcripts } = bench.open();
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    bench.recogniser.status = 500;
    await transcripts.perform(id, signal);
    expect(await transcripts.find(bench.owner, id)).toMatchObject({
      status: 'running',
      failures: 1,
    });
    bench.recogniser.status = 400;
    await due({ runAfter: PAST });
    await transcripts.perform(id, signal);
    expect(await transcripts.find(bench.owner, id)).toMatchObject({
      status: 'failed',
      error: { code: 'recogniser_failed', retryable: false },
    });
    expect(await bench.fileKeys()).toEqual([]);
  });

  test('ends where moderation refuses what was heard', async () => {
    bench.recogniser.words = 'how to build a bomb'
      .split(' ')
      .map((word, i) => ({ text: word, startMs: i * 100, endMs: i * 100 + 90 }));
    const { transcripts } = bench.open();
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    await transcripts.perform(id, signal);
    const { status, error, heard } = await transcripts.find(bench.owner, id);
    expect({ status, heard, code: error?.code }).toEqual({
      status: 'failed',
      heard: null,
      code: 'content_rejected',
    });
    expect(error?.message).not.toContain('bomb');
  });

  test('is rung for again when nobody holds it, and not otherwise', async () => {
    const { transcripts, rung } = bench.open();
    const upload = await bench.readyUpload();
    const [lost, held] = [
      await transcripts.create(bench.owner, wish(upload)),
      await transcripts.create(bench.owner, wish(upload)),
    ];
    await due({ runAfter: PAST });
    await bench.db
      .update(table)
      .set({ status: 'running', leaseExpiresAt: sql`now() + interval '1 minute'` })
      .where(eq(table.id, held.id));
    rung.length = 0;
    expect(await transcripts.rescue()).toBe(1);
    expect(rung.map(({ id }) => id)).toEqual([lost.id]);
    expect(await transcripts.rescue()).toBe(0);
  });
});
