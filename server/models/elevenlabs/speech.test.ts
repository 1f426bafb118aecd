import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeMediaEngine } from '../../media/engine.ts';
import type { MediaEngine } from '../../media/media.ts';
import { type Log, silentLog } from '../../platform/log.ts';
import {
  answerJson,
  breakOff,
  startVendorServer,
  type VendorServer,
} from '../fixtures/vendor-server.ts';
import { readWav } from '../local/speech/wav.ts';
import type { Narration, Usage } from '../models.ts';
import { wavOfPcm } from '../pcm-file.ts';
import { OrderUncertain, VendorProblem } from '../vendor-problem.ts';
import { type ElevenLabsOptions, makeElevenLabsSpeechModel } from './speech.ts';

const KEY = 'xi-7731';
const VOICE = '21m00Tcm4TlvDq8ikWAM';
const TEXT = 'Hi tides.';

let folder: string;
let workDir: string;
let engine: MediaEngine;
let vendor: VendorServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-elevenlabs-'));
  workDir = await mkdtemp(join(folder, 'work-'));
  engine = await makeMediaEngine({ ffmpegPath: null, workDir });
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  vendor = await startVendorServer();
});
afterEach(() => vendor[Symbol.asyncDispose]());

const model = (options: Partial<ElevenLabsOptions> = {}) =>
  makeElevenLabsSpeechModel({
    apiKeys: [KEY],
    baseUrl: vendor.url,
    defaultVoice: VOICE,
    engine,
    workDir,
    log: silentLog,
    now: () => new Date('2026-11-26T00:00:00Z'),
    ...options,
  });
const out = () => join(folder, 'out.wav');
const speak = (
  narration: Partial<Narration> = {},
  { signal = AbortSignal.timeout(60_000), bought = (_: Usage) => {}, options = {} } = {},
) =>
  model(options).speak(
    { text: TEXT, voice: VOICE, language: 'en', previousText: null, nextText: null, ...narration },
    out(),
    { signal, bought },
  );

/** A tone of so many seconds as the vendor sends it; any container the engine opens will do. */
function tone(seconds: number): string {
  const pcm = Buffer.alloc(Math.round(44_100 * seconds) * 2);
  for (let at = 0; at < pcm.length / 2; at += 1)
    pcm.writeInt16LE(Math.round(9_000 * Math.sin(at / 16)), at * 2);
  return wavOfPcm(pcm, 44_100).toString('base64');
}
function alignmentOf(text: string) {
  const characters = [...text];
  return {
    characters,
    character_start_times_seconds: characters.map((_, index) => index / 10),
    character_end_times_seconds: characters.map((_, index) => (index + 1) / 10),
  };
}
const SPOKEN = { audio_base64: tone(1), alignment: alignmentOf(TEXT), normalized_alignment: null };

