import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAccount } from '../harness/accounts.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { clipt } from './command.ts';

let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  [database, dataDir] = await Promise.all([
    createTestDatabase(),
    mkdtemp(join(tmpdir(), 'clipt-admin-journey-')),
  ]);
});
afterAll(async () => {
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

const admin = (...args: readonly string[]) =>
  clipt(dataDir, ['admin', ...args], { DATABASE_URL: database.url });

const recordOf = async (account: string) => {
  const { rows } = await database.pool.query(
    'select action, actor_kind, actor_id, entry from audit.entries where subject = $1 order by seq',
    [account],
  );
  return rows.map(({ entry, ...row }) => ({ ...row, detail: JSON.parse(entry).detail }));
};

test('an operator takes the second factor from somebody who lost it, with a reason, on record', async () => {
  const account = await addAccount(database.db);
  await database.pool.query(
    `insert into second_factors (account_id, secret, confirmed_at, created_at)
     values ($1, $2, now(), now())`,
    [account, Buffer.alloc(32)],
  );
  const reset = (...args: readonly string[]) => admin('reset-two-factor', account, ...args);
  const reason = 'They lost their telephone and their codes.';
  const isOn = async () => {
    const found = await database.pool.query('select 1 from second_factors where account_id = $1', [
      account,
    ]);
    return found.rows.length === 1;
  };

  for (const [args, words] of [
    [['--yes'], /required option '--reason/],
    [['--reason', 'Too short', '--yes'], /10 to 500 characters/],
    [['--reason', reason], /Add --yes/],
  ] as const) {
    expect(await reset(...args)).toMatchObject({ status: 2, stderr: expect.stringMatching(words) });
  }
  const named = await reset('--reason', 'Asked for by ada@example.org', '--yes');
  expect(named).toMatchObject({ status: 1, stderr: expect.stringContaining('e-mail address') });
  expect(await isOn()).toBe(true);

  const done = await reset('--reason', reason, '--yes', '--json');
  expect(done.status).toBe(0);
  expect(JSON.parse(done.stdout)).toEqual({
    ...{ account_id: account, reset: true, ended_sessions: 0 },
  });
  expect(await isOn()).toBe(false);
  expect(await recordOf(account)).toEqual([
    {
      ...{ action: 'two_factor.reset', actor_kind: 'operator', actor_id: null },
      detail: { reason },
    },
  ]);
  const again = await reset('--reason', reason, '--yes');
  expect(again).toMatchObject({ status: 1, stdout: '' });
});
