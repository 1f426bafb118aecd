import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/database.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../../tests/harness/redis-server.ts';
import { silentLog } from '../log.ts';
import { type OpenRedis, openRedis } from '../redis/redis.ts';
import { type Bus, makePostgresBus } from './bus.ts';
import { makeRedisBus } from './redis-bus.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

describe('over NOTIFY', () => {
  test('every subscriber of a topic hears its messages as they were, and no other topic', async () => {
    const bus = makePostgresBus(database);
    await expectTopicsKeptApart(bus);
    await bus.close();
  });

  test('a message of a transaction arrives when it commits, and never when it rolls back', async () => {
    const bus = makePostgresBus(database);
    const heard: string[] = [];
    await bus.subscribe('a', (message) => heard.push(message));
    await database.db
      .transaction(async (tx) => {
        await bus.publish(['a'], 'rolled back', tx);
        throw new Error('no');
      })
      .catch(() => undefined);
    await database.db.transaction((tx) => bus.publish(['a'], 'committed', tx));
    await expect.poll(() => heard).toEqual(['committed']);
    await bus.close();
  });

  test('a lost connection is told to the subscribers, who then hear again', async () => {
    const bus = makePostgresBus(database);
    const heard: string[] = [];
    await bus.subscribe(
      'a',
      (message) => heard.push(message),
      () => heard.push('gap'),
    );
    await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like '%listener'`,
    );
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['gap']);
    await bus.publish(['a'], 'again');
    await expect.poll(() => heard).toEqual(['gap', 'again']);
    await bus.close();
  });

  test('a message that NOTIFY cannot carry is refused before anything is sent', async () => {
    const bus = makePostgresBus(database);
    await expect(bus.publish(['a'], 'é'.repeat(4_000))).rejects.toThrow(RangeError);
    await bus.close();
  });
});

describe.skipIf(!hasRedisServer)('over Redis', () => {
  let server: RedisServer;
  let redis: OpenRedis;
  const open = (repeatMs?: number): Bus =>
    makeRedisBus({
      ...{ client: redis.client, subscriber: redis.reader, log: silentLog },
      ...(repeatMs === undefined ? {} : { repeatMs }),
    });
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.close());

  test('every subscriber of a topic hears its messages as they were, and no other topic', async () => {
    redis = await openRedis(server.url, silentLog);
    const bus = open();
    await expectTopicsKeptApart(bus);
    await bus.close();
    await redis.close();
  });

  test('a message of a transaction is heard again after the commit that the first overtook', async () => {
    redis = await openRedis(server.url, silentLog);
    const bus = open(200);
    const heard: string[] = [];
    await bus.subscribe('tx', (message) => heard.push(message));
    await database.db.transaction(async (tx) => {
      await bus.publish(['tx'], 'event', tx);
      await expect.poll(() => heard).toEqual(['event']);
    });
    await expect.poll(() => heard).toEqual(['event', 'event']);
    await bus.close();
    await redis.close();
  });

  test('closing sends at once what would be sent again later', async () => {
    redis = await openRedis(server.url, silentLog);
    const bus = open(60_000);
    await database.db.transaction((tx) => bus.publish(['closing'], 'event', tx));
    await bus.close();
    const reader = new Redis(server.url);
    await expect.poll(() => reader.xlen('clipt:bus:closing')).toBe(2);
    expect(await reader.ttl('clipt:bus:closing')).toBeGreaterThan(0);
    reader.disconnect();
    await redis.close();
  });

  test('a server that was away is no error to publishers, and a gap to subscribers', async () => {
    redis = await openRedis(server.url, silentLog);
    const bus = open();
    const heard: string[] = [];
    await bus.subscribe(
      'away',
      (message) => heard.push(message),
      () => heard.push('gap'),
    );
    await server.close();
    await bus.publish(['away'], 'lost');
    server = await startRedisServer(server.port);
    await expect.poll(() => heard, { timeout: 15_000 }).toContain('gap');
    await expect
      .poll(
        async () => {
          await bus.publish(['away'], 'again');
          return heard;
        },
        { timeout: 15_000 },
      )
      .toContain('again');
    expect(heard).not.toContain('lost');
    await bus.close();
    await redis.close();
  });
});

async function expectTopicsKeptApart(bus: Bus): Promise<void> {
  const heard: string[] = [];
  const stopFirst = await bus.subscribe('kept apart', (message) => heard.push(`1 ${message}`));
  await bus.subscribe('kept apart', (message) => heard.push(`2 ${message}`));
  await bus.subscribe('other', (message) => heard.push(`other ${message}`));
  await bus.publish(['kept apart'], 'line one\nline two');
  await expect.poll(() => heard).toEqual(['1 line one\nline two', '2 line one\nline two']);
  await stopFirst();
  await bus.publish(['kept apart'], '');
  await bus.publish(['other'], 'last');
  await expect
    .poll(() => heard.slice(2).toSorted(), { timeout: 3_000 })
    .toEqual(['2 ', 'other last']);
}
