import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import {
  answerJson,
  breakOff,
  type Seen,
  startVendorServer,
  type VendorServer,
} from '../fixtures/vendor-server.ts';
import type { Usage } from '../models.ts';
import { wavOfPcm } from '../pcm-file.ts';
import { OrderUncertain, VendorProblem } from '../vendor-problem.ts';
import { makeOpenAiTranscription } from './openai.ts';
import { problemOfOpenAi } from './openai-errors.ts';

const KEY = 'sk-test-7731';
let folder: string;
let sound: string;
let vendor: VendorServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-openai-'));
  sound = join(folder, 'private-name.wav');
  await writeFile(sound, wavOfPcm(Buffer.alloc(2 * 16_000 * 2, 1), 16_000));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  vendor = await startVendorServer();
});
afterEach(() => vendor[Symbol.asyncDispose]());

const HEARD = {
  task: 'transcribe',
  language: 'english',
  duration: 2,
  text: 'Tides rise twice — a day.',
  words: ['Tides', 'rise', 'twice', 'a', 'day'].map((word, index) => ({
    word,
    start: index * 0.3,
    end: index * 0.3 + 0.25,
  })),
  segments: [{ id: 0, text: ' Tides rise twice — a day.', start: 0, end: 2 }],
  usage: { type: 'duration', seconds: 3 },
};

const model = (options: { maxCalls?: number } = {}) =>
  makeOpenAiTranscription({
    apiKeys: [KEY],
    baseUrl: `${vendor.url}/v1`,
    maxCalls: 8,
    log: silentLog,
    ...options,
  });
const transcribe = (
  known: { text?: string | null; language?: string | null } = {},
  { signal = AbortSignal.timeout(20_000), bought = (_: Usage) => {} } = {},
) => model().transcribe({ file: sound, text: null, language: null, ...known }, { signal, bought });

async function formOf({ headers, body }: Seen): Promise<FormData> {
  const type = String(headers['content-type']);
  return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
}

describe('OpenAI transcription', () => {
  test('sends sound, language and the known text, and nothing that tells of a user or a file', async () => {
    vendor.answer = (response) => answerJson(response, HEARD);
    const words = await transcribe({ text: 'Tides rise twice a day.', language: 'en-GB' });
    expect(words.map((word) => word.text)).toEqual(['Tides', 'rise', 'twice', 'a', 'day']);
    const [request] = vendor.seen;
    expect(request).toMatchObject({ method: 'POST', url: '/v1/audio/transcriptions' });
    expect(request?.headers['authorization']).toBe(`Bearer ${KEY}`);
    const form = request && (await formOf(request));
    const file = form?.get('file');
    expect([...(form?.entries() ?? [])].filter(([name]) => name !== 'file')).toEqual([
      ['model', 'whisper-1'],
      ['response_format', 'verbose_json'],
      ['timestamp_granularities[]', 'word'],
      ['timestamp_granularities[]', 'segment'],
      ['language', 'en'],
      ['prompt', 'Tides rise twice a day.'],
    ]);
    expect(file).toMatchObject({ name: 'sound.wav', type: 'audio/wav', size: 2 * 16_000 * 2 + 44 });
    expect(request?.body.includes('private-name')).toBe(false);
  });

  test('gives words their punctuation back where no text is known', async () => {
    vendor.answer = (response) => answerJson(response, HEARD);
    const words = await transcribe();
    expect(words.map((word) => word.text)).toEqual(['Tides', 'rise', 'twice', '—', 'a', 'day.']);
    expect(words.at(-1)).toEqual({ text: 'day.', startMs: 1_200, endMs: 1_450 });
    const request = vendor.seen[0];
    const form = request && (await formOf(request));
    expect(form?.has('language')).toBe(false);
    expect(form?.has('prompt')).toBe(false);
  });

  test('tells what was charged for, by the vendor’s own count', async () => {
    vendor.answer = (response) =>
      answerJson(response, HEARD, { headers: { 'x-request-id': 'req_1' } });
    const usages: Usage[] = [];
    await transcribe({}, { bought: (usage) => usages.push(usage) });
    expect(usages).toEqual([{ unit: 'seconds', units: 3, costMicroUsd: 300, reference: 'req_1' }]);
    expect(model().estimate(61.2)).toMatchObject({ units: 62, costMicroUsd: 6_200 });
  });

  test('hears nothing in silence', async () => {
    vendor.answer = (response) => answerJson(response, { text: '', duration: 2, segments: [] });
    await expect(transcribe()).resolves.toEqual([]);
  });

  test('charges for an answer without word times, and calls it unusable', async () => {
    vendor.answer = (response) => answerJson(response, { text: 'Tides rise.' });
    const usages: Usage[] = [];
    await expect(transcribe({}, { bought: (usage) => usages.push(usage) })).rejects.toMatchObject({
      code: 'provider_answer_unusable',
      recovery: 'retry',
    });
    expect(usages).toMatchObject([{ units: 2 }]);
  });

  test('is uncertain of an answer that broke off, and never asks twice', async () => {
    vendor.answer = breakOff;
    await expect(transcribe()).rejects.toBeInstanceOf(OrderUncertain);
    expect(vendor.seen).toHaveLength(1);
  });

  test('is certain that nothing was sent where nobody listens', async () => {
    const silent = makeOpenAiTranscription({
      apiKeys: [KEY],
      baseUrl: 'http://127.0.0.1:9/v1',
      maxCalls: 1,
      log: silentLog,
    });
    const asked = silent.transcribe(
      { file: sound, text: null, language: null },
      { signal: AbortSignal.timeout(20_000) },
    );
    await expect(asked).rejects.toMatchObject({ code: 'provider_unavailable', recovery: 'retry' });
    await expect(asked).rejects.not.toBeInstanceOf(OrderUncertain);
  });

  test('stops when its caller leaves', async () => {
    const leaving = new AbortController();
    vendor.answer = () => leaving.abort();
    await expect(transcribe({}, { signal: leaving.signal })).rejects.toMatchObject({
      kind: 'canceled',
    });
  });

  test('tells an error by the vendor’s code', async () => {
    vendor.answer = (response) =>
      answerJson(
        response,
        {
          error: { message: 'said: my secret text', type: 'requests', code: 'rate_limit_exceeded' },
        },
        { status: 429, headers: { 'retry-after-ms': '1500' } },
      );
    const error = await transcribe().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(VendorProblem);
    expect(error).toMatchObject({
      code: 'provider_busy',
      retryAfterMs: 1_500,
      vendorCode: 'rate_limit_exceeded',
    });
    expect(String(error)).not.toContain('secret');
  });

  test('has a lane of its own', () => {
    expect(model({ maxCalls: 3 })).toMatchObject({
      id: 'openai/whisper-1',
      hears: true,
      lane: { name: 'openai/transcription', limit: 3 },
    });
  });
});

