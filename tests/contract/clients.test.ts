import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeMediaEngine } from '../../server/media/engine.ts';
import type { MediaEngine } from '../../server/media/media.ts';
import { makeElevenLabsSpeechModel } from '../../server/models/elevenlabs/speech.ts';
import type { ModelCall, Narration, SpeechModel, Usage } from '../../server/models/models.ts';
import { OrderUncertain } from '../../server/models/vendor-problem.ts';
import { makeOpenAiTranscription } from '../../server/models/whisper/openai.ts';
import { makeWhisperCppTranscription } from '../../server/models/whisper/whisper-cpp.ts';
import { silentLog } from '../../server/platform/log.ts';
import { type ElevenLabsStandIn, startElevenLabs } from '../../stand-ins/elevenlabs.ts';
import type { FaultRule } from '../../stand-ins/faults.ts';
import { UNTOLD } from '../../stand-ins/hearing/hearing.ts';
import { type OpenAiStandIn, startOpenAi } from '../../stand-ins/openai.ts';
import { startWhisperCpp, type WhisperCppStandIn } from '../../stand-ins/whisper-cpp.ts';
import { toneWav } from './material.ts';
import { hasVendorSchemas, loadVendorSchema } from './vendor-schema.ts';

const VOICE = '21m00Tcm4TlvDq8ikWAM';
const TEXT = 'Tides rise twice a day.';
type FaultInput = FaultRule['fault'];

let dir: string;
let sound: string;
let engine: MediaEngine;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-clients-'));
  sound = join(dir, 'heard.wav');
  await writeFile(sound, toneWav(3));
  engine = await makeMediaEngine({ ffmpegPath: null, workDir: join(dir, 'work') });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const call = (ms = 20_000) => ({ signal: AbortSignal.timeout(ms) });
/** Long enough for an answer that comes, short where none does. */
const callFor = (fault: FaultInput) => call(fault.kind === 'silence' ? 300 : 20_000);

