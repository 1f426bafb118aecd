import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { accountOfIdentity, ensureOwner, findAccount, type ToldIdentity } from './accounts.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const ada: ToldIdentity = {
  issuer: 'https://issuer.test',
  subject: '1',
  email: 'Ada@Example.org',
  name: 'Ada',
};

test('an identity has one account, however many sign in by it at once for the first time', async () => {
  const told = { ...ada, subject: 'parallel' };
  const made = await Promise.all(
    Array.from({ length: 12 }, () => accountOfIdentity(database.db, told)),
  );
  expect(new Set(made.map(({ account }) => account.id)).size).toBe(1);
  expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
  const { rows } = await database.pool.query('select id from accounts where email = $1', [
    'ada@example.org',
  ]);
  expect(rows).toHaveLength(1);
});

test('another subject or issuer with the same address is somebody else', async () => {
  const first = await accountOfIdentity(database.db, ada);
  for (const other of [{ subject: '2' }, { issuer: 'https://other.test' }]) {
    const { account, isNew } = await accountOfIdentity(database.db, { ...ada, ...other });
    expect(isNew).toBe(true);
    expect(account.id).not.toBe(first.account.id);
  }
});

test('name and address are those of the latest sign-in, the address in lower case', async () => {
  const { account } = await accountOfIdentity(database.db, { ...ada, subject: '3' });
  expect(account).toMatchObject({ kind: 'user', email: 'ada@example.org', name: 'Ada' });
  const later = { ...ada, subject: '3', email: 'LOVELACE@example.org', name: null };
  const again = await accountOfIdentity(database.db, later);
  expect(again).toMatchObject({ isNew: false, account: { id: account.id, name: null } });
  expect(await findAccount(database.db, account.id)).toMatchObject({
    email: 'lovelace@example.org',
  });
});

test('there is one owner, who has no address', async () => {
  const owners = await Promise.all(Array.from({ length: 8 }, () => ensureOwner(database.db)));
  expect(new Set(owners).size).toBe(1);
  expect(await findAccount(database.db, owners[0] ?? 'acc_none')).toMatchObject({
    ...{ kind: 'owner', email: null },
  });
});
