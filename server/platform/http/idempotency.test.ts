import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/database.ts';
import { keyOf, makeTestApp } from '../../../tests/harness/http-app.ts';
import { type AccountId, newId } from '../ids.ts';
import { sql } from '../postgres/drizzle.ts';
import { Problem } from '../problem.ts';
import { type Answer, defineEndpoint, type EndpointRequest } from './endpoint.ts';
import { makeIdempotency, parseIdempotencyKey, purgeIdempotencyKeys } from './idempotency.ts';

let database: TestDatabase;
const account = newId('acc');
const other = newId('acc');
/** How often a handler has run to its end. */
let made = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  await pool.query('create table things (name text)');
  // Two accounts, of which the product knows only one so far.
  await pool.query('alter table accounts drop constraint accounts_kind_check');
  for (const id of [account, other]) {
    await pool.query(
      "insert into accounts (id, kind, storage_prefix) values ($1, 'test', $1::text)",
      [id],
    );
  }
});
afterAll(() => database.close());
beforeEach(() => {
  made = 0;
});

type Handle = (
  request: EndpointRequest<unknown, unknown, unknown, unknown>,
) => Promise<Answer | Response>;

async function makeThing(): Promise<Answer> {
  made += 1;
  return { status: 201, headers: { Location: `/v1/things/${made}` }, body: { b: made, a: 2 } };
}

type Sent = { readonly path?: string; readonly from?: AccountId | null };

/** Posts to an application whose operations are all `handle`. */
function poster(handle: Handle, { timeoutMs = 5_000, idempotent = true } = {}) {
  const endpoints = ['/v1/things', '/v1/things/{id}/parts'].map((path, i) =>
    defineEndpoint({
      ...{ method: 'post', path, operationId: `make${i}`, summary: 'Make', tag: 'Things' },
      ...{ access: 'videos:write', limit: 'write', timeoutMs, idempotent },
      body: z.looseObject({}),
      answers: { 201: { description: 'Made' } },
      handle,
    }),
  );
  return async (key: string | null, body: unknown = { name: 'x' }, sent: Sent = {}) => {
    const { path = '/v1/things', from = account } = sent;
    const app = makeTestApp({
      endpoints,
      caller: from && keyOf(from, 'videos:write'),
      idempotency: makeIdempotency(database.db),
    });
    const answer = await app.request(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === null ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    const { code } = z.looseObject({ code: z.string().optional() }).parse(JSON.parse(text || '{}'));
    return {
      status: answer.status,
      text,
      code,
      location: answer.headers.get('location'),
      type: answer.headers.get('content-type'),
      retryAfter: answer.headers.get('retry-after'),
      replayed: answer.headers.get('idempotency-replayed') === 'true',
    };
  };
}

async function countThings(): Promise<number> {
  const { rows } = await database.pool.query('select count(*)::int as n from things');
  return z.object({ n: z.number() }).parse(rows[0]).n;
}

/** As if the process that held the key had died, and its time were over. */
function expire(key: string) {
  return database.pool.query(
    "update idempotency_keys set locked_until = now() - interval '1 second' where key = $1",
    [key],
  );
}

function age(key: string, hours: number) {
  return database.pool.query(
    'update idempotency_keys set created_at = now() - make_interval(hours => $2) where key = $1',
    [key, hours],
  );
}

function refuse(kind: Problem['kind'], code: string, status?: number) {
  return async (): Promise<Answer> => {
    made += 1;
    throw new Problem({ kind, code, status, message: 'No.' });
  };
}

describe('the same key and body', () => {
  test('make once, and a repeat gets the first status, headers and bytes', async () => {
    const post = poster(makeThing);
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
    expect(made).toBe(2);
  });

  test('make once however many arrive at the same time', async () => {
    const post = poster(async ({ saveAnswer }) => {
      made += 1;
      const answer = { status: 201, body: { made } };
      await database.db.transaction(async (tx) => {
        await tx.execute(sql`insert into things (name) values ('parallel')`);
        await saveAnswer(tx, answer);
      });
      return answer;
    });
    const before = await countThings();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('parallel')));
    expect(made).toBe(1);
    expect(await countThings()).toBe(before + 1);
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
    const post = poster(async () => ({ status: 200, body: { name } }));
    const first = await post('characters');
    expect(JSON.parse(first.text)).toEqual({ name });
    expect(await post('characters')).toEqual({ ...first, replayed: true });
  });

  test('get answers without a body, and responses of the handler itself', async () => {
    const empty = poster(async () => ({ status: 204 }));
    await empty('empty');
    expect(await empty('empty')).toMatchObject({ status: 204, text: '', replayed: true });
    const own = poster(async () => Response.json({ a: 1 }, { status: 202 }));
    const first = await own('own');
    expect(await own('own')).toEqual({ ...first, replayed: true });
    const page = poster(async () => {
      made += 1;
      return new Response('text', { headers: { 'Content-Type': 'text/plain' } });
    });
    // Only answers in JSON can be kept; nothing else is made under a key.
    const ask = () => page('page').catch(() => null);
    await ask();
    await ask();
    expect(made).toBe(2);
  });
});

