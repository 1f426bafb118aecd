import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { OWNED_TABLES, REGISTRY, type TableEntry } from './registry.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const columnsOf = (entry: TableEntry) => [...entry.export, ...entry.secret, ...entry.internal];

async function readColumns(): Promise<Readonly<Record<string, readonly string[]>>> {
  const { rows } = await database.pool.query<{ name: string; columns: string[] }>(`
    select case table_schema when 'public' then '' else table_schema || '.' end || table_name as name,
      array_agg(column_name::text order by column_name) as columns
    from information_schema.columns where table_schema in ('public', 'audit')
    group by 1`);
  return Object.fromEntries(rows.map(({ name, columns }) => [name, columns.toSorted()]));
}

test('every column of every table is classified once, and no other is', async () => {
  const classified = Object.entries(REGISTRY).map(([name, entry]) => [
    name,
    columnsOf(entry).toSorted(),
  ]);
  expect(Object.fromEntries(classified)).toEqual(await readColumns());
});

test('every schema of the product is looked at', async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^(pg_|information_schema|pgboss)'`,
  );
  expect(rows.map(({ name }) => name).toSorted()).toEqual(['audit', 'public']);
});

test('a table that names an account says how its rows belong to one', async () => {
  const naming = Object.entries(await readColumns())
    .filter(([, columns]) => columns.includes('account_id'))
    .map(([name]) => name);
  const owned = OWNED_TABLES.map(({ name }) => name);
  // What was purged stays on record.
  expect(naming.filter((name) => !owned.includes(name))).toEqual(['purges']);
  for (const { name, owner, ...entry } of OWNED_TABLES) {
    const path = owner.through
      ? (REGISTRY[owner.through.table]?.owner?.column ?? null)
      : owner.column;
    expect([name, path]).toEqual([name, name === 'accounts' ? 'id' : 'account_id']);
    expect(columnsOf({ ...entry, owner })).toContain(owner.column);
  }
});

test('rows are told apart by the primary key of their table', async () => {
  const { rows } = await database.pool.query<{ name: string; columns: string[] }>(`
    select case n.nspname when 'public' then '' else n.nspname || '.' end || t.relname as name,
      array_agg(a.attname::text order by array_position(c.conkey, a.attnum)) as columns
    from pg_constraint c
    join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
    join pg_attribute a on a.attrelid = t.oid and a.attnum = any(c.conkey)
    where c.contype = 'p' and n.nspname in ('public', 'audit') group by 1`);
  const keys = Object.entries(REGISTRY).map(([name, { primaryKey }]) => [name, primaryKey]);
  expect(Object.fromEntries(keys)).toEqual(
    Object.fromEntries(rows.map(({ name, columns }) => [name, columns])),
  );
});

test('each table comes after those that it refers to, but for a video and its current revision', async () => {
  const { rows } = await database.pool.query<{ from: string; to: string }>(`
    select distinct t.relname as "from", p.relname as "to" from pg_constraint c
    join pg_class t on t.oid = c.conrelid join pg_class p on p.oid = c.confrelid
    join pg_namespace n on n.oid = t.relnamespace
    where c.contype = 'f' and n.nspname = 'public'`);
  const order = OWNED_TABLES.map(({ name }) => name);
  const early = rows.filter(({ from, to }) => order.indexOf(from) < order.indexOf(to));
  expect(early).toEqual([{ from: 'videos', to: 'revisions' }]);
});

test('what is marked as naming stored objects is exported', () => {
  for (const { objects, storageKeys, distinct, ...entry } of OWNED_TABLES) {
    const marked = [...objects, ...storageKeys, ...(distinct === null ? [] : [distinct])];
    expect(entry.export).toEqual(expect.arrayContaining(marked));
  }
});
