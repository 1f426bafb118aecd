import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/database.ts';
import { sql } from '../postgres/drizzle.ts';
import { claimPermit, countPermits, holdPermit, makeWithLane, releasePermit } from './permits.ts';

let database: TestDatabase;
const never = new AbortController().signal;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const claim = (lane: { name: string; limit: number }, holder: string, leaseMs: number | null) =>
  database.db.transaction((tx) => claimPermit(tx, lane, holder, leaseMs));

test('of 40 claims at once on a lane of 3, exactly 3 are granted', async () => {
  const lane = { name: 'strict', limit: 3 };
  const claims = Array.from({ length: 40 }, (_, index) => claim(lane, `holder ${index}`, null));
  const granted = (await Promise.all(claims)).filter(Boolean);
  expect(granted).toHaveLength(3);
  expect(await countPermits(database.db, lane)).toBe(3);
});

test('a holder claims its own permit again without taking a second place', async () => {
  const lane = { name: 'again', limit: 1 };
  expect(await claim(lane, 'one', null)).toBe(true);
  expect(await claim(lane, 'one', null)).toBe(true);
  expect(await claim(lane, 'two', null)).toBe(false);
  await releasePermit(database.db, lane, 'one');
  expect(await claim(lane, 'two', null)).toBe(true);
});

test('a permit of a process that is gone falls back when its lease is over', async () => {
  const lane = { name: 'lease', limit: 1 };
  expect(await holdPermit(database.db, lane, 'dead')).not.toBeNull();
  expect(await holdPermit(database.db, lane, 'next')).toBeNull();
  await database.db.execute(
    sql`update permits set expires_at = now() - interval '1 s' where lane = 'lease'`,
  );
  expect(await holdPermit(database.db, lane, 'next')).not.toBeNull();
});

test('work that waits for a permit begins when one is given back, never before', async () => {
  const lane = { name: 'turns', limit: 2 };
  const withLane = makeWithLane(database.db);
  let running = 0;
  let most = 0;
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await database.db.execute(sql`select pg_sleep(0.02)`);
    running -= 1;
  };
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => withLane(lane, `job ${index}`, never, work)),
  );
  expect(most).toBe(2);
});
