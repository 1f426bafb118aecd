import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type IdempotencyBench,
  makeIdempotencyBench,
} from '../../../tests/harness/idempotency-bench.ts';
import { sql } from '../postgres/drizzle.ts';
import { Problem } from '../problem.ts';
import type { Answer } from './endpoint.ts';
import { parseIdempotencyKey, purgeIdempotencyKeys } from './idempotency.ts';

let bench: IdempotencyBench;
beforeAll(async () => {
  bench = await makeIdempotencyBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.counted.made = 0;
});

function refuse(kind: Problem['kind'], code: string, status?: number) {
  return async (): Promise<Answer> => {
    bench.counted.made += 1;
    throw new Problem({ kind, code, status, message: 'No.' });
  };
}

describe('the same key and body', () => {
  test('make once, and a repeat gets the first status, headers and bytes', async () => {
    const post = bench.poster(bench.makeThing);
    const first = await post('same');
    expect(first).toMatchObject({
      status: 201,
      location: '/v1/things/1',
      text: '{"b":1,"a":2}',
      replayed: false,
    });
    expect(await post('same')).toEqual({ ...first, replayed: true });
    // The order of a body's members tells nothing.
    await post('order', { a: 1, b: { c: 2, d: 3 } });
    expect(await post('order', { b: { d: 3, c: 2 }, a: 1 })).toMatchObject({ replayed: true });
    expect(bench.counted.made).toBe(2);
  });

  test('make once however many arrive at the same time', async () => {
    const post = bench.poster(async ({ saveAnswer }) => {
      bench.counted.made += 1;
      const answer = { status: 201, body: { made: bench.counted.made } };
      await bench.db.transaction(async (tx) => {
        await tx.execute(sql`insert into things (name) values ('parallel')`);
        await saveAnswer(tx, answer);
      });
      return answer;
    });
    const before = await bench.countThings();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('parallel')));
    expect(bench.counted.made).toBe(1);
    expect(await bench.countThings()).toBe(before + 1);
    for (const { status, code, text, retryAfter } of answers) {
      if (status === 201) expect(text).toBe('{"made":1}');
      else
        expect({ status, code, retryAfter }).toEqual({
          status: 409,
          code: 'idempotency_in_progress',
          retryAfter: '2',
        });
    }
    expect(await post('parallel')).toMatchObject({ status: 201, replayed: true });
  });

  test('get whatever characters the first answer held', async () => {
    const name = 'nul \0, half \ud800, “é”, \u2028';
    const post = bench.poster(async () => ({ status: 200, body: { name } }));
    const first = await post('characters');
    expect(JSON.parse(first.text)).toEqual({ name });
    expect(await post('characters')).toEqual({ ...first, replayed: true });
  });

  test('get answers without a body, and responses of the handler itself', async () => {
    const empty = bench.poster(async () => ({ status: 204 }));
    await empty('empty');
    expect(await empty('empty')).toMatchObject({ status: 204, text: '', replayed: true });
    const own = bench.poster(async () => Response.json({ a: 1 }, { status: 202 }));
    const first = await own('own');
    expect(await own('own')).toEqual({ ...first, replayed: true });
    const page = bench.poster(async () => {
      bench.counted.made += 1;
      return new Response('text', { headers: { 'Content-Type': 'text/plain' } });
    });
    // Only answers in JSON can be kept; nothing else is made under a key.
    const ask = () => page('page').catch(() => null);
    await ask();
    await ask();
    expect(bench.counted.made).toBe(2);
  });
});

