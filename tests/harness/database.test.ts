import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

let one: TestDatabase;
let other: TestDatabase;

beforeAll(async () => {
  one = await createTestDatabase();
  other = await createTestDatabase();
});

afterAll(async () => {
  await one.close();
  await other.close();
});

test('every test file has a database of its own', async () => {
  await one.db.execute(sql`create table mark (word text)`);
  const found = await other.db.execute(sql`select to_regclass('mark')::text as name`);
  expect(found.rows).toEqual([{ name: null }]);
});
