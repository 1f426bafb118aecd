import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sessionOf } from '../../tests/harness/http-app.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../tests/harness/redis-server.ts';
import type { Caller } from '../platform/http/endpoint.ts';
import { silentLog } from '../platform/log.ts';
import { type OpenRedis, openRedis } from '../platform/redis/redis.ts';
import { makeLimits } from './limits.ts';

const settings = { requestsPerMinute: 40, videosPerMinute: 10 };
let uses = 0;
/** A caller and an address that nothing was counted for yet. */
function newcomer() {
  uses += 1;
  const caller: Caller = {
    accountId: `acc_${uses}`,
    via: { kind: 'key', keyId: `key_${uses}`, publicId: `${uses}`, scopes: new Set() },
  };
  return { caller, ip: `203.0.113.${uses}` };
}
const inSession = ({ accountId }: Caller, sessionId: `ses_${string}`): Caller =>
  sessionOf(accountId, { sessionId });

let server: RedisServer | null = null;
let redis: OpenRedis | null = null;
beforeAll(async () => {
  if (!hasRedisServer) return;
  server = await startRedisServer();
  redis = await openRedis(server.url, silentLog);
});
afterAll(async () => {
  await redis?.close();
  await server?.close();
});

const stores: readonly (readonly [string, () => Redis | null, boolean])[] = [
  ['in memory', () => null, true],
  ['in Redis', () => redis?.client ?? null, hasRedisServer],
];

describe.each(stores)('%s', (_, store, isThere) => {
  const open = () => makeLimits({ redis: store(), settings });

  test.skipIf(!isThere)(
    'of 200 requests at once, exactly as many pass as the limit says',
    async () => {
      const { caller, ip } = newcomer();
      // Over Redis, machines count together.
      const [here, there] = [open(), store() === null ? null : open()];
      const states = await Promise.all(
        Array.from({ length: 200 }, (__, index) =>
          ((index % 2 === 0 ? null : there) ?? here).take({ class: 'read', caller, ip }),
        ),
      );
      const passed = states.filter(({ allowed }) => allowed);
      expect(passed).toHaveLength(40);
      expect(passed.map(({ remaining }) => remaining).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 40 }, (__, left) => left),
      );
      for (const { limit, resetSeconds } of states) {
        expect(limit).toBe(40);
        expect(resetSeconds).toBeGreaterThanOrEqual(1);
        expect(resetSeconds).toBeLessThanOrEqual(60);
      }
    },
  );

  test.skipIf(!isThere)(
    'the last request within a limit passes, and the next does not',
    async () => {
      const { caller, ip } = newcomer();
      const limits = open();
      const take = () => limits.take({ class: 'write', caller, ip });
      for (let left = 39; left >= 1; left -= 1) {
        expect(await take()).toMatchObject({ allowed: true, remaining: left });
      }
      expect(await take()).toMatchObject({ allowed: true, remaining: 0 });
      expect(await take()).toMatchObject({ allowed: false, remaining: 0 });
    },
  );

  test.skipIf(!isThere)('sign-ins are counted by the network, whoever says what', async () => {
    const limits = open();
    uses += 1;
    const at = (host: number) => `2001:db8:${uses}:1::${host}`;
    const signIn = (ip: string) => limits.take({ class: 'auth', caller: null, ip });
    for (let host = 1; host <= 10; host += 1) {
      expect((await signIn(at(host))).allowed).toBe(true);
    }
    expect((await signIn(at(11))).allowed).toBe(false);
    expect((await signIn(`2001:db8:${uses}:2::1`)).allowed).toBe(true);
  });

  test.skipIf(!isThere)(
    'paid work is counted by the account over all its keys and sessions',
    async () => {
      const { caller, ip } = newcomer();
      const limits = open();
      const callers = [caller, inSession(caller, 'ses_a'), inSession(caller, 'ses_b')];
      const states = [];
      for (let count = 0; count < 12; count += 1) {
        const who = callers[count % 3] ?? caller;
        states.push(await limits.take({ class: 'generate', caller: who, ip }));
      }
      expect(states.map(({ allowed }) => allowed)).toEqual([
        ...Array.from({ length: 10 }, () => true),
        false,
        false,
      ]);
      // What else the key does is another count.
      expect((await limits.take({ class: 'read', caller, ip })).allowed).toBe(true);
    },
  );

  test.skipIf(!isThere)(
    'the scarcer of two limits is told, and what one account is refused costs no other',
    async () => {
      const { ip } = newcomer();
      const limits = open();
      const spend = async (times: number) => {
        const { caller } = newcomer();
        const states = [];
        for (let count = 0; count < times; count += 1) {
          states.push(await limits.take({ class: 'generate', caller, ip }));
        }
        return states;
      };
      expect((await spend(12)).at(-1)).toMatchObject({ allowed: false, limit: 10 });
      expect((await spend(12)).at(-1)).toMatchObject({ allowed: false, limit: 10 });
      // 10 and 10 of 30 are spent: the third account has 10 of its own and 10 of the address.
      const third = await spend(5);
      expect(third.at(-1)).toMatchObject({ allowed: true, limit: 10, remaining: 5 });
      expect((await spend(3)).at(-1)).toMatchObject({ allowed: true, limit: 30, remaining: 2 });
      expect(await spend(3)).toMatchObject([
        { allowed: true, limit: 30, remaining: 1 },
        { allowed: true, limit: 30, remaining: 0 },
        { allowed: false, limit: 30, remaining: 0 },
      ]);
    },
  );
});

