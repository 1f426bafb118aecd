import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasRedisServer, type RedisServer, startRedisServer } from '../harness/redis-server.ts';
import { type Hosted, openHosted } from '../sign-in/hosted.ts';

/** What the limits promise, asked of the whole service over HTTP, as its proxy would ask. */

let hosted: Hosted;
let redis: RedisServer | null = null;
beforeAll(async () => {
  if (hasRedisServer) redis = await startRedisServer();
  hosted = await openHosted(redis ? { REDIS_URL: redis.url } : {});
});
afterAll(async () => {
  await hosted.close();
  await redis?.close();
});

type Visitor = ReturnType<Hosted['visit']>;

/** A signed-in visitor and the headers of a key of theirs. */
async function enter(sub: string) {
  hosted.google.twist = { sub, email: `${sub}@example.org` };
  const visitor = hosted.visit();
  expect(await visitor.signIn()).toBe('/');
  const made = await visitor.ask('POST', '/app/keys', { body: { name: 'one' } });
  const { key } = Object(await made.json());
  return { visitor, byKey: { authorization: `Bearer ${key}` } };
}

async function told(answer: Response) {
  const { code = null } = Object(JSON.parse((await answer.text()) || '{}'));
  return { status: answer.status, code, retryAfter: answer.headers.get('retry-after') };
}

test('of 200 requests of a key at once 120 pass, and every other is told when to come again', async () => {
  const { visitor, byKey } = await enter('parallel');
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () =>
      told(await visitor.ask('GET', '/v1/formats', { headers: byKey })),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(120);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(80);
  for (const { code, retryAfter } of refused) {
    expect(code).toBe('rate_limited');
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    expect(Number(retryAfter)).toBeLessThanOrEqual(60);
  }
});

test('of 30 requests at once that begin paid work 10 pass, by whichever key, session and address', async () => {
  const { visitor, byKey } = await enter('payer');
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      // Ten addresses, and both credentials. An empty body passes the limit and is then refused.
      const headers = {
        'x-forwarded-for': `203.0.113.${index % 10}`,
        ...(index % 2 === 0 ? byKey : {}),
      };
      return told(await visitor.ask('POST', '/v1/ideas', { body: {}, headers }));
    }),
  );
  const statuses = answers.map(({ status }) => status).toSorted();
  expect(statuses).toEqual([
    ...Array.from({ length: 10 }, () => 422),
    ...Array.from({ length: 20 }, () => 429),
  ]);
  expect(answers.filter(({ retryAfter }) => retryAfter !== null)).toHaveLength(20);
});

test('whoever writes their own X-Forwarded-For is counted by the address that our proxy saw', async () => {
  const visitor = hosted.visit();
  const begin = (index: number, seen: string) => {
    const forged = [`192.0.2.${index}`, `2001:db8:${index}::1`, 'nonsense'][index % 3];
    return signInFrom(visitor, `${forged}, ${seen}`);
  };
  const statuses = [];
  for (let index = 0; index < 12; index += 1) statuses.push(await begin(index, '203.0.113.200'));
  expect(statuses.map(({ status }) => status)).toEqual([
    ...Array.from({ length: 10 }, () => 302),
    ...[429, 429],
  ]);
  expect(Number(statuses.at(-1)?.retryAfter)).toBeGreaterThanOrEqual(1);
  expect(await begin(0, '203.0.113.201')).toMatchObject({ status: 302 });
});

test('an IPv6 network is one place, however many addresses it has', async () => {
  const visitor = hosted.visit();
  const from = (address: string) => signInFrom(visitor, address);
  for (let host = 1; host <= 10; host += 1) {
    expect((await from(`2001:db8:aa:1:${host}::${host}`)).status).toBe(302);
  }
  expect((await from('2001:db8:aa:1:ffff::1')).status).toBe(429);
  expect((await from('2001:db8:aa:2::1')).status).toBe(302);
});

test.skipIf(!hasRedisServer)(
  'without Redis nobody signs in and nothing paid begins, and whoever is in goes on reading',
  async () => {
    const { visitor, byKey } = await enter('reader');
    await redis?.close();
    const away = { status: 503, code: 'limits_unavailable' };
    await expect.poll(() => signInFrom(visitor, '203.0.113.210')).toMatchObject(away);
    const work = { headers: byKey, body: { topic: 'Bees' } };
    for (const path of ['/v1/videos', '/v1/ideas', '/v1/transcripts']) {
      expect(await told(await visitor.ask('POST', path, work))).toMatchObject(away);
    }
    for (const headers of [byKey, {}]) {
      const read = await visitor.ask('GET', '/v1/videos', { headers });
      expect(read.status).toBe(200);
      expect(read.headers.get('ratelimit-limit')).toBe('120');
    }
  },
);

async function signInFrom(visitor: Visitor, forwardedFor: string) {
  const headers = { 'x-forwarded-for': forwardedFor };
  return told(await visitor.ask('POST', '/auth/signin/google', { headers }));
}
