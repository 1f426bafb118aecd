import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { killAgainAndAgain } from './killing.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

test('however often the service is killed, no video is lost and nothing is bought twice without a record', async () => {
  const report = await killAgainAndAgain({
    ...{ kills: 4, seed: 7, videos: 2, scenes: 2 },
    databaseUrl: database.url,
  });
  expect(report).toMatchObject({
    kills: 4,
    videos: { succeeded: 2 },
    clips: { things: 4, unexplained: [] },
    narrations: { things: 4, unexplained: [] },
  });
  expect(report.takes['stored']).toBe(4);
  expect(report.purchases['held']).toBeUndefined();
});