describe('a narration by ElevenLabs', () => {
  test('is written as 48 kHz mono 16-bit WAV, with its seconds and the times of its words', async () => {
    vendor.answer = (response) => answerJson(response, SPOKEN);
    const { seconds, words } = await speak();
    const { rateHz, samples } = readWav(await readFile(out()));
    expect(rateHz).toBe(48_000);
    expect(samples.length / rateHz).toBe(seconds);
    expect(seconds).toBeCloseTo(1, 2);
    expect(samples.reduce((most, sample) => Math.max(most, sample), 0)).toBeGreaterThan(0.2);
    expect(words).toEqual([
      { text: 'Hi', startMs: 0, endMs: 200 },
      { text: 'tides.', startMs: 300, endMs: 900 },
    ]);
    const left = await readdir(folder);
    expect(left.filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await readdir(workDir)).toEqual([]);
  });

  test('sent as MP3 keeps its time to a few milliseconds', async () => {
    // 0.3 s of silence, 0.9 s of a tone, 0.3 s of silence.
    const mp3 = await readFile(new URL('./fixtures/pause-and-tone.mp3', import.meta.url));
    vendor.answer = (response) =>
      answerJson(response, { ...SPOKEN, audio_base64: mp3.toString('base64') });
    const { seconds } = await speak();
    expect(seconds).toBeCloseTo(1.5, 1);
    const { rateHz, samples } = readWav(await readFile(out()));
    const loud = (sample: number) => Math.abs(sample) > 0.05;
    expect(samples.findIndex(loud) / rateHz).toBeCloseTo(0.3, 2);
    expect(samples.findLastIndex(loud) / rateHz).toBeCloseTo(1.2, 2);
  });

  test('is asked for with the text and its neighbours, and nothing else', async () => {
    vendor.answer = (response) => answerJson(response, SPOKEN);
    await speak(
      { previousText: 'Before.', nextText: 'After.' },
      { options: { zeroRetention: true } },
    );
    const [request] = vendor.seen;
    expect(request?.method).toBe('POST');
    expect(request?.url).toBe(
      `/v1/text-to-speech/${VOICE}/with-timestamps?output_format=mp3_44100_128&enable_logging=false`,
    );
    expect(request?.headers['xi-api-key']).toBe(KEY);
    expect(JSON.parse(request?.body.toString() ?? '')).toEqual({
      text: TEXT,
      model_id: 'eleven_multilingual_v2',
      seed: expect.any(Number),
      previous_text: 'Before.',
      next_text: 'After.',
    });
  });

  test('has no word times where the vendor gives none', async () => {
    vendor.answer = (response) => answerJson(response, { audio_base64: SPOKEN.audio_base64 });
    await expect(speak()).resolves.toMatchObject({ words: null });
  });

  test('costs what the vendor says, else what the list says', async () => {
    const usages: Usage[] = [];
    const bought = (usage: Usage) => usages.push(usage);
    vendor.answer = (response) =>
      answerJson(response, SPOKEN, { headers: { 'character-cost': '3', 'request-id': 'r1' } });
    await speak({}, { bought });
    vendor.answer = (response) => answerJson(response, SPOKEN);
    await speak({}, { bought });
    await speak({}, { bought, options: { model: 'eleven_flash_v2_5' } });
    expect(usages).toEqual([
      { unit: 'characters', units: 3, costMicroUsd: 900, reference: 'r1' },
      { unit: 'characters', units: 9, costMicroUsd: 2_700, reference: null },
      { unit: 'characters', units: 5, costMicroUsd: 1_500, reference: null },
    ]);
  });

  test('is estimated at the price of the day, by the operator’s own list where there is one', () => {
    expect(model().estimate(TEXT)).toEqual({
      unit: 'characters',
      units: 9,
      costMicroUsd: 2_700,
      reference: null,
    });
    const prices = [
      { from: '2026-01-01', microUsdPerCredit: 200 },
      { from: '2026-11-26', microUsdPerCredit: 100 },
      { from: '2027-01-01', microUsdPerCredit: 900 },
    ] as const;
    expect(model({ prices: [...prices] }).estimate(TEXT).costMicroUsd).toBe(900);
  });

  test('too long for the model, or by a voice that cannot be, is refused before anything is sent', async () => {
    await expect(speak({ text: '🐙'.repeat(10_001) })).rejects.toMatchObject({
      kind: 'invalid',
      code: 'narration_too_long',
    });
    await expect(
      speak({ text: 'a'.repeat(5_001) }, { options: { model: 'eleven_v3' } }),
    ).rejects.toMatchObject({
      code: 'narration_too_long',
    });
    for (const voice of ['', '..', 'a/b', 'my secret']) {
      await expect(speak({ voice })).rejects.toMatchObject({
        kind: 'invalid',
        code: 'voice_unknown',
      });
    }
    expect(vendor.seen).toEqual([]);
  });
});