describe('a key', () => {
  test('with another body is refused, whether the first is answered or not', async () => {
    const post = bench.poster(bench.makeThing);
    await post('body', { name: 'x' });
    const reused = { status: 422, code: 'idempotency_key_reused' };
    expect(await post('body', { name: 'y' })).toMatchObject(reused);
    expect(await post('body', { name: 'x', more: null })).toMatchObject(reused);
    expect(bench.counted.made).toBe(1);
  });

  test('with another query is refused', async () => {
    const post = bench.poster(bench.makeThing);
    await post('query');
    expect(await post('query', undefined, { path: '/v1/things?a=1' })).toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  test('counts for one account and one address', async () => {
    const post = bench.poster(bench.makeThing);
    await post('scope');
    expect((await post('scope', undefined, { from: bench.other })).replayed).toBe(false);
    expect((await post('scope', undefined, { path: '/v1/things/1/parts' })).replayed).toBe(false);
    expect((await post('scope', undefined, { path: '/v1/things/2/parts' })).replayed).toBe(false);
    expect(bench.counted.made).toBe(4);
  });

  test('is forgotten after a day', async () => {
    const post = bench.poster(bench.makeThing);
    await post('day');
    await bench.age('day', 23);
    expect((await post('day')).replayed).toBe(true);
    await bench.age('day', 25);
    expect((await post('day', { name: 'another' })).replayed).toBe(false);
    expect(bench.counted.made).toBe(2);
  });

  test('is not needed, and means nothing where nothing is kept', async () => {
    const post = bench.poster(bench.makeThing);
    await post(null);
    await post(null);
    const harmless = bench.poster(bench.makeThing, { idempotent: false });
    await harmless('harmless');
    expect((await harmless('harmless')).replayed).toBe(false);
    expect(await post('nobody', undefined, { from: null })).toMatchObject({ status: 401 });
    expect(bench.counted.made).toBe(4);
  });

  test('is 1 to 255 printable characters', () => {
    const printable = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 255 });
    fc.assert(
      fc.property(printable, (key) => {
        const isGood = /^[ -~]+$/.test(key) && key.trim() === key;
        if (isGood) expect(parseIdempotencyKey(key)).toBe(key);
        else expect(() => parseIdempotencyKey(key)).toThrow('printable');
      }),
    );
    expect(() => parseIdempotencyKey('x'.repeat(256))).toThrow('printable');
    expect(() => parseIdempotencyKey('')).toThrow('printable');
    expect(() => parseIdempotencyKey('é')).toThrow('printable');
  });
});

describe('a refusal', () => {
  test.each([
    ['invalid', 'content_rejected', 422],
    ['not-found', 'not_found', 404],
    ['invalid', 'malformed_thing', 400],
  ] as const)('that stands (%s, %s) is kept as it was', async (kind, code, status) => {
    const post = bench.poster(refuse(kind, code));
    const first = await post(`kept-${code}`);
    expect(first).toMatchObject({ status, code, type: 'application/problem+json' });
    expect(await post(`kept-${code}`)).toEqual({ ...first, replayed: true });
    expect(bench.counted.made).toBe(1);
  });

  test.each([
    ['denied', 'unauthenticated', 401],
    ['exhausted', 'insufficient_credits', 402],
    ['denied', 'denied', 403],
    ['invalid', 'body_timed_out', 408],
    ['conflict', 'busy', 409],
    ['exhausted', 'rate_limited', 429],
    ['internal', 'internal', 500],
    ['upstream', 'vendor', 502],
    ['exhausted', 'full', 503],
  ] as const)('that may pass (%s, %s) frees the key', async (kind, code, status) => {
    const post = bench.poster(refuse(kind, code, status));
    expect(await post(`freed-${code}`)).toMatchObject({ status, replayed: false });
    expect(await post(`freed-${code}`)).toMatchObject({ status, replayed: false });
    expect(bench.counted.made).toBe(2);
  });
});

test('old keys are removed a thousand at a time', async () => {
  await bench.pool.query('delete from idempotency_keys');
  await bench.pool.query(
    `insert into idempotency_keys (account_id, route, key, body_hash, holder, locked_until, created_at)
     select $1, 'POST /v1/things', n, '', '', now(), now() - make_interval(hours => case when n <= 1200 then 25 else 1 end)
     from generate_series(1, 1205) n`,
    [bench.account],
  );
  expect(await purgeIdempotencyKeys(bench.db)).toBe(1000);
  expect(await purgeIdempotencyKeys(bench.db)).toBe(200);
  expect(await purgeIdempotencyKeys(bench.db)).toBe(0);
});

test('whatever is asked in whatever order, each key makes one thing and answers alike', async () => {
  const post = bench.poster(bench.makeThing);
  const key = fc.constantFrom('p1', 'p2', 'p3');
  const body = fc.constantFrom({ a: 1 }, { a: 2 }, { a: [1, { b: null }] });
  const asked = fc.array(fc.tuple(key, body), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(asked, async (requests) => {
      await bench.pool.query('delete from idempotency_keys');
      bench.counted.made = 0;
      const first = new Map<string, { readonly body: string; readonly text: string }>();
      for (const [name, content] of requests) {
        const { status, text, replayed } = await post(name, content);
        const known = first.get(name);
        if (!known) {
          expect({ status, replayed }).toEqual({ status: 201, replayed: false });
          first.set(name, { body: JSON.stringify(content), text });
        } else if (known.body === JSON.stringify(content)) {
          expect({ status, text, replayed }).toEqual({
            status: 201,
            text: known.text,
            replayed: true,
          });
        } else expect(status).toBe(422);
      }
      expect(bench.counted.made).toBe(first.size);
    }),
    { numRuns: 40 },
  );
});
