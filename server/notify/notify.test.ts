import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FaultRule } from '../../stand-ins/faults.ts';
import { type ResendStandIn, startResend } from '../../stand-ins/resend.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import { makeLog } from '../platform/log.ts';
import { eq, sql } from '../platform/postgres/drizzle.ts';
import type { MailMessage } from './message.ts';
import { type MailId, makeNotify } from './notify.ts';
import { makeResend, type SendMail } from './resend.ts';
import { type MailRow, mails } from './schema.ts';

const KEY = 're_canary_of_the_key';
const signal = new AbortController().signal;
let database: TestDatabase;
let resend: ResendStandIn;
let account: AccountId;
let address: string;
let logged: string[];
let rung: { readonly id: MailId; readonly afterMs: number }[];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  resend = await startResend({ keys: [KEY] });
  address = `${randomBytes(6).toString('hex')}@example.org`;
  account = await addPerson(address);
  logged = [];
  await database.db.execute(sql`delete from mails`);
  rung = [];
});
afterEach(() => resend.close());

async function addPerson(email: string | null): Promise<AccountId> {
  const id = newId('acc');
  await database.db.execute(
    sql`insert into accounts (id, kind, storage_prefix, email)
        values (${id}, 'user', ${id.slice(-20)}, ${email})`,
  );
  return id;
}

const resendWith = (apiKey = KEY) =>
  makeResend({ apiKeys: [apiKey], baseUrl: resend.baseUrl, from: 'clipt <no-reply@example.org>' });
const notifyBy = (sendMail: SendMail | null = resendWith()) =>
  makeNotify({
    ...{ db: database.db, sendMail, url: 'https://clipt.example.org' },
    ring: async (_tx, id, afterMs) => void rung.push({ id, afterMs }),
    log: makeLog('debug', { write: (line) => void logged.push(line) }),
  });

const SIGN_IN = {
  kind: 'new_sign_in',
  data: { device: 'Firefox 145 on Linux', place: '192.0.2.0/24' },
} as const satisfies Omit<MailMessage, 'accountId'>;

/** A mail that waits to be sent. */
async function queued(message: Omit<MailMessage, 'accountId'> = SIGN_IN): Promise<MailId> {
  await notifyBy().mail(database.db, { accountId: account, ...message });
  return (await onlyRow()).id;
}

async function rowsOf(id: AccountId): Promise<readonly MailRow[]> {
  return await database.db.select().from(mails).where(eq(mails.accountId, id));
}

async function onlyRow(): Promise<MailRow> {
  const [row, ...others] = await rowsOf(account);
  if (!row || others.length > 0) throw new Error('There is not exactly one mail.');
  return row;
}

/** Time passes for what waits. */
async function makeDue(): Promise<void> {
  await database.db.execute(
    sql`update mails set next_attempt_at = now(), look_after = now(), lease_expires_at = null
        where account_id = ${account} and status = 'pending'`,
  );
}

const strike = (fault: FaultRule['fault'], times: number | null = null) =>
  resend.faults.add({ route: 'send', fault, times });

