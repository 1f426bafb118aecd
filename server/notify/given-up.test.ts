import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ResendStandIn, startResend } from '../../stand-ins/resend.ts';
import { addAccount } from '../../tests/harness/accounts.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import type { AccountId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { eq, sql } from '../platform/postgres/drizzle.ts';
import { type MailId, makeNotify } from './notify.ts';
import { makeResend, type SendMail } from './resend.ts';
import { mails } from './schema.ts';

/** Mails that were given up, and what becomes of them when somebody who runs the installation sends them again. */

const KEY = 're_key_of_the_tests';
const signal = new AbortController().signal;
let database: TestDatabase;
let resend: ResendStandIn;
let account: AccountId;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  resend = await startResend({ keys: [KEY] });
  account = await addAccount(database.db);
  await database.db.execute(sql`delete from mails`);
});
afterEach(() => resend.close());

const resendWith = (apiKey: string) =>
  makeResend({ apiKeys: [apiKey], baseUrl: resend.baseUrl, from: 'clipt <no-reply@example.org>' });
const notifyBy = (sendMail: SendMail | null = resendWith(KEY)) =>
  makeNotify({
    ...{ db: database.db, sendMail, url: 'https://clipt.example.org', log: silentLog },
    ring: async () => undefined,
  });
const rows = async () => await database.db.select().from(mails).orderBy(mails.id);
const retry = (id: MailId, notify = notifyBy()) =>
  database.db.transaction((tx) => notify.retryGivenUp(tx, id));
const givenUp = async () =>
  (await notifyBy().listGivenUp({ before: null, limit: 10 })).map(({ id }) => id);

/** A mail that the vendor refused, since the key was wrong. */
async function giveUpOne(): Promise<MailId> {
  const data = { device: 'Firefox 145 on Linux', place: '192.0.2.0/24' };
  await notifyBy().mail(database.db, { accountId: account, kind: 'new_sign_in', data });
  const id = (await rows()).at(-1)?.id ?? 'eml_none';
  await notifyBy(resendWith('re_wrong')).send(id, signal);
  await database.db
    .update(mails)
    .set({ createdAt: new Date('2026-11-24T12:05:00Z') })
    .where(eq(mails.id, id));
  return id;
}

test('another mail takes the place of one that was given up, once, and tells when it happened', async () => {
  const id = await giveUpOne();
  expect(await givenUp()).toEqual([id]);
  await database.db.execute(
    sql`update accounts set email = 'new@example.org' where id = ${account}`,
  );
  const ends = await Promise.all(Array.from({ length: 6 }, () => retry(id)));
  expect(ends.filter((end) => end !== null)).toEqual([{ accountId: account }]);
  expect(await givenUp()).toEqual([]);
  const next = (await rows()).find((row) => row.id !== id);
  expect(await rows()).toHaveLength(2);
  await notifyBy().send(next?.id ?? 'eml_none', signal);
  expect(resend.delivered).toMatchObject([
    {
      ...{ to: ['new@example.org'], subject: 'New sign-in to your clipt account' },
      text: expect.stringContaining('When: 24 November 2026 at 12:05 UTC\n'),
    },
  ]);
  expect(resend.delivered[0]?.text).not.toContain('Device');
  expect(await retry(id)).toBeNull();
  expect(await retry(next?.id ?? 'eml_none')).toBeNull();
});

test('without a mail service, an account or its address nothing is sent, and the mail stays given up', async () => {
  const id = await giveUpOne();
  await expect(retry(id, notifyBy(null))).rejects.toMatchObject({ code: 'mail_turned_off' });
  await database.db.execute(sql`update accounts set email = null where id = ${account}`);
  await expect(retry(id)).rejects.toMatchObject({ code: 'nobody_to_mail' });
  await database.db.execute(sql`update mails set account_id = null where id = ${id}`);
  await expect(retry(id)).rejects.toMatchObject({ code: 'nobody_to_mail' });
  expect(await givenUp()).toEqual([id]);
  expect(await rows()).toHaveLength(1);
});
