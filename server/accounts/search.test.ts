import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { accountOfIdentity, ensureOwner, readAccountQuery, searchAccounts } from './accounts.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  for (const email of [
    ...['Ada@Example.org', 'adam@example.org', 'ad%m@example.org', 'ad_m@example.org'],
    ...['bob@ada.example', 'ÅDA@example.org', 'ada\\m@example.org'],
  ]) {
    const told = { issuer: 'https://issuer.test', subject: email, email, name: null };
    await accountOfIdentity(database.db, told);
  }
  await ensureOwner(database.db);
});
afterAll(() => database.close());

const search = async (text: string, page: { before?: string; limit?: number } = {}) => {
  const { before = null, limit = 20 } = page;
  return await searchAccounts(database.db, readAccountQuery(text), { before, limit });
};
const emails = async (text: string) => (await search(text)).map(({ email }) => email);

test('accounts are found by how their address begins, however it is cased, newest first', async () => {
  expect(await emails('ADA')).toEqual([
    'ada\\m@example.org',
    'adam@example.org',
    'ada@example.org',
  ]);
  expect(await emails(' ada@Example.org ')).toEqual(['ada@example.org']);
  expect(await emails('åda')).toEqual(['åda@example.org']);
  expect(await emails('example.org')).toEqual([]);
});

test('no sign in what was typed means anything but itself', async () => {
  expect(await emails('ad%')).toEqual(['ad%m@example.org']);
  expect(await emails('ad_m')).toEqual(['ad_m@example.org']);
  expect(await emails('ada\\')).toEqual(['ada\\m@example.org']);
  expect(await emails(`' or '1'='1`)).toEqual([]);
});

test('an id finds its account alone, also one without an address', async () => {
  const owner = await ensureOwner(database.db);
  expect(await search(owner)).toMatchObject([{ id: owner, email: null }]);
  expect(await search(owner.toUpperCase())).toMatchObject([{ id: owner }]);
  expect(await search(owner.slice(0, -1))).toEqual([]);
  expect(await search('acc_00000000000000000000000000000000')).toEqual([]);
});

test('pages follow one another without a gap, with one more than was asked for, whoever comes meanwhile', async () => {
  const first = await search('ad', { limit: 2 });
  expect(first).toHaveLength(3);
  const told = { issuer: 'https://issuer.test', subject: 'new', email: 'adz@example.org' };
  await accountOfIdentity(database.db, { ...told, name: null });
  const second = await search('ad', { limit: 20, before: first[1]?.id ?? '' });
  expect([...first.slice(0, 2), ...second].map(({ email }) => email)).toEqual([
    ...['ada\\m@example.org', 'ad_m@example.org', 'ad%m@example.org', 'adam@example.org'],
    'ada@example.org',
  ]);
});

test('among many accounts an index finds them', async () => {
  await database.pool.query(`
    insert into accounts (id, kind, storage_prefix, email)
    select 'acc_' || md5(n::text), 'user', 'many' || n, md5(n::text) || '@example.org'
    from generate_series(1, 5000) n`);
  await database.pool.query('analyze accounts');
  const { rows } = await database.pool.query(
    `explain (format json) select * from accounts
     where starts_with(email collate "C", 'ada@') order by id desc limit 21`,
  );
  expect(JSON.stringify(rows)).toContain('accounts_by_email');
});
