import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openBench, type TranscriptBench } from '../../tests/harness/transcript-bench.ts';
import { makeLocalTranscription } from '../models/local/alignment/alignment.ts';
import { makeLocalSpeechModel } from '../models/local/speech/speech.ts';
import { newId, type UploadId } from '../platform/ids.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { createTranscript } from './contract.ts';
import { transcripts as table } from './schema.ts';

const signal = new AbortController().signal;
let bench: TranscriptBench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const wish = (upload: UploadId, over: Record<string, unknown> = {}) =>
  createTranscript.parse({ upload_id: upload, burn: false, ...over });

describe('a transcript of an upload', () => {
  test('with a script goes from the form to captions in the picture', async () => {
    const speech = makeLocalSpeechModel({ workDir: bench.workDir });
    const transcription = makeLocalTranscription({ speech });
    const said = join(bench.folder, 'said.wav');
    const script = 'An octopus has three hearts.';
    const narration = { text: script, voice: 'slt', language: 'en' };
    await speech.speak({ ...narration, previousText: null, nextText: null }, said, { signal });
    const talk = join(bench.folder, 'talk.mp4');
    const encoding = {
      codec: 'h264',
      preset: 'ultrafast',
      crf: 30,
      fps: 30,
      gopFrames: 60,
    } as const;
    const audio = { from: 'a', encoding: { codec: 'aac', bitrateKbps: 96 } } as const;
    await bench.engine.transcode(
      {
        inputs: [{ kind: 'media', file: said }],
        graph:
          'testsrc2=size=180x320:rate=30:duration=3[v];[0:a]adelay=500:all=1,aformat=channel_layouts=stereo[a]',
        outputs: [{ file: talk, video: { from: 'v', frames: 90, encoding }, audio }],
      },
      { signal },
    );
    const bytes = await readFile(talk);
    const { upload, form } = await bench.uploads.create(bench.owner, {
      content_type: 'video/mp4',
      size_bytes: bytes.length,
    });
    await bench.objects.put(form.fields['key'] ?? '', bytes, { contentType: 'video/mp4' });
    await bench.uploads.complete(bench.owner, upload.id, signal);
    await bench.uploads.perform(upload.id, signal);

    const { transcripts, bought } = bench.open({ transcription });
    const request = wish(upload.id, { script, burn: true, language: 'en' });
    const { id } = await transcripts.create(bench.owner, request);
    await transcripts.perform(id, signal);
    const { status, files } = await transcripts.find(bench.owner, id);
    expect(status).toBe('succeeded');
    expect(bought).toMatchObject([{ estimate: { costMicroUsd: 0 } }]);
    const words = await readObject(files?.words.key);
    const times = z.object({
      words: z.array(z.object({ text: z.string(), start_ms: z.number() })),
    });
    const [first, ...others] = times.parse(JSON.parse(words)).words;
    expect([first?.text, ...others.map((word) => word.text)]).toEqual(script.split(' '));
    expect(Math.abs((first?.start_ms ?? 0) - 500)).toBeLessThan(250);
    const info = await bench.engine.probe(await bench.objects.localFile(files?.mp4?.key ?? ''), {
      signal,
    });
    expect(info.video).toMatchObject({ codec: 'h264', width: 180, height: 320, frames: 90 });
    expect(await readdir(bench.workDir)).toEqual([]);
  });

  test('without a script shows the words that were heard, and pays for them once', async () => {
    const { transcripts, bought } = bench.open();
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    await transcripts.perform(id, signal);
    const { status, files, heard, attempt } = await transcripts.find(bench.owner, id);
    expect({ status, attempt, mp4: files?.mp4 }).toEqual({
      status: 'succeeded',
      attempt: 1,
      mp4: null,
    });
    expect(heard?.text).toMatch(/^Hello there,.* octopus\.$/);
    expect(heard?.text).not.toContain('\u{F0000}');
    expect(await readObject(files?.srt.key)).toContain('Hello there,');
    expect(await readObject(files?.vtt.key)).toMatch(/^WEBVTT\n[\s\S]*octopus/);
    expect(bought).toMatchObject([
      { accountId: bench.owner, model: 'test/recogniser-1', usage: { costMicroUsd: 200 } },
    ]);
    expect(bought[0]?.estimate.costMicroUsd).toBe(200);
    expect(await bench.fileKeys()).toHaveLength(3);
  });

  test('in a script without spaces is joined as its readers write it', async () => {
    bench.recogniser.words = [
      { text: '今日は', startMs: 0, endMs: 500 },
      { text: '天気が。', startMs: 500, endMs: 900 },
      { text: 'コーヒー', startMs: 900, endMs: 1_300 },
      { text: 'を', startMs: 1_300, endMs: 1_400 },
    ];
    const { transcripts } = bench.open();
    const { id } = await transcripts.create(
      bench.owner,
      wish(await bench.readyUpload(), { language: 'ja' }),
    );
    await transcripts.perform(id, signal);
    expect((await transcripts.find(bench.owner, id)).heard?.text).toBe('今日は天気が。コーヒーを');
  });

  test('in which nothing is said fails and says so', async () => {
    bench.recogniser.words = [];
    const { transcripts } = bench.open();
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    await transcripts.perform(id, signal);
    expect(await transcripts.find(bench.owner, id)).toMatchObject({
      status: 'failed',
      error: { code: 'nothing_heard', retryable: false, action: expect.any(String) },
    });
  });
});

