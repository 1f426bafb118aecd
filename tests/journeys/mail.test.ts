import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openClipt } from '../../server/main.ts';
import { readConfig } from '../../server/platform/config.ts';
import { newId } from '../../server/platform/ids.ts';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import { startResend } from '../../stand-ins/resend.ts';
import { createTestDatabase } from '../harness/database.ts';

test('a mail that is queued in one process is sent by the worker of another, once', async () => {
  await using stack = new AsyncDisposableStack();
  const database = await createTestDatabase();
  stack.defer(() => database.close());
  const dir = await mkdtemp(join(tmpdir(), 'clipt-mail-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const resend = stack.use(await startResend());
  const env = {
    ...{ CLIPT_DATA_DIR: dir, DATABASE_URL: database.url, CLIPT_URL: 'https://clipt.example.org' },
    ...{
      RESEND_API_KEY: 're_test',
      RESEND_BASE_URL: resend.baseUrl,
      MAIL_FROM: 'no-reply@example.org',
    },
  };
  const open = async () => stack.use(await openClipt(readConfig(env, '')));
  const web = await open();
  const account = newId('acc');
  await database.db.execute(
    sql`insert into accounts (id, kind, storage_prefix, email)
        values (${account}, 'user', 'prefix', 'ada@example.org')`,
  );
  resend.faults.add({ route: 'send', fault: { kind: 'refuse', status: 500 }, times: 1 });
  await database.db.transaction((tx) =>
    web.notify.mail(tx, { accountId: account, kind: 'export_ready' }),
  );
  const workers = await Promise.all([open(), open()]);
  for (const worker of workers) await worker.startWorker();
  await expect.poll(() => resend.delivered.length, { timeout: 60_000 }).toBe(1);
  expect(resend.delivered[0]).toMatchObject({
    ...{ from: 'no-reply@example.org', to: ['ada@example.org'] },
    text: expect.stringContaining('https://clipt.example.org/settings/security'),
  });
  await expect
    .poll(async () => (await database.pool.query('select status from mails')).rows, {
      timeout: 20_000,
    })
    .toEqual([{ status: 'sent' }]);
  expect(resend.journal.counts()).toEqual({ send: 2, 'send:500': 1, 'send:200': 1 });
});
