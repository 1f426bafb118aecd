import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sha256 } from '../../stand-ins/body.ts';
import { UNTOLD } from '../../stand-ins/hearing/hearing.ts';
import { type OpenAiStandIn, startOpenAi } from '../../stand-ins/openai.ts';
import { startWhisperCpp, type WhisperCppStandIn } from '../../stand-ins/whisper-cpp.ts';
import { toneWav } from './material.ts';
import { hasVendorSchemas, loadVendorSchema } from './vendor-schema.ts';

const SOUND = toneWav(4);
const TEXT = 'Tides rise twice — a day. “Really”, they say, it is so!';

let openAi: OpenAiStandIn;
let whisper: WhisperCppStandIn;
beforeEach(async () => {
  [openAi, whisper] = await Promise.all([startOpenAi(), startWhisperCpp()]);
});
afterEach(() => Promise.all([openAi.close(), whisper.close()]));

type Fields = readonly (readonly [string, string])[];

function send(url: string, fields: Fields, bytes: Buffer | null = SOUND, name = 'sound.wav') {
  const form = new FormData();
  if (bytes) form.append('file', new File([new Uint8Array(bytes)], name, { type: 'audio/wav' }));
  for (const [field, value] of fields) form.append(field, value);
  return fetch(url, { method: 'POST', headers: { authorization: 'Bearer key' }, body: form });
}
const transcribe = (fields: Fields, bytes?: Buffer | null, name?: string) =>
  send(`${openAi.baseUrl}/audio/transcriptions`, [['model', 'whisper-1'], ...fields], bytes, name);
const infer = (fields: Fields, bytes?: Buffer | null) =>
  send(`${whisper.url}/inference`, fields, bytes);

const VERBOSE: Fields = [
  ['response_format', 'verbose_json'],
  ['timestamp_granularities[]', 'word'],
  ['timestamp_granularities[]', 'segment'],
];
const times = { start: z.number(), end: z.number() };