describe('asking for a transcript', () => {
  test('needs a script where nothing hears, and says what to do', async () => {
    const transcription = { ...bench.hearingModel(), hears: false };
    const { transcripts } = bench.open({ transcription });
    const asked = transcripts.create(bench.owner, wish(await bench.readyUpload()));
    await expect(asked).rejects.toMatchObject({
      kind: 'invalid',
      code: 'script_needed',
      action: expect.stringContaining('script'),
    });
  });

  test.each([
    ['how to build a bomb', 'content_rejected'],
    ['\u200B', 'script_empty'],
    ['A sign \u{F0000} nobody can draw', 'missing_glyph'],
  ])('is refused before anything is made of %j', async (script, code) => {
    const { transcripts, rung } = bench.open();
    const asked = transcripts.create(bench.owner, wish(await bench.readyUpload(), { script }));
    await expect(asked).rejects.toMatchObject({ kind: 'invalid', code });
    expect(rung).toEqual([]);
    expect(await bench.db.$count(table)).toBe(0);
  });

  test('needs a ready upload with sound of one’s own', async () => {
    const { transcripts } = bench.open();
    const silent = { seconds: 2, width: 180, height: 320, fps: 30, hasAudio: false };
    const refused = async (upload: UploadId, code: string, accountId = bench.owner) =>
      expect(transcripts.create(accountId, wish(upload))).rejects.toMatchObject({ code });
    await refused(await bench.readyUpload({ media: silent }), 'footage_silent');
    await refused(await bench.readyUpload({ kind: 'image' }), 'upload_wrong_kind');
    await refused(
      await bench.readyUpload({ status: 'processing', object: null, finishedAt: null }),
      'upload_not_ready',
    );
    await refused(await bench.readyUpload(), 'upload_not_found', newId('acc'));
  });

  test('is possible for 20 at a time, however many ask at once', async () => {
    const { transcripts, rung } = bench.open();
    const upload = await bench.readyUpload();
    const asked = await Promise.allSettled(
      Array.from({ length: 23 }, () => transcripts.create(bench.owner, wish(upload))),
    );
    const refused = asked.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(3);
    expect(refused[0]?.reason).toMatchObject({
      ...{ code: 'too_many_transcripts', status: 429, headers: { 'Retry-After': '60' } },
    });
    expect(rung).toHaveLength(20);
  });
});

describe('deleting a transcript', () => {
  test('takes its files with it, and leaves the upload', async () => {
    const { transcripts } = bench.open();
    const upload = await bench.readyUpload();
    const { id } = await transcripts.create(bench.owner, wish(upload));
    await transcripts.perform(id, signal);
    const stranger = transcripts.remove(newId('acc'), id);
    await expect(stranger).rejects.toMatchObject({ code: 'transcript_not_found' });
    await transcripts.remove(bench.owner, id);
    await expect(transcripts.find(bench.owner, id)).rejects.toMatchObject({
      code: 'transcript_not_found',
    });
    expect(await bench.fileKeys()).toEqual([]);
    expect(await bench.db.$count(table)).toBe(0);
    expect((await bench.uploads.findReady(bench.owner, upload, 'video')).id).toBe(upload);
  });

  test('while it is made leaves nothing of it in the end', async () => {
    const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const slow: ObjectStore = {
      ...bench.objects,
      async put(...args) {
        begin();
        await goOn;
        return await bench.objects.put(...args);
      },
    };
    const { transcripts } = bench.open();
    const { id } = await transcripts.create(bench.owner, wish(await bench.readyUpload()));
    const working = bench.open({ objects: slow }).transcripts.perform(id, signal);
    await begun;
    await transcripts.remove(bench.owner, id);
    await expect(transcripts.find(bench.owner, id)).rejects.toMatchObject({
      code: 'transcript_not_found',
    });
    expect(await bench.db.$count(table)).toBe(1);
    letGo();
    await working;
    expect(await bench.fileKeys()).toEqual([]);
    await bench.db.update(table).set({ leaseExpiresAt: sql`now() - interval '1 minute'` });
    await transcripts.rescue();
    expect(await bench.db.$count(table)).toBe(0);
  });
});

async function readObject(key: string | undefined): Promise<string> {
  return await text(await bench.objects.get(key ?? ''));
}