describe('speech by ElevenLabs', () => {
  let vendor: ElevenLabsStandIn;
  let model: SpeechModel;
  beforeEach(async () => {
    vendor = await startElevenLabs();
    model = makeModel('eleven_multilingual_v2');
  });
  afterEach(async () => {
    if (hasVendorSchemas) {
      const schema = loadVendorSchema('elevenlabs');
      for (const entry of vendor.journal.entries) {
        schema.assertRequest(entry, entry.path.split('?')[0] ?? '');
      }
    }
    expect(vendor.journal.entries.every(({ headers }) => headers['xi-api-key'] === 'xi')).toBe(
      true,
    );
    await vendor.close();
  });

  const makeModel = (id: string): SpeechModel =>
    makeElevenLabsSpeechModel({
      ...{ apiKeys: ['xi'], baseUrl: vendor.baseUrl, model: id, defaultVoice: VOICE },
      ...{ engine, workDir: dir, log: silentLog },
    });
  const narration: Narration = {
    ...{ text: TEXT, voice: VOICE, language: 'en' },
    ...{ previousText: 'The moon pulls.', nextText: 'Then it falls.' },
  };
  const speak = (over: ModelCall = call(), by = model) =>
    by.speak(narration, join(dir, 'said.wav'), over);
  const strike = (fault: FaultInput, times: number | null = 1) =>
    vendor.faults.add({ route: 'speak-timed', fault, times });

  test('is sound with the times of the words, for what the vendor charges', async () => {
    const bought: Usage[] = [];
    const speech = await speak({ ...call(), bought: (usage) => bought.push(usage) });
    expect(speech.words?.map(({ text }) => text)).toEqual(TEXT.split(' '));
    expect(speech.words?.[1]).toMatchObject({ startMs: 380, endMs: 680 });
    expect(speech.seconds).toBeCloseTo(5 * 0.38, 1);
    expect(bought).toMatchObject([{ unit: 'characters', units: TEXT.length }]);
    const file = await engine.probe(join(dir, 'said.wav'), call());
    expect(file.audio).toMatchObject({ channels: 1, sampleRateHz: 48_000 });
  });

  test.each(['eleven_v3', 'eleven_flash_v2_5', 'eleven_turbo_v2_5', 'eleven_flash_v2'])(
    'of %s asks for nothing that the vendor refuses',
    async (id) => {
      expect((await speak(call(), makeModel(id))).seconds).toBeGreaterThan(1);
    },
  );

  test('lists every voice, page by page or at once', async () => {
    const voices = await model.listVoices(call());
    expect(voices).toHaveLength(12);
    expect(voices[0]).toMatchObject({ id: VOICE, name: 'Rachel', languages: ['en', 'de', 'es'] });
  });

  test.each<[FaultInput, string, string]>([
    [{ kind: 'refuse', status: 400 }, 'provider_rejected_request', 'fail'],
    [{ kind: 'refuse', status: 401 }, 'provider_rejected_key', 'fail'],
    [{ kind: 'refuse', status: 401, code: 'quota_exceeded' }, 'provider_quota_exhausted', 'wait'],
    [{ kind: 'refuse', status: 402 }, 'provider_quota_exhausted', 'wait'],
    [{ kind: 'refuse', status: 403 }, 'provider_rejected_request', 'fail'],
    [{ kind: 'refuse', status: 404, code: 'voice_not_found' }, 'voice_unknown', 'fail'],
    [{ kind: 'refuse', status: 422 }, 'provider_rejected_request', 'fail'],
    [{ kind: 'refuse', status: 429 }, 'provider_busy', 'retry'],
    [{ kind: 'refuse', status: 500 }, 'provider_unavailable', 'retry'],
    [{ kind: 'moderation', at: 'create' }, 'provider_refused_content', 'fail'],
  ])('refused by %o is %s: %s, and certainly not bought', async (fault, code, recovery) => {
    strike(fault);
    const refused = await speak().catch((error: unknown) => error);
    expect(refused).toMatchObject({ code, recovery });
    expect(refused).not.toBeInstanceOf(OrderUncertain);
    expect(vendor.journal.purchases).toEqual([]);
  });

  test.each<FaultInput>([
    { kind: 'html' },
    { kind: 'malformed' },
    { kind: 'truncate' },
    { kind: 'reset', when: 'before' },
    { kind: 'reset', when: 'after' },
    { kind: 'silence', when: 'after' },
  ])('without a clear answer (%o) is uncertain, and not asked for again', async (fault) => {
    strike(fault);
    await expect(speak(callFor(fault))).rejects.toBeInstanceOf(OrderUncertain);
    expect(vendor.journal.of('speak-timed')).toHaveLength(1);
  });

  test.each<[FaultInput, string]>([
    [{ kind: 'missing', fields: ['audio_base64'] }, 'provider_answer_unusable'],
    [{ kind: 'times', how: 'beyond' }, 'provider_answer_unusable'],
  ])('answered with %o is %s', async (fault, code) => {
    strike(fault);
    await expect(speak()).rejects.toMatchObject({ code, recovery: 'retry' });
  });

  test('without times, or with some that do not fit, is left to another clock', async () => {
    strike({ kind: 'times', how: 'none' });
    expect(await speak()).toMatchObject({ words: null });
    strike({ kind: 'times', how: 'uneven' });
    expect(await speak()).toMatchObject({ words: null });
    strike({ kind: 'extra' });
    expect((await speak()).words).toHaveLength(5);
  });
});