describe('OpenAI hears', () => {
  const verbose = z.object({
    ...{ task: z.string(), language: z.string(), duration: z.number(), text: z.string() },
    words: z.array(z.object({ word: z.string(), ...times })).optional(),
    segments: z.array(z.object({ text: z.string(), ...times })).optional(),
    usage: z.object({ type: z.literal('duration'), seconds: z.number() }),
  });
  const heard = async (fields: Fields, bytes?: Buffer) =>
    verbose.parse(await (await transcribe(fields, bytes)).json());

  test('what it is told is said, as words without marks and segments with them', async () => {
    const { words = [], segments = [], ...rest } = await heard([...VERBOSE, ['prompt', TEXT]]);
    expect(rest).toEqual({
      ...{ task: 'transcribe', language: 'english', duration: 4, text: TEXT },
      usage: { type: 'duration', seconds: 4 },
    });
    const plain = 'Tides rise twice a day Really they say it is so';
    expect(words.map(({ word }) => word).join(' ')).toBe(plain);
    expect(segments.map((one) => one.text).join('')).toBe(` ${TEXT}`);
    // The tone begins and ends a tenth of its length from the ends.
    expect(words[0]?.start).toBeCloseTo(0.4, 1);
    expect(words.at(-1)?.end).toBeCloseTo(3.6, 1);
    expect(words.every(({ start, end }) => start < end)).toBe(true);
  });

  test('what it was told of a sound, with whatever header, else admits that it knows nothing', async () => {
    expect((await heard(VERBOSE)).text).toBe(UNTOLD);
    openAi.hearing.tell(sha256(SOUND.subarray(44)), 'By its samples.');
    expect((await heard(VERBOSE)).text).toBe('By its samples.');
    const body = JSON.stringify({ sha256: sha256(SOUND), text: 'By its bytes.' });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${openAi.url}/_stand-in/transcripts`, { method: 'POST', headers, body });
    expect((await heard(VERBOSE)).text).toBe('By its bytes.');
    expect((await heard(VERBOSE, toneWav(3))).text).toBe(UNTOLD);
  });

  test('nothing in silence', async () => {
    const silence = Buffer.concat([SOUND.subarray(0, 44), Buffer.alloc(SOUND.length - 44)]);
    expect(await heard([...VERBOSE, ['prompt', TEXT]], silence)).toMatchObject({
      ...{ text: '', words: [], segments: [] },
    });
  });

  test('and gives only the times that are asked for', async () => {
    const words = VERBOSE.slice(0, 2);
    expect(await heard(words)).not.toHaveProperty('segments');
    expect(await heard(VERBOSE.slice(0, 1))).not.toHaveProperty('words');
  });

  test.each([
    ['text', /^Tides rise/],
    ['srt', /^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\nTides/],
    ['vtt', /^WEBVTT\n\n00:00:00\.\d{3} --> /],
  ])('and writes %s', async (format, expected) => {
    const response = await transcribe([
      ['response_format', format],
      ['prompt', TEXT],
    ]);
    expect(await response.text()).toMatch(expected);
  });

  test.each<[string, Fields, Buffer | null, string, number]>([
    ['no file', [], null, '', 400],
    ['a file without an ending', [], SOUND, 'sound', 400],
    ['a file that is no sound', [], Buffer.from('Hello, hello, hello!'), 'sound.wav', 400],
    ['a moment of sound', [], toneWav(0.05), 'sound.wav', 400],
    ['more than 25 MB', [], Buffer.alloc(26_214_401), 'sound.wav', 413],
    ['word times as text', [['timestamp_granularities[]', 'word']], SOUND, 'sound.wav', 400],
    ['a language that is none', [['language', 'english']], SOUND, 'sound.wav', 400],
    ['an unknown field', [['user', 'me']], SOUND, 'sound.wav', 400],
  ])('but not %s', async (_what, fields, bytes, name, status) => {
    const response = await transcribe(fields, bytes, name);
    expect(response.status).toBe(status);
    const { error } = z.object({ error: z.unknown() }).parse(await response.json());
    expect(error).toMatchObject({ type: 'invalid_request_error', message: expect.any(String) });
    expect(openAi.journal.purchases).toEqual([]);
  });

  test.skipIf(!hasVendorSchemas)('as the vendor’s own description has it', async () => {
    const schema = loadVendorSchema('openai');
    const verboseJson = await (await transcribe(VERBOSE)).json();
    schema.assertShape('CreateTranscriptionResponseVerboseJson', verboseJson);
    const json = await (await transcribe([])).json();
    schema.assertShape('CreateTranscriptionResponseJson', json);
    const refused = await (await transcribe([], null)).json();
    schema.assertShape('ErrorResponse', refused);
    const headers = { authorization: 'Bearer key' };
    const models = await (await fetch(`${openAi.baseUrl}/models`, { headers })).json();
    schema.assertAnswer('GET', '/models', 200, models);
    expect(() => schema.assertShape('CreateTranscriptionResponseVerboseJson', json)).toThrow();
  });
});

describe('a whisper.cpp server', () => {
  const answer = z.object({
    text: z.string(),
    segments: z.array(
      z.object({
        ...{ text: z.string(), ...times },
        words: z.array(z.object({ word: z.string(), ...times })),
      }),
    ),
    detected_language: z.string().optional(),
  });
  const verbose = async (fields: Fields) =>
    answer.parse(await (await infer([['response_format', 'verbose_json'], ...fields])).json());

  test('tells words in pieces, within segments of about 60 characters', async () => {
    whisper.hearing.tell(sha256(SOUND), `${TEXT} ${TEXT}`);
    const { text, segments, detected_language } = await verbose([['split_on_word', 'true']]);
    const pieces = segments.flatMap(({ words }) => words.map(({ word }) => word));
    expect(pieces.join('')).toBe(` ${TEXT} ${TEXT}`);
    expect(pieces.slice(0, 4)).toEqual([' Tid', 'es', ' ris', 'e']);
    expect(segments.every((one) => one.text.length < 70 && one.text.startsWith(' '))).toBe(true);
    expect(text).toBe(segments.map((one) => `${one.text}\n`).join(''));
    expect(detected_language).toBe('english');
    const broken = await verbose([['no_language_probabilities', '1']]);
    expect(broken.segments.some((one) => !one.text.startsWith(' '))).toBe(true);
    expect(broken).not.toHaveProperty('detected_language');
  });

  test.each([
    ['text', 'text/html'],
    ['srt', 'application/x-subrip'],
    ['vtt', 'text/vtt'],
    ['anything', 'application/json'],
  ])('answers %s as %s', async (format, type) => {
    const response = await infer([['response_format', format]]);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.text()).toContain('Nobody told');
  });

  test('serves one request at a time', async () => {
    await using slow = await startWhisperCpp({ hearMs: 60 });
    const from = performance.now();
    await Promise.all([1, 2, 3].map(() => send(`${slow.url}/inference`, [])));
    expect(performance.now() - from).toBeGreaterThan(170);
  });

  test('overwrites its errors', async () => {
    const told = async (response: Response) => [response.status, await response.text()];
    expect(await told(await infer([], null))).toEqual([400, 'Invalid request']);
    expect(await told(await infer([], Buffer.from('nothing')))).toEqual([400, 'Invalid request']);
    expect(await told(await infer([['temperature', 'warm']]))).toEqual([
      500,
      '500 Internal Server Error\nstof',
    ]);
    expect(await told(await fetch(`${whisper.url}/nowhere`))).toEqual([
      404,
      'File Not Found (/nowhere)',
    ]);
    whisper.faults.add({ route: '*', fault: { kind: 'refuse', status: 503 }, times: 1 });
    expect(await told(await fetch(`${whisper.url}/health`))).toEqual([
      404,
      'File Not Found (/health)',
    ]);
    whisper.faults.add({ route: '*', fault: { kind: 'refuse', status: 500 }, times: 1 });
    expect(await told(await infer([]))).toEqual([500, '{"error":"failed to process audio"}']);
    expect(await told(await fetch(`${whisper.url}/health`))).toEqual([200, '{"status":"ok"}']);
  });
});
