import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeEgress } from '../../platform/egress/egress.ts';
import { silentLog } from '../../platform/log.ts';
import { answerJson, startVendorServer, type VendorServer } from '../fixtures/vendor-server.ts';
import { elevenLabsKeys, elevenLabsPolicy } from './policy.ts';
import { makeVoices, voiceOf } from './voices.ts';
import { voicesPage } from './wire.ts';

const MODEL = 'eleven_multilingual_v2';
const MINUTE = 60_000;
let vendor: VendorServer;
let nowMs = 0;
beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 26);
  vendor = await startVendorServer();
});
afterEach(() => vendor[Symbol.asyncDispose]());

const signal = new AbortController().signal;
const makeTried = () =>
  makeVoices({
    egress: makeEgress(elevenLabsPolicy(vendor.url), elevenLabsKeys(['xi-7731'])),
    model: MODEL,
    log: silentLog,
    now: () => new Date(nowMs),
  });
const page = (from: number, count: number, next: string | null) => ({
  voices: Array.from({ length: count }, (_, index) => ({
    voice_id: `voice${from + index}`,
    name: `Voice ${from + index}`,
  })),
  has_more: next !== null,
  total_count: 3,
  next_page_token: next,
});

describe('the voices of the account', () => {
  test('come page by page, each once, asked for with the key', async () => {
    vendor.answer = (response, { url }) =>
      answerJson(response, url.includes('token') ? page(1, 2, null) : page(0, 2, 'n/x+t'));
    const voices = await makeTried()(signal);
    expect(voices.map((voice) => voice.id)).toEqual(['voice0', 'voice1', 'voice2']);
    expect(vendor.seen.map(({ url }) => url)).toEqual([
      '/v2/voices?page_size=100',
      '/v2/voices?page_size=100&next_page_token=n%2Fx%2Bt',
    ]);
    expect(vendor.seen[0]?.headers['xi-api-key']).toBe('xi-7731');
  });

  test('end at five pages, whatever the vendor goes on to promise', async () => {
    vendor.answer = (response) => answerJson(response, page(vendor.seen.length, 1, 'more'));
    await expect(makeTried()(signal)).resolves.toHaveLength(5);
    expect(vendor.seen).toHaveLength(5);
  });

  test('are asked for once in ten minutes, however many ask at once', async () => {
    vendor.answer = (response) => answerJson(response, page(0, 1, null));
    const voices = makeTried();
    await Promise.all([voices(signal), voices(signal), voices(signal)]);
    nowMs += 9 * MINUTE;
    await voices(signal);
    expect(vendor.seen).toHaveLength(1);
    nowMs += 2 * MINUTE;
    await voices(signal);
    expect(vendor.seen).toHaveLength(2);
  });

  test('are the old ones while the vendor is down, which is asked again after a minute', async () => {
    vendor.answer = (response) => answerJson(response, page(0, 1, null));
    const voices = makeTried();
    const known = await voices(signal);
    nowMs += 11 * MINUTE;
    vendor.answer = (response) => response.writeHead(503).end();
    await expect(voices(signal)).resolves.toBe(known);
    await expect(voices(signal)).resolves.toBe(known);
    expect(vendor.seen).toHaveLength(2);
    nowMs += 2 * MINUTE;
    vendor.answer = (response) => answerJson(response, page(5, 1, null));
    await expect(voices(signal)).resolves.toMatchObject([{ id: 'voice5' }]);
  });

  test('are not made up: without a list, or with a refused key, the problem is told', async () => {
    const voices = makeTried();
    vendor.answer = (response) => response.writeHead(503).end();
    await expect(voices(signal)).rejects.toMatchObject({ code: 'provider_unavailable' });
    vendor.answer = (response) => answerJson(response, page(0, 1, null));
    await voices(signal);
    nowMs += 11 * MINUTE;
    vendor.answer = (response) =>
      answerJson(response, { detail: { status: 'invalid_api_key' } }, { status: 401 });
    await expect(voices(signal)).rejects.toMatchObject({ code: 'provider_rejected_key' });
    vendor.answer = (response) => answerJson(response, { data: [] });
    await expect(makeTried()(signal)).rejects.toMatchObject({ code: 'provider_answer_unusable' });
  });

  test('still come for others when one caller leaves', async () => {
    const leaving = new AbortController();
    vendor.answer = (response) => {
      leaving.abort(new Error('gone'));
      answerJson(response, page(0, 1, null));
    };
    const voices = makeTried();
    const left = voices(leaving.signal);
    const stayed = voices(signal);
    await expect(left).rejects.toThrow('gone');
    await expect(stayed).resolves.toHaveLength(1);
    expect(vendor.seen).toHaveLength(1);
  });
});

describe('a voice', () => {
  const shown = (voice: Record<string, unknown>) => {
    const parsed = voicesPage.parse({ voices: [{ voice_id: 'v', name: 'Rachel', ...voice }] });
    const [only] = parsed.voices;
    return only && voiceOf(only, MODEL);
  };

  test('is shown by its labels, verified languages and sample', () => {
    expect(
      shown({
        category: 'professional',
        description: ' Warm,\n expressive. ',
        labels: {
          accent: 'american',
          age: 'middle_aged',
          gender: 'female',
          use_case: 'social_media',
          other: 'x',
        },
        preview_url: 'https://example.com/rachel.mp3',
        verified_languages: [
          { language: 'en', locale: 'en-us', model_id: MODEL, accent: 'american' },
          { language: 'de', locale: null, model_id: MODEL },
          { language: 'fr', model_id: 'eleven_flash_v2_5' },
        ],
        sharing: { whitelisted_emails: ['someone@example.com'] },
      }),
    ).toEqual({
      id: 'v',
      name: 'Rachel',
      languages: ['en-US', 'de'],
      description: 'Warm, expressive. · middle aged, female, american, social media',
      previewUrl: 'https://example.com/rachel.mp3',
    });
  });

  test('that tells little is shown all the same, without an address that is not https', () => {
    expect(shown({ labels: null, preview_url: 'javascript:alert(1)' })).toEqual({
      id: 'v',
      name: 'Rachel',
      languages: ['en'],
      description: '',
      previewUrl: null,
    });
    expect(shown({ labels: { language: 'pt-br' } })?.languages).toEqual(['pt-BR']);
    expect(shown({ verified_languages: [null, { language: '???' }, 7] })?.languages).toEqual([
      'en',
    ]);
    expect(shown({ name: 'x'.repeat(500) })?.name).toHaveLength(120);
  });

  test('that cannot be read is left out', () => {
    const { voices } = voicesPage.parse({
      voices: [{ name: 'nobody' }, { voice_id: 'v', name: 'N' }, 7],
    });
    expect(voices).toMatchObject([{ voice_id: 'v' }]);
  });
});