describe('a key', () => {
  test('with another body is refused, whether the first is answered or not', async () => {
    const post = poster(makeThing);
    await post('body', { name: 'x' });
    const reused = { status: 422, code: 'idempotency_key_reused' };
    expect(await post('body', { name: 'y' })).toMatchObject(reused);
    expect(await post('body', { name: 'x', more: null })).toMatchObject(reused);
    expect(made).toBe(1);
  });

  test('with another query is refused', async () => {
    const post = poster(makeThing);
    await post('query');
    expect(await post('query', undefined, { path: '/v1/things?a=1' })).toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  test('counts for one account and one address', async () => {
    const post = poster(makeThing);
    await post('scope');
    expect((await post('scope', undefined, { from: other })).replayed).toBe(false);
    expect((await post('scope', undefined, { path: '/v1/things/1/parts' })).replayed).toBe(false);
    expect((await post('scope', undefined, { path: '/v1/things/2/parts' })).replayed).toBe(false);
    expect(made).toBe(4);
  });

  test('is forgotten after a day', async () => {
    const post = poster(makeThing);
    await post('day');
    await age('day', 23);
    expect((await post('day')).replayed).toBe(true);
    await age('day', 25);
    expect((await post('day', { name: 'another' })).replayed).toBe(false);
    expect(made).toBe(2);
  });

  test('is not needed, and means nothing where nothing is kept', async () => {
    const post = poster(makeThing);
    await post(null);
    await post(null);
    const harmless = poster(makeThing, { idempotent: false });
    await harmless('harmless');
    expect((await harmless('harmless')).replayed).toBe(false);
    expect(await post('nobody', undefined, { from: null })).toMatchObject({ status: 401 });
    expect(made).toBe(4);
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
    const post = poster(refuse(kind, code));
    const first = await post(`kept-${code}`);
    expect(first).toMatchObject({ status, code, type: 'application/problem+json' });
    expect(await post(`kept-${code}`)).toEqual({ ...first, replayed: true });
    expect(made).toBe(1);
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
    const post = poster(refuse(kind, code, status));
    expect(await post(`freed-${code}`)).toMatchObject({ status, replayed: false });
    expect(await post(`freed-${code}`)).toMatchObject({ status, replayed: false });
    expect(made).toBe(2);
  });
});

describe('an answer saved by its handler', () => {
  const insert = (name: string) => sql`insert into things (name) values (${name})`;

  test('stands with what it tells of, even when the handler fails afterwards', async () => {
    const post = poster(async ({ saveAnswer }) => {
      await database.db.transaction(async (tx) => {
        await tx.execute(insert('saved'));
        await saveAnswer(tx, { status: 201, headers: { Location: '/v1/things/7' }, body: {} });
      });
      throw new Error('after the transaction');
    });
    expect(await post('saved')).toMatchObject({ status: 500 });
    expect(await post('saved')).toMatchObject({
      status: 201,
      location: '/v1/things/7',
      replayed: true,
    });
  });

  test('is gone with the transaction that was rolled back', async () => {
    const before = await countThings();
    const post = poster(async ({ saveAnswer }) => {
      made += 1;
      await database.db.transaction(async (tx) => {
        await tx.execute(insert('rolled back'));
        await saveAnswer(tx, { status: 201, body: {} });
        if (made === 1) throw new Error('before the commit');
      });
      return { status: 201, body: { made } };
    });
    expect(await post('rollback')).toMatchObject({ status: 500 });
    expect(await countThings()).toBe(before);
    expect(await post('rollback')).toMatchObject({ status: 201, replayed: false });
    expect(await countThings()).toBe(before + 1);
  });

  test('is saved anew by a transaction that is tried again', async () => {
    const post = poster(async ({ saveAnswer }) => {
      for (let tries = 1; tries <= 2; tries += 1) {
        await database.db
          .transaction(async (tx) => {
            await saveAnswer(tx, { status: 201, body: { tries } });
            if (tries === 1) throw new Error('serialization failure');
          })
          .catch(() => undefined);
      }
      return { status: 201, body: { tries: 2 } };
    });
    await post('tries');
    expect(await post('tries')).toMatchObject({ text: '{"tries":2}', replayed: true });
  });

  test('does not keep repeats waiting while its transaction is open', async () => {
    const saved = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const post = poster(async ({ saveAnswer }) => {
      await database.db.transaction(async (tx) => {
        await saveAnswer(tx, { status: 201, body: {} });
        saved.resolve();
        await commit.promise;
      });
      return { status: 201, body: {} };
    });
    const first = post('open');
    await saved.promise;
    expect(await post('open')).toMatchObject({ code: 'idempotency_in_progress' });
    commit.resolve();
    expect(await first).toMatchObject({ status: 201 });
  });
});

describe('a process that died while it answered', () => {
  /** A handler that never ends: what a killed process leaves is a row without an answer. */
  const die = poster(() => new Promise(() => undefined), { timeoutMs: 20 });

  test('keeps the key for its time and half a minute; then the same request takes it over', async () => {
    const post = poster(makeThing, { timeoutMs: 20 });
    expect(await die('died')).toMatchObject({ status: 504, code: 'timed_out' });
    expect(await post('died')).toMatchObject({ code: 'idempotency_in_progress' });
    const { rows } = await database.pool.query(
      `select locked_until between now() + interval '25 s' and now() + interval '31 s' as is_held
       from idempotency_keys where key = 'died'`,
    );
    expect(rows).toEqual([{ is_held: true }]);
    await expire('died');
    expect(await post('died', { name: 'y' })).toMatchObject({ code: 'idempotency_key_reused' });
    expect(await post('died')).toMatchObject({ status: 201, replayed: false });
    expect(await post('died')).toMatchObject({ status: 201, replayed: true });
    expect(made).toBe(1);
  });

  test('is taken over by one of many', async () => {
    await die('taken');
    await expire('taken');
    const post = poster(makeThing);
    await Promise.all(Array.from({ length: 20 }, () => post('taken')));
    expect(made).toBe(1);
  });

  test('makes nothing once another has taken over, should it live after all', async () => {
    const goOn = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const before = await countThings();
    const slow = poster(async ({ saveAnswer }) => {
      begun.resolve();
      await goOn.promise;
      await database.db.transaction(async (tx) => {
        await tx.execute(sql`insert into things (name) values ('late')`);
        await saveAnswer(tx, { status: 201, body: { by: 'slow' } });
      });
      return { status: 201, body: { by: 'slow' } };
    });
    const first = slow('alive');
    await begun.promise;
    await expire('alive');
    const post = poster(async () => ({ status: 201, body: { by: 'quick' } }));
    expect(await post('alive')).toMatchObject({ text: '{"by":"quick"}' });
    goOn.resolve();
    expect(await first).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
    expect(await countThings()).toBe(before);
    expect(await post('alive')).toMatchObject({ text: '{"by":"quick"}', replayed: true });
  });
});

test('old keys are removed a thousand at a time', async () => {
  await database.pool.query('delete from idempotency_keys');
  await database.pool.query(
    `insert into idempotency_keys (account_id, route, key, body_hash, holder, locked_until, created_at)
     select $1, 'POST /v1/things', n, '', '', now(), now() - make_interval(hours => case when n <= 1200 then 25 else 1 end)
     from generate_series(1, 1205) n`,
    [account],
  );
  expect(await purgeIdempotencyKeys(database.db)).toBe(1000);
  expect(await purgeIdempotencyKeys(database.db)).toBe(200);
  expect(await purgeIdempotencyKeys(database.db)).toBe(0);
});

test('whatever is asked in whatever order, each key makes one thing and answers alike', async () => {
  const post = poster(makeThing);
  const key = fc.constantFrom('p1', 'p2', 'p3');
  const body = fc.constantFrom({ a: 1 }, { a: 2 }, { a: [1, { b: null }] });
  const asked = fc.array(fc.tuple(key, body), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(asked, async (requests) => {
      await database.pool.query('delete from idempotency_keys');
      made = 0;
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
      expect(made).toBe(first.size);
    }),
    { numRuns: 40 },
  );
});