test.skipIf(!hasRedisServer)(
  'a Redis that hangs is away as well, and is back once it answers',
  async () => {
    const own = await startRedisServer();
    const connection = await openRedis(own.url, silentLog);
    const limits = makeLimits({ redis: connection.client, settings });
    const { caller, ip } = newcomer();
    const take = (kind: 'read' | 'generate' | 'auth') =>
      limits.take({ class: kind, caller: kind === 'auth' ? null : caller, ip });
    const unavailable = { code: 'limits_unavailable', status: 503 };
    try {
      own.pause();
      const [signIn, work, read] = await Promise.allSettled([
        ...[take('auth'), take('generate'), take('read')],
      ]);
      expect(signIn).toMatchObject({ reason: unavailable });
      expect(work).toMatchObject({ reason: unavailable });
      expect(read).toMatchObject({ value: { allowed: true, remaining: 39 } });
      own.resume();
      await expect.poll(() => take('auth').catch(() => null)).toMatchObject({ allowed: true });
    } finally {
      await connection.close();
      await own.close();
    }
  },
);

test('a minute later the count begins anew', async () => {
  vi.useFakeTimers();
  try {
    const { caller, ip } = newcomer();
    const limits = makeLimits({ redis: null, settings: { ...settings, requestsPerMinute: 1 } });
    const take = () => limits.take({ class: 'read', caller, ip });
    expect((await take()).allowed).toBe(true);
    vi.advanceTimersByTime(59_000);
    expect(await take()).toMatchObject({ allowed: false, resetSeconds: 1 });
    vi.advanceTimersByTime(1_000);
    expect((await take()).allowed).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test.skipIf(!hasRedisServer)(
  'while Redis is away reads are counted here, and what signs in or spends is refused; with it, all is as before',
  async () => {
    const own = await startRedisServer();
    const connection = await openRedis(own.url, silentLog);
    const limits = makeLimits({ redis: connection.client, settings });
    const { caller, ip } = newcomer();
    const take = (kind: 'read' | 'write' | 'generate' | 'auth') =>
      limits.take({ class: kind, caller: kind === 'auth' ? null : caller, ip });
    const unavailable = { code: 'limits_unavailable', status: 503, retryable: true };
    try {
      expect((await take('auth')).allowed).toBe(true);
      await own.close();
      await expect.poll(() => connection.client.status).not.toBe('ready');
      await expect(take('auth')).rejects.toMatchObject(unavailable);
      await expect(take('generate')).rejects.toMatchObject(unavailable);
      const reads = [];
      for (let count = 0; count < 41; count += 1) reads.push(await take('read'));
      expect(reads.filter(({ allowed }) => allowed)).toHaveLength(40);

      const back = await startRedisServer(own.port);
      try {
        await expect.poll(() => connection.client.status, { timeout: 10_000 }).toBe('ready');
        expect(await take('auth')).toMatchObject({ allowed: true, remaining: 9 });
        expect((await take('generate')).allowed).toBe(true);
      } finally {
        await back.close();
      }
    } finally {
      await connection.close();
      await own.close();
    }
  },
);
