import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  askApp,
  keyOf,
  makeTestApp,
  serveTestApp,
  tryEndpoint,
} from '../../../tests/harness/http-app.ts';
import { newId } from '../ids.ts';
import type { Listening } from './listen.ts';

const MAX_BYTES = 64 * 1024;
const caller = keyOf(newId('acc'), 'videos:read');
const scene = z.strictObject({ narration: z.string().max(10), seconds: z.number().min(1).max(15) });
const echo = tryEndpoint({
  ...{ method: 'post', path: '/v1/things/{id}', maxBodyBytes: MAX_BYTES },
  params: z.object({ id: z.string().regex(/^thg_\d+$/) }),
  query: z.object({ wait: z.coerce.number().int().max(25).default(0) }),
  body: z.strictObject({
    name: z.string().optional(),
    format: z.enum(['9:16', '1:1']).optional(),
    scenes: z.array(scene).max(2).optional(),
    any: z.unknown().optional(),
  }),
  handle: async ({ body }) => ({ status: 200, body }),
});
const app = makeTestApp({ endpoints: [echo], caller });

function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  path = '/v1/things/thg_1',
) {
  return askApp(app, path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

describe('a body', () => {
  test('may be left out where nothing of it is needed', async () => {
    expect(await askApp(app, '/v1/things/thg_1', { method: 'POST' })).toMatchObject({
      status: 200,
      text: '{}',
    });
  });

  test('that does not fit is told every fault: where, what, and what to do', async () => {
    const { problem } = await post(
      JSON.stringify({
        name: 7,
        format: '4:3',
        extra: 1,
        scenes: [{ narration: 'x'.repeat(11), seconds: 0.5 }, { narration: 'x' }],
      }),
    );
    expect(problem).toMatchObject({ status: 422, code: 'invalid_request' });
    expect(problem?.['errors']).toEqual([
      {
        location: 'body.name',
        message: 'Invalid input: expected string, received number.',
        fix: 'Give a value of the type string.',
      },
      {
        location: 'body.format',
        message: 'Invalid option: expected one of "9:16"|"1:1".',
        fix: 'Use one of: 9:16, 1:1.',
      },
      {
        location: 'body.scenes[0].narration',
        message: 'Too big: expected string to have <=10 characters.',
        fix: 'Give at most 10 characters.',
      },
      {
        location: 'body.scenes[0].seconds',
        message: 'Too small: expected number to be >=1.',
        fix: 'Give at least 1.',
      },
      {
        location: 'body.scenes[1].seconds',
        message: 'Invalid input: expected number, received undefined.',
        fix: 'Give a value of the type number.',
      },
      { location: 'body', message: 'Unrecognized key: "extra".', fix: 'Leave out extra.' },
    ]);
  });

  test('with very many faults is told some of them', async () => {
    const fields = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, i]));
    const { problem, text: told } = await post(
      JSON.stringify({ ...fields, scenes: Array(900).fill(1) }),
    );
    expect(problem?.status).toBe(422);
    expect(told.length).toBeLessThan(8_000);
  });

  test.each([
    ['', { 'content-length': '0' }, 200],
    ['{', {}, 400],
    ['{"name":"x"}}', {}, 400],
    ['   ', {}, 400],
    ['[]', {}, 422],
    ['null', {}, 422],
    ['{"__proto__":{"name":"x"}}', {}, 422],
  ] as const)('of %s is answered as it deserves', async (body, headers, status) => {
    expect((await post(body, headers)).status).toBe(status);
  });

  test('is UTF-8, of whole characters without NUL, and not deep', async () => {
    const malformed = { status: 400, code: 'malformed_json' };
    expect((await post(Uint8Array.from([0x22, 0xff, 0x22]))).problem).toMatchObject(malformed);
    for (const name of ['"\\u0000"', '"\\ud800"', '"\\udc00x"']) {
      expect((await post(`{"any":${name}}`)).problem).toMatchObject(malformed);
      expect((await post(`{"any":{${name}:1}}`)).problem).toMatchObject(malformed);
    }
    expect((await post('{"any":"\\ud83d\\ude00"}')).text).toBe('{"any":"😀"}');
    const nested = (depth: number) => `{"any":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect((await post(nested(60))).status).toBe(200);
    expect((await post(nested(64))).problem).toMatchObject(malformed);
    expect((await post(nested(20_000))).problem).toMatchObject(malformed);
  });

  test('says what it is', async () => {
    const wrong = { status: 415, code: 'unsupported_media_type' };
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      '',
    ]) {
      expect((await post('{}', { 'content-type': type })).problem).toMatchObject(wrong);
    }
    expect((await post('{}', { 'content-encoding': 'gzip' })).problem).toMatchObject(wrong);
    expect((await post('{}', { 'content-type': 'Application/JSON ; charset=utf-8' })).status).toBe(
      200,
    );
  });

  test('is answered for whatever JSON it is, and never as our own failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => {
        expect([200, 400, 422]).toContain((await post(`{"any":${body}}`)).status);
        expect([200, 400, 422]).toContain((await post(body)).status);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a path or query', () => {
  test('that cannot hold an id is the address of nothing', async () => {
    for (const id of ['thg_x', 'thg_1%00', '%zz', '..%2f']) {
      expect((await post('{}', {}, `/v1/things/${id}`)).problem).toMatchObject({
        status: 404,
        code: 'not_found',
      });
    }
  });

  test('that does not fit is told where', async () => {
    const { problem } = await post('{}', {}, '/v1/things/thg_1?wait=26');
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem?.['errors']).toMatchObject([
      { location: 'query.wait', fix: 'Give at most 25.' },
    ]);
    expect((await post('{}', {}, '/v1/things/thg_1?x=%00')).problem).toMatchObject({
      status: 400,
      code: 'malformed_query',
    });
  });
});

describe('a body that is too large', () => {
  let listening: Listening;
  beforeAll(async () => {
    listening = await serveTestApp(app);
  });
  afterAll(() => listening.drain(0));

  /** Sends a body over the socket, with or without saying how long it is. */
  async function send(sizeBytes: number, stated: boolean) {
    const sent = httpRequest(`${listening.url}/v1/things/thg_1`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(stated ? { 'content-length': sizeBytes } : {}),
      },
    });
    const answer = Promise.withResolvers<{ status: number | undefined; text: string }>();
    sent.on('response', (response) => {
      text(response).then((body) => answer.resolve({ status: response.statusCode, text: body }));
    });
    sent.on('error', answer.reject);
    const opening = Buffer.from('{"name":"');
    const rest = Buffer.alloc(sizeBytes - opening.length - 2, 'x');
    Readable.from([opening, rest, Buffer.from('"}')]).pipe(sent);
    return await answer.promise;
  }

  test.each([true, false])('is refused as such (length stated: %s)', async (stated) => {
    expect((await send(MAX_BYTES, stated)).status).toBe(200);
    const { status, text: told } = await send(MAX_BYTES + 1, stated);
    expect({ status, told }).toMatchObject({
      status: 413,
      told: expect.stringContaining('body_too_large'),
    });
  });

  test('by far is not read to its end', async () => {
    expect((await send(20_000_000, false)).status).toBe(413);
  });
});