describe('an order at ElevenLabs', () => {
  test('that broke off, or got half an answer, is uncertain and not repeated', async () => {
    vendor.answer = breakOff;
    await expect(speak()).rejects.toBeInstanceOf(OrderUncertain);
    vendor.answer = (response) => response.end(JSON.stringify(SPOKEN).slice(0, 5_000));
    await expect(speak()).rejects.toBeInstanceOf(OrderUncertain);
    vendor.answer = (response) => response.destroy();
    await expect(speak()).rejects.toBeInstanceOf(OrderUncertain);
    expect(vendor.seen).toHaveLength(3);
  });

  test('that got no answer within its caller’s time is uncertain', async () => {
    vendor.answer = () => undefined;
    await expect(speak({}, { signal: AbortSignal.timeout(150) })).rejects.toBeInstanceOf(
      OrderUncertain,
    );
  });

  test('whose caller left is canceled', async () => {
    const leaving = new AbortController();
    vendor.answer = () => leaving.abort();
    await expect(speak({}, { signal: leaving.signal })).rejects.toMatchObject({ kind: 'canceled' });
  });

  test('that never reached anybody is certainly none', async () => {
    const asked = speak({}, { options: { baseUrl: 'http://127.0.0.1:9' } });
    await expect(asked).rejects.toMatchObject({ code: 'provider_unavailable', recovery: 'retry' });
    await expect(asked).rejects.not.toBeInstanceOf(OrderUncertain);
  });

  test.each([
    ['without sound', { alignment: null }],
    ['with nothing in it', { audio_base64: '' }],
    ['with what is no base64', { audio_base64: `${tone(1).slice(0, -5)}!?..=` }],
    [
      'with what is no sound',
      { audio_base64: Buffer.alloc(3_000, 'no sound ').toString('base64') },
    ],
    [
      'with next to nothing',
      { audio_base64: wavOfPcm(Buffer.alloc(20), 44_100).toString('base64') },
    ],
    [
      'that ends before its words',
      { ...SPOKEN, audio_base64: tone(1), alignment: alignmentOf('x'.repeat(25)) },
    ],
  ])('answered %s is charged and unusable', async (_, body) => {
    const usages: Usage[] = [];
    vendor.answer = (response) => answerJson(response, body);
    await expect(speak({}, { bought: (usage) => usages.push(usage) })).rejects.toMatchObject({
      code: 'provider_answer_unusable',
      recovery: 'retry',
    });
    expect(usages).toHaveLength(1);
    expect(await readdir(workDir)).toEqual([]);
  });

  test('answered with a fault in place of sound keeps the vendor’s code', async () => {
    vendor.answer = (response) => answerJson(response, { detail: { status: 'odd_fault' } });
    await expect(speak()).rejects.toMatchObject({
      code: 'provider_answer_unusable',
      vendorCode: 'odd_fault',
    });
  });

  test('that is refused costs nothing and tells why', async () => {
    const usages: Usage[] = [];
    vendor.answer = (response) =>
      answerJson(
        response,
        { detail: { status: 'quota_exceeded', message: TEXT } },
        { status: 401 },
      );
    const error = await speak({}, { bought: (usage) => usages.push(usage) }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(VendorProblem);
    expect(error).toMatchObject({ code: 'provider_quota_exhausted', recovery: 'wait' });
    expect(String(error)).not.toContain(TEXT);
    expect(usages).toEqual([]);
  });

  test('tells the operator once when the plan allows fewer calls at once than are made', async () => {
    const told: unknown[] = [];
    const log: Log = { ...silentLog, warn: (event, fields) => told.push([event, fields]) };
    const tried = model({ log });
    const narration = {
      text: TEXT,
      voice: VOICE,
      language: 'en',
      previousText: null,
      nextText: null,
    };
    vendor.answer = (response) =>
      answerJson(response, SPOKEN, { headers: { 'maximum-concurrent-requests': '2' } });
    for (let call = 0; call < 2; call += 1) {
      await tried.speak(narration, out(), { signal: AbortSignal.timeout(60_000) });
    }
    expect(told).toEqual([['elevenlabs_plan_below_max_calls', { count: 2 }]]);
  });
});

test('the model is known by its name, and counts its calls in one lane', () => {
  expect(model()).toMatchObject({
    id: 'elevenlabs/eleven_multilingual_v2',
    defaultVoice: VOICE,
    lane: { name: 'elevenlabs/speech', limit: 3 },
  });
});
