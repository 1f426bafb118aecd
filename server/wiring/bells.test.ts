import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { newId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { makeBells } from './bells.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

test('a queue that could not be opened is opened by the next to ring, and stopping does not mind either', async () => {
  const bells = makeBells({ database, log: silentLog });
  const ring = () => database.db.transaction((tx) => bells.ringSteps(tx, [newId('stp')], 0));
  // A schema of somebody else under the queue's name.
  await database.pool.query('drop schema if exists pgboss cascade');
  await database.pool.query('create schema pgboss; create table pgboss.version (version text)');
  await database.pool.query("insert into pgboss.version values ('none')");
  await expect(ring()).rejects.toMatchObject({ code: 'queue_failed' });
  await bells.stop();

  await database.pool.query('drop schema pgboss cascade');
  await ring();
  const { rows } = await database.pool.query('select count(*)::int as count from pgboss.job');
  expect(rows).toEqual([{ count: 1 }]);
  await bells.stop();
});
