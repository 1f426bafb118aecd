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

test('an operator finds accounts, views one, and reads the records, page by page and on record', async () => {
  const ids = [await addAccount(database.db), await addAccount(database.db)];
  const [older = '', newer = ''] = ids;
  for (const id of ids) {
    await database.pool.query(
      `update accounts set email = 'journey.' || id || '@example.org' where id = $1`,
      [id],
    );
  }
  const json = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await admin(...args, '--json');
    expect([status, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  };
  const first = await json('accounts', 'Journey.', '--limit', '1');
  expect(first).toMatchObject({ data: [{ id: newer }], next_before: newer });
  const second = await json('accounts', 'journey.', '--before', newer);
  expect(second).toMatchObject({ data: [{ id: older, state: 'active' }], next_before: null });

  expect(await json('show', older)).toMatchObject({ id: older, videos: 0, two_factor_since: null });
  const shown = await admin('show', older);
  expect(shown.stdout).toContain(`id: ${older}\n`);
  expect(await recordOf(older)).toMatchObject([
    { action: 'support.account_viewed', actor_kind: 'operator', actor_id: null },
    { action: 'support.account_viewed' },
  ]);

  const audit = await json('audit', '--account', older, '--limit', '1');
  expect(audit.data).toMatchObject([{ action: 'support.account_viewed', account_id: older }]);
  const rest = await json('audit', '--account', older, '--before', audit.next_before);
  expect(rest.data).toHaveLength(1);
  const searches = await admin('audit', '--action', 'support.accounts_searched');
  expect(searches.stdout).toMatch(/by operator {2}– {2}– {2}by=email {2}chars=8 {2}fingerprint=/);
  expect(searches.stdout).not.toContain('journey');
  expect(await admin('audit', '--action', 'made.up')).toMatchObject({
    ...{ status: 2, stderr: expect.stringContaining('--action') },
  });

  await database.pool.query(
    `insert into moderation_matches (id, account_id, category, rule_id)
     values ('mod_0', $1, 'hate', 'one'), ('mod_1', $2, 'fraud', 'two')`,
    ids,
  );
  const refused = await json('moderation');
  expect(refused.data).toMatchObject([{ rule_id: 'two' }, { rule_id: 'one' }]);
  const theirs = await admin('moderation', '--account', older);
  expect(theirs.stdout).toMatch(/hate {2}one\n$/);
});