describe('an error answer of OpenAI', () => {
  test.each([
    [400, { code: null, type: 'invalid_request_error' }, 'provider_rejected_request', 'fail'],
    [401, { code: 'invalid_api_key' }, 'provider_rejected_key', 'fail'],
    [401, null, 'provider_rejected_key', 'fail'],
    [403, { code: 'unsupported_country_region_territory' }, 'provider_rejected_key', 'fail'],
    [404, { code: 'model_not_found' }, 'provider_model_unavailable', 'fail'],
    [404, null, 'provider_model_unavailable', 'fail'],
    [408, null, 'provider_timed_out', 'retry'],
    [413, null, 'provider_rejected_request', 'fail'],
    [429, { code: 'rate_limit_exceeded' }, 'provider_busy', 'retry'],
    [429, { code: 'insufficient_quota' }, 'provider_quota_exhausted', 'wait'],
    [429, { code: null, type: 'insufficient_quota' }, 'provider_quota_exhausted', 'wait'],
    [429, null, 'provider_busy', 'retry'],
    [500, { code: null, type: 'server_error' }, 'provider_unavailable', 'retry'],
    [503, null, 'provider_unavailable', 'retry'],
    [302, null, 'provider_answer_unusable', 'retry'],
    [400, { code: 'constructor' }, 'provider_rejected_request', 'fail'],
  ])('%i %o is %s: %s', (status, error, code, recovery) => {
    const bytes = Buffer.from(error === null ? '<html>' : JSON.stringify({ error }));
    expect(problemOfOpenAi({ status, headers: {}, bytes })).toMatchObject({
      code,
      recovery,
      kind: 'upstream',
    });
  });

  test('asks us to stay away for as long as it says', () => {
    const pause = (headers: Record<string, string>) =>
      problemOfOpenAi({ status: 429, headers, bytes: Buffer.alloc(0) }).retryAfterMs;
    expect(pause({ 'retry-after': '7' })).toBe(7_000);
    expect(pause({ 'retry-after': 'Thu, 26 Nov 2026 10:00:00 GMT' })).toBeNull();
    expect(pause({})).toBeNull();
  });
});
