import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeMediaEngine } from '../../server/media/engine.ts';
import type { MediaEngine } from '../../server/media/media.ts';
import {
  type ElevenLabsOptions,
  type ElevenLabsStandIn,
  startElevenLabs,
} from '../../stand-ins/elevenlabs.ts';
import { hasVendorSchemas, loadVendorSchema } from './vendor-schema.ts';

const VOICE = '21m00Tcm4TlvDq8ikWAM';
const TIMED = `/v1/text-to-speech/${VOICE}/with-timestamps`;
const TEXT = 'Tides rise  twice a day, 🌊 they say.';

let dir: string;
let engine: MediaEngine;
let vendor: ElevenLabsStandIn;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-speech-stand-in-'));
  engine = await makeMediaEngine({ ffmpegPath: null, workDir: join(dir, 'work') });
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  vendor = await startElevenLabs();
});
afterEach(() => vendor.close());

function ask(path: string, body?: unknown, of = vendor): Promise<Response> {
  const headers = { 'xi-api-key': 'key', 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return fetch(of.url + path, { headers, ...sent });
}

const alignment = z.object({
  characters: z.array(z.string()),
  character_start_times_seconds: z.array(z.number()),
  character_end_times_seconds: z.array(z.number()),
});
const timed = z.object({ audio_base64: z.string(), alignment, normalized_alignment: alignment });

async function soundOf(bytes: Buffer) {
  const file = join(dir, 'sound');
  await writeFile(file, bytes);
  return await engine.probe(file, { signal: AbortSignal.timeout(20_000) });
}

describe('a narration', () => {
  test('comes with sound and the times of its characters, for the price of its characters', async () => {
    const response = await ask(`${TIMED}?output_format=mp3_44100_128`, { text: TEXT });
    expect(response.headers.get('character-cost')).toBe(String([...TEXT].length));
    expect(response.headers.get('request-id')).toMatch(/^\w{20}$/);
    expect(response.headers.get('maximum-concurrent-requests')).toBe('5');
    const { audio_base64, alignment: times } = timed.parse(await response.json());
    expect(times.characters.join('')).toBe(TEXT);
    const starts = times.character_start_times_seconds;
    const ends = times.character_end_times_seconds;
    expect(starts.every((start, index) => start <= (ends[index] ?? 0))).toBe(true);
    expect(starts).toEqual(starts.toSorted((one, other) => one - other));
    const sound = await soundOf(Buffer.from(audio_base64, 'base64'));
    expect(sound.audio).toMatchObject({ channels: 1, sampleRateHz: 24_000 });
    // Eight words, the wave among them.
    expect(sound.seconds).toBeCloseTo(8 * 0.38, 1);
    expect(sound.seconds).toBeGreaterThanOrEqual(ends.at(-1) ?? 0);
    expect(vendor.journal.purchases).toMatchObject([{ key: TEXT, answered: true }]);
  });

  test('is spoken for real where that is wanted, and only once', async () => {
    await using speaking = await startElevenLabs({ speech: 'spoken', cacheDir: dir });
    const say = async () => {
      const response = await ask(TIMED, { text: 'The sea is wide.' }, speaking);
      return timed.parse(await response.json());
    };
    const first = await say();
    const sound = await soundOf(Buffer.from(first.audio_base64, 'base64'));
    expect(sound.seconds).toBeGreaterThan(0.7);
    expect(sound.seconds).toBeLessThan(3);
    expect(first.alignment.characters.join('')).toBe('The sea is wide.');
    expect(first.alignment.character_end_times_seconds.at(-1)).toBeGreaterThan(0.6);
    expect(await say()).toEqual(first);
  });

  test.each([
    ['', 'wav_16000', 16_000],
    ['/stream', 'mp3_44100_128', 24_000],
  ])('comes as bare sound too (%s, %s)', async (path, format, rateHz) => {
    const url = `/v1/text-to-speech/${VOICE}${path}?output_format=${format}`;
    const response = await ask(url, { text: TEXT });
    const sound = await soundOf(Buffer.from(await response.arrayBuffer()));
    expect(sound.audio?.sampleRateHz).toBe(rateHz);
  });

  test('comes as bare samples', async () => {
    const response = await ask(`/v1/text-to-speech/${VOICE}?output_format=pcm_8000`, {
      text: 'Hi',
    });
    expect((await response.arrayBuffer()).byteLength).toBe(0.38 * 8_000 * 2);
  });

  test.each(['none', 'uneven', 'beyond'] as const)(
    'can have times that do not fit: %s',
    async (how) => {
      vendor.faults.add({ route: 'speak-timed', fault: { kind: 'times', how } });
      const json = z
        .object({ alignment: alignment.nullable() })
        .parse(await (await ask(TIMED, { text: 'One two' })).json());
      if (how === 'none') return expect(json.alignment).toBeNull();
      const { characters = [], character_end_times_seconds: ends = [] } = json.alignment ?? {};
      if (how === 'uneven') return expect(characters.length).toBe(ends.length - 1);
      expect(ends.at(-1)).toBeCloseTo(3 * 0.68);
    },
  );
});

describe('a request for speech', () => {
  test.each<[string, string, unknown, number, string | null]>([
    ['no text', TIMED, {}, 422, null],
    ['an unknown voice', TIMED.replace(VOICE, 'nobody'), { text: 'Hi' }, 404, 'voice_not_found'],
    ['an unknown model', TIMED, { text: 'Hi', model_id: 'eleven_x' }, 400, 'unsupported_model'],
    ['too long a text', TIMED, { text: 'a'.repeat(10_001) }, 400, 'max_character_limit_exceeded'],
    ['a language', TIMED, { text: 'Hi', language_code: 'en' }, 400, 'invalid_parameters'],
    [
      'a neighbour',
      TIMED,
      { text: 'Hi', model_id: 'eleven_v3', next_text: 'a' },
      400,
      'unsupported_model',
    ],
    ['zero retention', `${TIMED}?enable_logging=false`, { text: 'Hi' }, 403, 'only_for_enterprise'],
    ['an unknown format', `${TIMED}?output_format=mp3`, { text: 'Hi' }, 422, null],
  ])('with %s is refused', async (_what, path, body, status, code) => {
    const response = await ask(path, body);
    expect(response.status).toBe(status);
    const { detail } = z.object({ detail: z.unknown() }).parse(await response.json());
    if (code === null) expect(detail).toMatchObject([{ loc: ['body', expect.anything()] }]);
    else expect(detail).toMatchObject({ code, status: code });
    expect(vendor.journal.purchases).toEqual([]);
  });

  test('needs a key', async () => {
    const response = await fetch(vendor.url + TIMED, { method: 'POST' });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ detail: { code: 'invalid_api_key' } });
  });

  test('beyond the plan’s number waits a little, and is refused', async () => {
    const options: ElevenLabsOptions = { concurrency: 2, speakMs: 200, patienceMs: 40 };
    await using busy = await startElevenLabs(options);
    const all = await Promise.all(
      [1, 2, 3].map((text) => ask(TIMED, { text: `Nr ${text}` }, busy)),
    );
    expect(all.map(({ status }) => status).toSorted()).toEqual([200, 200, 429]);
    const refused = all.find(({ status }) => status === 429);
    expect(await refused?.json()).toMatchObject({
      detail: { code: 'concurrent_limit_exceeded', status: 'too_many_concurrent_requests' },
    });
    await using patient = await startElevenLabs({ ...options, patienceMs: 5_000, speakMs: 60 });
    const heard = await Promise.all(
      [1, 2, 3].map((text) => ask(TIMED, { text: `${text}` }, patient)),
    );
    expect(heard.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('refused for its content is not bought', async () => {
    vendor.faults.add({ route: 'speak-timed', fault: { kind: 'moderation', at: 'create' } });
    expect((await ask(TIMED, { text: 'Hi' })).status).toBe(403);
    expect(vendor.journal.purchases).toEqual([]);
  });

  test('is refused in the shapes that are met', async () => {
    const detailOf = async (errorShape: 'current' | 'legacy' | 'text') => {
      await using other = await startElevenLabs({ errorShape });
      const fault = {
        kind: 'refuse',
        status: 401,
        code: 'quota_exceeded',
        message: 'No.',
      } as const;
      other.faults.add({ route: '*', fault });
      return z.object({ detail: z.unknown() }).parse(await (await ask(TIMED, {}, other)).json())
        .detail;
    };
    expect(await detailOf('current')).toMatchObject({ code: 'quota_exceeded', message: 'No.' });
    expect(await detailOf('legacy')).toEqual({ status: 'quota_exceeded', message: 'No.' });
    expect(await detailOf('text')).toBe('No.');
  });
});

test('voices come page by page', async () => {
  const page = z.object({
    voices: z.array(z.object({ voice_id: z.string(), name: z.string() })),
    ...{ has_more: z.boolean(), total_count: z.int(), next_page_token: z.string().nullable() },
  });
  const get = async (query: string) => page.parse(await (await ask(`/v2/voices?${query}`)).json());
  const ids: string[] = [];
  let token: string | null = null;
  do {
    const { voices, has_more, total_count, next_page_token } = await get(
      `page_size=5${token === null ? '' : `&next_page_token=${token}`}`,
    );
    ids.push(...voices.map((voice) => voice.voice_id));
    expect([has_more, total_count]).toEqual([next_page_token !== null, 12]);
    token = next_page_token;
  } while (token !== null);
  expect(new Set(ids).size).toBe(12);
  expect((await get('search=british')).total_count).toBe(3);
  expect((await get('sort=name')).voices[0]?.name).toBe('Adam');
  expect((await ask('/v2/voices?page_size=101')).status).toBe(422);
  expect((await ask('/v2/voices?next_page_token=x')).status).toBe(400);
});

describe.skipIf(!hasVendorSchemas)('every answer fits the vendor’s own description', () => {
  test.each([
    '/v2/voices',
    '/v1/voices',
    `/v1/voices/${VOICE}`,
    `/v1/voices/${VOICE}/settings`,
    '/v1/models',
    '/v1/user/subscription',
  ])('GET %s', async (path) => {
    const schema = loadVendorSchema('elevenlabs');
    const response = await ask(path);
    schema.assertAnswer('GET', path, 200, await response.json());
    expect(() => schema.assertAnswer('GET', path, 200, 'something else')).toThrow();
  });

  test('POST speech, and a refusal of its fields', async () => {
    const schema = loadVendorSchema('elevenlabs');
    const spoken = await ask(TIMED, { text: 'Hi.' });
    schema.assertAnswer('POST', TIMED, 200, await spoken.json());
    const refused = await ask(TIMED, {});
    schema.assertAnswer('POST', TIMED, 422, await refused.json());
  });
});
