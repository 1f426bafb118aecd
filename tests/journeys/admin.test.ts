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

test('an operator sees what came to nothing and tries it again, once and on record', async () => {
  const account = await addAccount(database.db);
  await database.pool.query(
    `insert into purchases (id, account_id, kind, model, status, unit, units, cost_micro_usd, ended_at)
     values ('pur_0190000000007000800000000000000b', $1, 'script', 'chat', 'uncertain', 'tokens', 1, 9, now())`,
    [account],
  );
  // The first look makes the queue.
  const first = await admin('dead-letters');
  expect(first.stdout).toMatch(
    /pur_\w+ {2}purchase {2}script by chat {2}acc_.* {2}cannot be retried\n$/,
  );
  await database.pool.query(
    `insert into pgboss.job (id, name, data, source_name, source_retry_count)
     values ('5f0c1a52-91c6-4a3e-8a74-0f6a3f5f7a10', 'mails.dead', '{"mail_id": "eml_1"}', 'mails', 3)`,
  );
  const listed = await admin('dead-letters', '--kind', 'job', '--json');
  const { data } = JSON.parse(listed.stdout);
  expect(data).toMatchObject([{ kind: 'job', what: 'mails', tries: 4, can_be_retried: true }]);
  const retry = (id: string) => admin('dead-letters', '--retry', id);
  expect(await retry(data[0].id)).toMatchObject({ status: 0, stdout: 'It is on its way again.\n' });
  expect(await retry(data[0].id)).toMatchObject({ status: 1, stdout: '' });
  expect(await retry('pur_0190000000007000800000000000000b')).toMatchObject({
    ...{ status: 1, stderr: expect.stringContaining('it is not bought again') },
  });
  const { rows } = await database.pool.query(
    `select actor_kind, entry::jsonb ->> 'target' as target from audit.entries where action = 'dead_letter.retried'`,
  );
  expect(rows).toEqual([{ actor_kind: 'operator', target: data[0].id }]);
});