describe('a mail', () => {
  test('arrives once, at the address of its account, and leaves a record without address and words', async () => {
    const id = await queued();
    expect(rung).toEqual([{ id, afterMs: 0 }]);
    expect(await onlyRow()).toMatchObject({ address, details: SIGN_IN.data, status: 'pending' });
    await Promise.all(Array.from({ length: 8 }, () => notifyBy().send(id, signal)));
    await notifyBy().send(id, signal);
    expect(resend.delivered).toMatchObject([
      {
        ...{ from: 'clipt <no-reply@example.org>', to: [address] },
        subject: 'New sign-in to your clipt account',
        text: expect.stringContaining('Device: Firefox 145 on Linux\nNetwork: 192.0.2.0/24'),
      },
    ]);
    const [sent] = resend.delivered;
    expect(await onlyRow()).toMatchObject({
      ...{ status: 'sent', tries: 1, errorCode: null, vendorId: sent?.id },
      ...{ address: null, details: null, nextAttemptAt: null, leaseExpiresAt: null },
    });
    expect(logged.join('')).not.toContain(address);
  });

  test('carries to the vendor the mail, its key and its idempotency key, and no more', async () => {
    const id = await queued();
    await notifyBy().send(id, signal);
    const [entry] = resend.journal.of('send');
    expect(Object.keys(entry?.headers ?? {}).toSorted()).toEqual([
      ...['accept', 'authorization', 'connection', 'content-length', 'content-type', 'host'],
      ...['idempotency-key', 'user-agent'],
    ]);
    expect(entry?.headers).toMatchObject({
      ...{ authorization: `Bearer ${KEY}`, 'idempotency-key': `new_sign_in/${id}` },
    });
    const body = entry?.body.kind === 'json' ? JSON.stringify(entry.body.value) : '';
    expect(body).toContain(address);
    expect(body).not.toContain(account);
    expect(body).not.toContain(id);
    expect(body).not.toContain(KEY);
  });

  test('that is rolled back with what it tells is sent to nobody', async () => {
    await database.db
      .transaction(async (tx) => {
        await notifyBy().mail(tx, { accountId: account, ...SIGN_IN });
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(await rowsOf(account)).toEqual([]);
  });

  test('is not written for an account without an address, nor without the key of the vendor', async () => {
    const nobody = await addPerson(null);
    await notifyBy().mail(database.db, { accountId: nobody, ...SIGN_IN });
    await notifyBy(null).mail(database.db, { accountId: account, ...SIGN_IN });
    expect([...(await rowsOf(nobody)), ...(await rowsOf(account)), ...rung]).toEqual([]);
  });

  test('that waits when the key is taken away is given up, and nothing is sent', async () => {
    const id = await queued();
    await notifyBy(null).send(id, signal);
    expect(await onlyRow()).toMatchObject({
      ...{ status: 'failed', errorCode: 'mail_turned_off', address: null, details: null },
    });
    expect(resend.journal.entries).toEqual([]);
  });

  test('about an account outlives it', async () => {
    const id = await queued({ kind: 'deletion_done' });
    await database.db.execute(sql`delete from accounts where id = ${account}`);
    await notifyBy().send(id, signal);
    expect(resend.delivered).toMatchObject([{ to: [address] }]);
    const [row] = await database.db.select().from(mails).where(eq(mails.id, id));
    expect(row).toMatchObject({ status: 'sent', accountId: null });
  });
});

describe('a mail whose process dies between call and record', () => {
  test('arrives once, however often that happens', async () => {
    const id = await queued();
    for (let death = 0; death < 5; death += 1) {
      await notifyBy(async (mail, call) => {
        await resendWith()(mail, call);
        // Nothing is written after this, as by a process that is gone.
        await database.db.execute(sql`update mails set attempt = attempt + 1 where id = ${id}`);
        return { vendorId: null };
      }).send(id, signal);
      expect(await onlyRow()).toMatchObject({ status: 'pending' });
      await makeDue();
    }
    await notifyBy().send(id, signal);
    expect(resend.journal.of('send')).toHaveLength(6);
    expect(resend.delivered).toHaveLength(1);
    expect(await onlyRow()).toMatchObject({ status: 'sent', vendorId: resend.delivered[0]?.id });
  });

  test('is not sent again once the vendor no longer knows its key', async () => {
    const id = await queued();
    await database.db.execute(
      sql`update mails set first_tried_at = now() - interval '23 hours 1 minute' where id = ${id}`,
    );
    await notifyBy().send(id, signal);
    expect(await onlyRow()).toMatchObject({ status: 'failed', errorCode: 'mail_too_old' });
    expect(resend.journal.entries).toEqual([]);
  });

  test('counts as sent when its words have changed since', async () => {
    const id = await queued();
    strike({ kind: 'reset', when: 'after' }, 1);
    await notifyBy().send(id, signal);
    await database.db.execute(
      sql`update mails set details = '{"device":"other"}' where id = ${id}`,
    );
    await makeDue();
    await notifyBy().send(id, signal);
    expect(resend.delivered).toHaveLength(1);
    expect(await onlyRow()).toMatchObject({ status: 'sent', vendorId: null });
  });
});

describe('a try', () => {
  test.each<[FaultRule['fault'], string]>([
    [{ kind: 'refuse', status: 429 }, 'provider_busy'],
    [{ kind: 'refuse', status: 429, code: 'daily_quota_exceeded' }, 'provider_quota_exhausted'],
    [{ kind: 'refuse', status: 409 }, 'provider_busy'],
    [{ kind: 'refuse', status: 500 }, 'provider_unavailable'],
    [{ kind: 'html', status: 502 }, 'provider_unavailable'],
    [{ kind: 'malformed' }, 'provider_answer_unusable'],
    [{ kind: 'missing', fields: ['id'] }, 'provider_answer_unusable'],
    [{ kind: 'truncate' }, 'provider_unavailable'],
    [{ kind: 'reset', when: 'after' }, 'provider_unavailable'],
  ])(
    'that fails by %o is followed by others, 8 in all within a day, and then given up',
    async (fault, code) => {
      const id = await queued();
      strike(fault);
      const pauses: number[] = [];
      for (let tries = 1; tries <= 8; tries += 1) {
        rung = [];
        await notifyBy().send(id, signal);
        await notifyBy().send(id, signal);
        const isOver = tries === 8;
        expect(await onlyRow()).toMatchObject({
          ...{ status: isOver ? 'failed' : 'pending', tries, errorCode: code },
          ...(isOver ? { address: null, details: null } : { address }),
        });
        pauses.push(...rung.map(({ afterMs }) => afterMs));
        await makeDue();
      }
      expect(resend.journal.of('send')).toHaveLength(8);
      expect(
        new Set(resend.journal.of('send').map(({ headers }) => headers['idempotency-key'])),
      ).toEqual(new Set([`new_sign_in/${id}`]));
      expect(resend.delivered.length).toBeLessThanOrEqual(1);
      expect(pauses).toHaveLength(7);
      expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
      expect(pauses.reduce((sum, one) => sum + one, 0)).toBeLessThan(23 * 3600_000);
      expect(logged.join('')).toContain('mail.given_up');
    },
  );

  test.each<[number, string, string]>([
    [400, 'validation_error', 'provider_rejected_request'],
    [401, 'missing_api_key', 'provider_rejected_key'],
    [403, 'invalid_api_key', 'provider_rejected_key'],
    [403, 'validation_error', 'provider_rejected_request'],
    [422, 'invalid_from_address', 'provider_rejected_request'],
    [451, 'security_error', 'provider_rejected_request'],
  ])('refused with %i %s is given up at once and recorded', async (status, code, ours) => {
    const id = await queued();
    strike({ kind: 'refuse', status, code });
    await notifyBy().send(id, signal);
    await notifyBy().send(id, signal);
    expect(resend.journal.of('send')).toHaveLength(1);
    expect(await onlyRow()).toMatchObject({
      ...{ status: 'failed', errorCode: ours, tries: 1, address: null, details: null },
    });
    expect(logged.join('')).toContain('mail.given_up');
    expect(logged.join('')).not.toContain(address);
  });

  test('that is asked to wait waits that long, up to an hour', async () => {
    const id = await queued();
    strike({ kind: 'refuse', status: 429, retryAfterSeconds: 90 }, 1);
    strike({ kind: 'refuse', status: 429, retryAfterSeconds: 999_999 }, 2);
    for (let tries = 0; tries < 2; tries += 1) {
      await notifyBy().send(id, signal);
      await makeDue();
    }
    expect(rung.slice(1).map(({ afterMs }) => afterMs)).toEqual([90_000, 3600_000]);
  });

  test('without an answer ends by its time limit and is followed by another', async () => {
    const id = await queued();
    strike({ kind: 'silence', when: 'after' }, 1);
    const impatient: SendMail = (mail, call) =>
      resendWith()(mail, {
        ...call,
        signal: AbortSignal.any([call.signal, AbortSignal.timeout(200)]),
      });
    await notifyBy(impatient).send(id, signal);
    expect(await onlyRow()).toMatchObject({ status: 'pending', errorCode: 'provider_timed_out' });
    await makeDue();
    await notifyBy().send(id, signal);
    expect(resend.delivered).toHaveLength(1);
    expect(await onlyRow()).toMatchObject({ status: 'sent', tries: 2 });
  });

  test('that is stopped counts for nothing, and the mail is due again', async () => {
    const id = await queued();
    strike({ kind: 'silence' }, 1);
    const stopping = new AbortController();
    const stopped = notifyBy().send(id, stopping.signal);
    await expect.poll(() => resend.journal.of('send').length).toBe(1);
    stopping.abort();
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(await onlyRow()).toMatchObject({ status: 'pending', tries: 0, leaseExpiresAt: null });
    await notifyBy().send(id, signal);
    expect(await onlyRow()).toMatchObject({ status: 'sent', tries: 1 });
  });
});

describe('upkeep', () => {
  test('rings again for a mail whose bell was lost, by one process, once in a while', async () => {
    const id = await queued();
    rung = [];
    expect(await notifyBy().rescue()).toBe(0);
    await makeDue();
    const rescued = await Promise.all([notifyBy().rescue(), notifyBy().rescue()]);
    expect(rescued.toSorted()).toEqual([0, 1]);
    expect(rung).toEqual([{ id, afterMs: 0 }]);
  });

  test('removes records after 30 days, and no mail that still waits', async () => {
    const old = await queued();
    await notifyBy().send(old, signal);
    await database.db.execute(sql`update mails set created_at = now() - interval '31 days'`);
    await notifyBy().mail(database.db, { accountId: account, kind: 'export_ready' });
    await database.db.execute(
      sql`update mails set created_at = now() - interval '31 days' where status = 'pending'`,
    );
    await notifyBy().prune();
    expect(await onlyRow()).toMatchObject({ status: 'pending', kind: 'export_ready' });
  });
});