describe('hearing by OpenAI', () => {
  let vendor: OpenAiStandIn;
  beforeEach(async () => {
    vendor = await startOpenAi();
  });
  afterEach(async () => {
    if (hasVendorSchemas) {
      const schema = loadVendorSchema('openai');
      for (const entry of vendor.journal.entries) {
        schema.assertRequest(entry, '/audio/transcriptions');
      }
    }
    await vendor.close();
  });

  const hear = (text: string | null = TEXT, over = call()) => {
    const options = { apiKeys: ['sk'], baseUrl: vendor.baseUrl, maxCalls: 2, log: silentLog };
    return makeOpenAiTranscription(options).transcribe({ file: sound, text, language: 'en' }, over);
  };
  const strike = (fault: FaultInput) => vendor.faults.add({ route: 'transcribe', fault, times: 1 });
  const textOf = (words: readonly { readonly text: string }[]) =>
    words.map(({ text }) => text).join(' ');

  test('finds the words that are known, and hears those that are not', async () => {
    const words = await hear();
    expect(textOf(words)).toBe('Tides rise twice a day');
    expect(words[0]?.startMs).toBeGreaterThan(250);
    expect(words.at(-1)?.endMs).toBeLessThan(2_750);
    expect(textOf(await hear(null))).toBe(UNTOLD);
  });

  test.each<[FaultInput, string, string]>([
    [{ kind: 'refuse', status: 400 }, 'provider_rejected_request', 'fail'],
    [{ kind: 'refuse', status: 401 }, 'provider_rejected_key', 'fail'],
    [{ kind: 'refuse', status: 402 }, 'provider_quota_exhausted', 'wait'],
    [{ kind: 'refuse', status: 403 }, 'provider_rejected_key', 'fail'],
    [{ kind: 'refuse', status: 413 }, 'provider_rejected_request', 'fail'],
    [{ kind: 'refuse', status: 429 }, 'provider_busy', 'retry'],
    [
      { kind: 'refuse', status: 429, code: 'insufficient_quota' },
      'provider_quota_exhausted',
      'wait',
    ],
    [{ kind: 'refuse', status: 500 }, 'provider_unavailable', 'retry'],
    [{ kind: 'html' }, 'order_uncertain', 'retry'],
    [{ kind: 'malformed' }, 'provider_answer_unusable', 'retry'],
    [{ kind: 'missing', fields: ['words'] }, 'provider_answer_unusable', 'retry'],
    [{ kind: 'truncate' }, 'order_uncertain', 'retry'],
    [{ kind: 'reset', when: 'after' }, 'order_uncertain', 'retry'],
    [{ kind: 'silence' }, 'order_uncertain', 'retry'],
  ])('spoiled by %o is %s: %s, and not asked for again', async (fault, code, recovery) => {
    strike(fault);
    await expect(hear(TEXT, callFor(fault))).rejects.toMatchObject({ code, recovery });
    expect(vendor.journal.of('transcribe')).toHaveLength(1);
  });

  test('heeds how long it is asked to stay away', async () => {
    strike({ kind: 'refuse', status: 429, retryAfterSeconds: 3 });
    await expect(hear()).rejects.toMatchObject({ retryAfterMs: 3_000 });
  });
});

describe('hearing by a whisper.cpp server', () => {
  let vendor: WhisperCppStandIn;
  beforeEach(async () => {
    vendor = await startWhisperCpp();
  });
  afterEach(() => vendor.close());

  const hear = (over = call()) =>
    makeWhisperCppTranscription({ url: vendor.url, log: silentLog }).transcribe(
      { file: sound, text: TEXT, language: 'de-AT' },
      over,
    );

  test('puts the words together again, and sends nothing but sound and how to hear it', async () => {
    const words = await hear();
    expect(words.map(({ text }) => text).join(' ')).toBe(UNTOLD);
    const [entry] = vendor.journal.of('inference');
    const body = entry?.body.kind === 'form' ? entry.body : null;
    expect(Object.fromEntries(body?.fields ?? [])).toEqual({
      ...{ response_format: 'verbose_json', split_on_word: 'true', language: 'de' },
      ...{ no_language_probabilities: 'true', temperature: '0.0' },
    });
    expect(body?.files).toMatchObject([{ field: 'file', name: 'sound.wav', type: 'audio/wav' }]);
  });

  test.each<[FaultInput, string, string]>([
    [{ kind: 'refuse', status: 400 }, 'provider_rejected_request', 'fail'],
    [{ kind: 'refuse', status: 500 }, 'provider_unavailable', 'retry'],
    [{ kind: 'refuse', status: 503 }, 'provider_unavailable', 'retry'],
    [{ kind: 'malformed' }, 'provider_answer_unusable', 'retry'],
    [{ kind: 'missing', fields: ['segments'] }, 'provider_answer_unusable', 'retry'],
    [{ kind: 'truncate' }, 'provider_unavailable', 'retry'],
    [{ kind: 'reset' }, 'provider_unavailable', 'retry'],
    [{ kind: 'silence' }, 'provider_timed_out', 'retry'],
  ])('spoiled by %o is %s: %s', async (fault, code, recovery) => {
    vendor.faults.add({ route: 'inference', fault, times: 1 });
    await expect(hear(callFor(fault))).rejects.toMatchObject({ code, recovery });
    expect(vendor.journal.of('inference')).toHaveLength(1);
  });
});
