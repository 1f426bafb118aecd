import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import {
  answerJson,
  breakOff,
  startVendorServer,
  type VendorServer,
} from '../fixtures/vendor-server.ts';
import { wavOfPcm } from '../pcm-file.ts';
import { OrderUncertain } from '../vendor-problem.ts';
import { makeWhisperCppTranscription } from './whisper-cpp.ts';
import { problemOfWhisperCpp } from './whisper-cpp-errors.ts';
import { readWhisperCppWords } from './whisper-cpp-wire.ts';

/** A segment of pieces, one every tenth of a second. */
const segment = (...pieces: string[]) => ({
  text: pieces.join(''),
  words: pieces.map((word, index) => ({
    word,
    start: index / 10,
    end: (index + 1) / 10,
    t_dtw: -1,
    probability: 0.9,
  })),
});
const read = (...segments: unknown[]) =>
  readWhisperCppWords(Buffer.from(JSON.stringify({ segments })), 60_000)?.map((word) => word.text);

describe('the words of a whisper.cpp server', () => {
  test('are glued from its pieces', () => {
    expect(read(segment(' T', 'ides', ' rise', ',', ' it', "'", 's', ' tw', 'ice', '.'))).toEqual([
      'Tides',
      'rise,',
      "it's",
      'twice.',
    ]);
  });

  test('go on over the end of a segment, but not from sentence to sentence', () => {
    expect(read(segment(' Photo', 'syn'), segment('thesis', ' is.'))).toEqual([
      'Photosynthesis',
      'is.',
    ]);
    expect(read(segment(' Yes.'), segment('No.'))).toEqual(['Yes.', 'No.']);
  });

  test('are pieces among scripts without spaces', () => {
    expect(read(segment('今天', '天气', '很', '好', '。'))).toEqual(['今天', '天气', '很', '好。']);
  });

  test('are not what describes a sound', () => {
    expect(read(segment(' [', 'BL', 'ANK', '_', 'AUDIO', ']'))).toEqual([]);
    expect(read(segment(' (', 'up', 'beat', ' music', ')'), segment(' Hello', '.'))).toEqual([
      'Hello.',
    ]);
    expect(read(segment(' *', 'cough', 's', '*'), segment(' ♪'), segment(' Hi'))).toEqual(['Hi']);
    expect(
      read(segment(' Well', ' [', 'laugh', 's', ']', ' yes', ' (', 'app', 'lause', ')')),
    ).toEqual(['Well', 'yes']);
    expect(read(segment(' Two', ' (', 'or', ' three', ')', ' tides'))).toEqual([
      'Two',
      '(or',
      'three)',
      'tides',
    ]);
    expect(read(segment(' one'), segment('[', 'noise', ']'), segment('two'))).toEqual([
      'one',
      'two',
    ]);
  });

  test('are missing in an answer without times, and none in one without text', () => {
    expect(read({ text: ' Tides rise.' })).toBeUndefined();
    expect(read({ text: ' ', words: [] })).toEqual([]);
    expect(read()).toEqual([]);
    expect(readWhisperCppWords(Buffer.from('{"text":"Tides"}'), 1_000)).toBeNull();
    expect(readWhisperCppWords(Buffer.from('<html>'), 1_000)).toBeNull();
  });

  test('are, joined, the text, however it is cut into pieces and timed', () => {
    const words = fc.array(
      fc.string({ unit: fc.constantFrom(..."abé'天気ก,🐙"), minLength: 1, maxLength: 8 }),
      {
        maxLength: 20,
      },
    );
    const time = fc.double({ min: -1, max: 90, noNaN: true });
    fc.assert(
      fc.property(
        words,
        fc.infiniteStream(fc.tuple(fc.integer({ min: 1, max: 3 }), time, time, fc.boolean())),
        (words, cuts) => {
          const characters = [...words.map((word) => ` ${word}`).join('')];
          const segments: {
            text: string;
            words: { word: string; start: number; end: number }[];
          }[] = [];
          while (characters.length > 0) {
            const [size, start, end, breaks] = cuts.next().value ?? [1, 0, 0, false];
            const word = characters.splice(0, size).join('');
            const last = segments.at(-1);
            if (!last || breaks) segments.push({ text: word, words: [{ word, start, end }] });
            else last.words.push({ word, start, end });
          }
          const read = readWhisperCppWords(Buffer.from(JSON.stringify({ segments })), 60_000) ?? [];
          expect(read.map((word) => word.text).join('')).toBe(words.join(''));
          let edge = 0;
          for (const { startMs, endMs } of read) {
            expect(startMs).toBeGreaterThanOrEqual(edge);
            expect(endMs).toBeGreaterThanOrEqual(startMs);
            edge = endMs;
          }
          expect(edge).toBeLessThanOrEqual(60_000);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a whisper.cpp server', () => {
  let folder: string;
  let sound: string;
  let vendor: VendorServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clipt-whisper-'));
    sound = join(folder, 'private-name.wav');
    await writeFile(sound, wavOfPcm(Buffer.alloc(16_000 * 2, 1), 16_000));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    vendor = await startVendorServer();
  });
  afterEach(() => vendor[Symbol.asyncDispose]());

  const transcribe = (
    language: string | null,
    url = vendor.url,
    signal = AbortSignal.timeout(20_000),
  ) =>
    makeWhisperCppTranscription({ url, log: silentLog }).transcribe(
      { file: sound, text: 'my secret text', language },
      { signal },
    );

  test.each([
    ['de-AT', 'de', ''],
    [null, 'auto', '/'],
    ['tlh', 'auto', '/inference'],
  ])('is asked in %s as %s, at an address that ends in "%s"', async (language, code, ending) => {
    vendor.answer = (response) =>
      answerJson(response, { segments: [segment(' Tides', ' rise', '.')] });
    await expect(transcribe(language, vendor.url + ending)).resolves.toEqual([
      { text: 'Tides', startMs: 0, endMs: 100 },
      { text: 'rise.', startMs: 100, endMs: 300 },
    ]);
    const [request] = vendor.seen;
    expect(request).toMatchObject({ method: 'POST', url: '/inference' });
    const type = String(request?.headers['content-type']);
    const body = new Uint8Array(request?.body ?? []);
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    expect([...form.entries()].filter(([name]) => name !== 'file')).toEqual([
      ['response_format', 'verbose_json'],
      ['split_on_word', 'true'],
      ['language', code],
      ['no_language_probabilities', 'true'],
      ['temperature', '0.0'],
    ]);
    expect(form.get('file')).toMatchObject({ name: 'sound.wav', size: 16_000 * 2 + 44 });
    expect(request?.body.includes('secret')).toBe(false);
    expect(request?.body.includes('private-name')).toBe(false);
  });

  test('that answers a fault with status 200 is understood', async () => {
    vendor.answer = (response) => answerJson(response, { error: 'failed to read audio data' });
    await expect(transcribe('en')).rejects.toMatchObject({ code: 'provider_rejected_request' });
  });

  test('that breaks off costs nothing: it is simply asked again later', async () => {
    vendor.answer = breakOff;
    const asked = transcribe('en');
    await expect(asked).rejects.toMatchObject({ code: 'provider_unavailable', recovery: 'retry' });
    await expect(asked).rejects.not.toBeInstanceOf(OrderUncertain);
    expect(vendor.seen).toHaveLength(1);
  });

  test('that is not there yet is asked again later', async () => {
    await expect(transcribe('en', 'http://127.0.0.1:9')).rejects.toMatchObject({
      code: 'provider_unavailable',
      recovery: 'retry',
    });
  });

  test('that is too slow for its caller has timed out; a caller who leaves has canceled', async () => {
    vendor.answer = () => undefined;
    await expect(transcribe('en', vendor.url, AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'provider_timed_out',
    });
    const leaving = new AbortController();
    vendor.answer = () => leaving.abort();
    await expect(transcribe('en', vendor.url, leaving.signal)).rejects.toMatchObject({
      kind: 'canceled',
    });
  });

  test('serves one call at a time, and costs nothing', () => {
    const model = makeWhisperCppTranscription({ url: vendor.url, log: silentLog });
    expect(model).toMatchObject({
      id: 'whisper.cpp',
      hears: true,
      lane: { name: 'whisper.cpp/transcription', limit: 1 },
    });
    expect(model.estimate(60).costMicroUsd).toBe(0);
  });
});

describe('an error answer of a whisper.cpp server', () => {
  test.each([
    [400, 'Invalid request', 'provider_rejected_request', 'fail'],
    [404, 'File Not Found (/inference)', 'provider_unavailable', 'retry'],
    [401, '', 'provider_unavailable', 'retry'],
    [403, '<html>', 'provider_unavailable', 'retry'],
    [413, '', 'provider_rejected_request', 'fail'],
    [429, '', 'provider_busy', 'retry'],
    [500, '{"error":"failed to process audio"}', 'provider_unavailable', 'retry'],
    [500, '{"error":"FFmpeg conversion failed."}', 'provider_rejected_request', 'fail'],
    [500, '500 Internal Server Error\nstof', 'provider_unavailable', 'retry'],
    [502, '<html>', 'provider_unavailable', 'retry'],
    [200, '{"error":"failed to process audio"}', 'provider_unavailable', 'retry'],
    [500, '{"error":"constructor"}', 'provider_unavailable', 'retry'],
  ])('%i %s is %s: %s', (status, body, code, recovery) => {
    const problem = problemOfWhisperCpp({ status, headers: {}, bytes: Buffer.from(body) });
    expect(problem).toMatchObject({ code, recovery, kind: 'upstream' });
  });
});
