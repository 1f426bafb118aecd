import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/database.ts';
import { silentLog as log } from '../log.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
let pool: pg.Pool;
let dir: string;

beforeEach(async () => {
  database = await createTestDatabase();
  ({ pool } = database);
  // The product's own migrations are in the template; here only these tests' are.
  await pool.query('drop table if exists applied_migration');
  dir = await mkdtemp(join(tmpdir(), 'clipt-migrations-'));
});

afterEach(async () => {
  await database.close();
  await rm(dir, { recursive: true, force: true });
});

const write = (file: string, text: string) => writeFile(join(dir, file), text);

async function hasTable(name: string): Promise<boolean> {
  const { rows } = await pool.query('select to_regclass($1) is not null as found', [name]);
  return rows[0]?.found === true;
}

test('migrations are applied once, in order, and a warm start applies none', async () => {
  await write(
    '0001-first.sql',
    'create table first_thing (a int); insert into first_thing values (1);',
  );
  await write('0002-second.sql', 'alter table first_thing add b int not null default 2;');
  expect(await migrate({ pool, dir, log })).toBe(2);
  expect(await migrate({ pool, dir, log })).toBe(0);
  expect((await pool.query('select a, b from first_thing')).rows).toEqual([{ a: 1, b: 2 }]);
});

test('processes that migrate at once apply each migration once', async () => {
  await write('0001-first.sql', 'create table first_thing (a int);');
  const counts = await Promise.all([1, 2, 3, 4].map(() => migrate({ pool, dir, log })));
  expect(counts.sort()).toEqual([0, 0, 0, 1]);
});

test('a migration that fails leaves the database as it was before it and names the file', async () => {
  await write('0001-first.sql', 'create table first_thing (a int);');
  await write('0002-second.sql', 'create table second_thing (a int); select 1 / 0;');
  await expect(migrate({ pool, dir, log })).rejects.toMatchObject({
    code: 'migration_failed',
    message: expect.stringContaining('0002-second.sql'),
  });
  expect([await hasTable('first_thing'), await hasTable('second_thing')]).toEqual([true, false]);
});

test('a migration altered after it was applied is refused', async () => {
  await write('0001-first.sql', 'create table first_thing (a int);');
  await migrate({ pool, dir, log });
  await write('0001-first.sql', 'create table first_thing (a bigint);');
  await expect(migrate({ pool, dir, log })).rejects.toMatchObject({ code: 'migration_altered' });
});

test('a database that a newer version migrated is refused', async () => {
  await write('0001-first.sql', 'create table first_thing (a int);');
  await write('0002-second.sql', 'create table second_thing (a int);');
  await migrate({ pool, dir, log });
  await rm(join(dir, '0002-second.sql'));
  await expect(migrate({ pool, dir, log })).rejects.toMatchObject({ code: 'database_newer' });
});

test('a gap or a double in the numbers is refused before anything is applied', async () => {
  await write('0001-first.sql', 'create table first_thing (a int);');
  await write('0003-third.sql', 'create table third_thing (a int);');
  await expect(migrate({ pool, dir, log })).rejects.toMatchObject({ code: 'migration_misnamed' });
  expect(await hasTable('first_thing')).toBe(false);
});

test('a folder that is not there has no migrations', async () => {
  expect(await migrate({ pool, dir: join(dir, 'none'), log })).toBe(0);
});
