import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { killAgainAndAgain } from './killing.ts';

/** The service is started some twenty times, which a busy machine does slowly. */
const LONGEST_MS = 900_000;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

test(
  'a service killed at every boundary of every kind of step loses no video and buys nothing twice',
  async () => {
    const { kills, purchases, ...report } = await killAgainAndAgain({
      ...{ when: { at: 'boundaries' }, videos: 1, scenes: 1 },
      databaseUrl: database.url,
    });
    expect(report).toMatchObject({
      missed: [],
      videos: { succeeded: 1 },
      clips: { things: 1, twice: 0 },
      narrations: { things: 1, twice: 0 },
    });
    // Orders that never arrived are on record beside the one that did; a kill at another step's boundary may meet one more.
    const { stored, unresolved = 0, ...others } = report.takes;
    expect({ stored, others }).toEqual({ stored: 1, others: {} });
    expect(unresolved).toBeGreaterThan(0);
    expect(purchases['uncertain']).toBeGreaterThanOrEqual(unresolved);
    expect(purchases['settled']).toBe(2);
    expect(purchases['held']).toBeUndefined();
    // Some boundaries lie so close together that one kill meets both.
    expect(kills.length).toBeGreaterThan(12);
  },
  LONGEST_MS,
);
