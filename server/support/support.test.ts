import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addAccount } from '../../tests/harness/accounts.ts';
import { makeTestAudit } from '../../tests/harness/audit.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { ensureOwner } from '../accounts/accounts.ts';
import { makeStanding } from '../accounts/standing.ts';
import { makeNotify } from '../notify/notify.ts';
import type { AccountId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { makeSessions } from '../sessions/sessions.ts';
import { makeLookEnds } from './ending.ts';
import { makeSupport } from './support.ts';

const REASON = 'They cannot play their newest film.';
const forbidden = { code: 'impersonation_forbidden', status: 403 };

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

let person: AccountId;
let admin: { readonly accountId: AccountId; readonly id: `ses_${string}` };
const adminEmails = new Set<string>();
const withSecondFactor = new Set<AccountId>();
beforeEach(async () => {
  await database.pool.query('delete from mails');
  person = await addAccount(database.db);
  admin = await addAdmin();
});

async function addAdmin() {
  const accountId = await addAccount(database.db);
  adminEmails.add(await emailOf(accountId));
  withSecondFactor.add(accountId);
  return await signIn(accountId);
}

async function signIn(accountId: AccountId) {
  const record = async () => undefined;
  const sessions = makeSessions({ db: database.db, log: silentLog, recordBegan: record, record });
  const link = await sessions.makeSignInLink(accountId);
  const { session } = await sessions.exchange(link, { userAgent: 'a test', ip: '192.0.2.1' });
  return { accountId, id: session.id };
}

async function emailOf(id: AccountId): Promise<string> {
  const { rows } = await database.pool.query('select email from accounts where id = $1', [id]);
  return rows[0].email;
}

function open(db: Database = database.db) {
  const audit = makeTestAudit(db);
  const notify = makeNotify({
    ...{ db, log: silentLog, url: 'https://clipt.test', ring: async () => undefined },
    sendMail: () => Promise.reject(new Error('Nobody sends here.')),
  });
  const ends = makeLookEnds({ db, audit, notify });
  const hasSecondFactor = async (id: AccountId) => withSecondFactor.has(id);
  const standing = makeStanding({ db, adminEmails, hasSecondFactor });
  const cookie = { name: '__Host-clipt.imp', attributes: 'HttpOnly; Path=/; Secure' };
  return { ends, support: makeSupport({ db, audit, ends, standing, cookie }) };
}

const begin = (by = admin, accountId = person) =>
  open().support.begin(by, { accountId, reason: REASON });

async function recordOf(target: string) {
  const { rows } = await database.pool.query(
    `select action, actor_id, subject, entry::jsonb -> 'detail' as detail
     from audit.entries where entry::jsonb ->> 'target' = $1 order by seq`,
    [target],
  );
  return rows;
}

async function mailsTo(accountId: AccountId) {
  const { rows } = await database.pool.query(
    'select kind, details from mails where account_id = $1',
    [accountId],
  );
  return rows;
}

describe('a look at an account', () => {
  test('is the account’s for the session that began it, on record with its reason', async () => {
    const { token, row } = await begin();
    expect(await open().support.resume(token, admin)).toEqual({
      ...{ id: row.id, adminId: admin.accountId, until: row.expiresAt, accountId: person },
    });
    expect(await recordOf(row.id)).toEqual([
      {
        ...{ action: 'impersonation.started', actor_id: admin.accountId, subject: person },
        detail: { reason: REASON },
      },
    ]);
    expect(await open().support.isLookedAt(person)).toBe(true);
    expect(await open().support.isLookedAt(admin.accountId)).toBe(false);
  });

  test('lasts half an hour by the clock of the database, and no use of it makes that longer', async () => {
    const { token, row } = await begin();
    expect(row.expiresAt.getTime() - row.createdAt.getTime()).toBe(1_800_000);
    const age = (tx: Database, seconds: number) =>
      tx.execute(sql`update impersonations
        set created_at = now() - make_interval(secs => ${seconds}),
          expires_at = now() - make_interval(secs => ${seconds}) + interval '30 minutes'
        where id = ${row.id}`);
    // One moment of the database's clock for both.
    await database.db.transaction(async (tx) => {
      const { support } = open(tx);
      await age(tx, 1_799);
      expect(await support.resume(token, admin)).toMatchObject({ accountId: person });
      await age(tx, 1_800);
      await expect(support.resume(token, admin)).rejects.toMatchObject(forbidden);
      expect(await support.isLookedAt(person)).toBe(false);
    });
    await expect(
      database.pool.query(
        `update impersonations set expires_at = expires_at + interval '1 second' where id = $1`,
        [row.id],
      ),
    ).rejects.toThrow(/impersonations/);
  });

  test('is kept as the hash of its token alone', async () => {
    const { token, row } = await begin();
    const { rows } = await database.pool.query(
      'select row_to_json(i)::text as text from impersonations i where id = $1',
      [row.id],
    );
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(rows[0].text).not.toContain(token.slice(0, 16));
    expect(rows[0].text).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
  });

  test('of many that begin at once in one session is one', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => begin()));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = tries.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
    expect(codes).toEqual(Array.from({ length: 7 }, () => 'impersonation_forbidden'));
  });

  test('does not begin where a reason cannot go on record', async () => {
    const reason = 'Asked by ada@example.org for help';
    const wish = { accountId: person, reason };
    await expect(open().support.begin(admin, wish)).rejects.toMatchObject({
      code: 'audit_entry_refused',
    });
    expect(await open().support.isLookedAt(person)).toBe(false);
  });
});

describe('nobody looks', () => {
  test('at staff, at those who are to be staff and lack two-factor yet, at the owner, or at themselves', async () => {
    const other = await addAdmin();
    const toBe = await addAccount(database.db);
    adminEmails.add(await emailOf(toBe));
    const owner = await ensureOwner(database.db);
    for (const target of [other.accountId, toBe, owner, admin.accountId]) {
      await expect(begin(admin, target)).rejects.toMatchObject(forbidden);
    }
  });

  test('at accounts that are not there or are being deleted', async () => {
    await database.pool.query(
      `update accounts set deleted_at = now(), purge_after = now() + interval '30 days' where id = $1`,
      [person],
    );
    for (const target of [person, 'acc_00000000000000000000000000000000'] as const) {
      await expect(begin(admin, target)).rejects.toMatchObject({
        ...{ code: 'account_not_found', status: 404 },
      });
    }
  });

  test('by the cookie of another’s session, of another session of the same admin, or by one that is made up', async () => {
    const { token } = await begin();
    const elsewhere = [await addAdmin(), await signIn(admin.accountId), await signIn(person)];
    for (const session of elsewhere) {
      await expect(open().support.resume(token, session)).rejects.toMatchObject(forbidden);
    }
    for (const made of ['A'.repeat(43), 'short', '', undefined]) {
      await expect(open().support.resume(made, admin)).rejects.toMatchObject({
        ...forbidden,
        headers: { 'Set-Cookie': '__Host-clipt.imp=; Max-Age=0; HttpOnly; Path=/; Secure' },
      });
    }
    expect(await open().support.resume(token, admin)).toMatchObject({ accountId: person });
  });

  test.each([
    [
      'whose address is taken from the list',
      async () => adminEmails.delete(await emailOf(admin.accountId)),
      'not_staff',
    ],
    [
      'who turned two-factor off',
      async () => withSecondFactor.delete(admin.accountId),
      'not_staff',
    ],
    [
      'at somebody who is to be staff by now',
      async () => adminEmails.add(await emailOf(person)),
      'account_changed',
    ],
    [
      'at an account that is being deleted by now',
      () =>
        database.pool.query(
          `update accounts set deleted_at = now(), purge_after = now() + interval '30 days' where id = $1`,
          [person],
        ),
      'account_changed',
    ],
  ])('on, %s', async (_who, change, ending) => {
    const { token, row } = await begin();
    await change();
    await expect(open().support.resume(token, admin)).rejects.toMatchObject(forbidden);
    expect(await recordOf(row.id)).toMatchObject([
      { action: 'impersonation.started' },
      { action: 'impersonation.stopped', detail: { ending } },
    ]);
    // What has ended does not begin again.
    adminEmails.add(await emailOf(admin.accountId));
    withSecondFactor.add(admin.accountId);
    await expect(open().support.resume(token, admin)).rejects.toMatchObject(forbidden);
  });
});

describe('the end of a look', () => {
  test('is put on record and told to the person once, however many end it', async () => {
    const { token, row } = await begin();
    await database.pool.query(
      `update impersonations set created_at = now() - interval '12 minutes', expires_at = now() where id = $1`,
      [row.id],
    );
    await Promise.all(Array.from({ length: 6 }, () => open().ends.sweep()));
    expect(await open().ends.end(row.id, 'stopped')).toBe(false);
    expect(await recordOf(row.id)).toMatchObject([
      { action: 'impersonation.started' },
      {
        ...{ action: 'impersonation.stopped', actor_id: admin.accountId, subject: person },
        detail: { ending: 'expired', seconds: 720 },
      },
    ]);
    expect(await mailsTo(person)).toEqual([
      {
        kind: 'staff_access',
        details: {
          ...{ lasted: '12 minutes', reason: REASON, reference: row.id },
          since: expect.stringMatching(/^20/),
        },
      },
    ]);
    await expect(open().support.resume(token, admin)).rejects.toMatchObject(forbidden);
  });

  test('is that of its session, however that ended', async () => {
    for (const end of [
      'update sessions set revoked_at = now() where id = $1',
      'update sessions set expires_at = now() where id = $1',
      'delete from sessions where id = $1',
    ]) {
      const by = await addAdmin();
      const { row } = await begin(by);
      await database.pool.query(end, [by.id]);
      expect(await open().ends.sweep()).toBe(1);
      expect((await recordOf(row.id)).at(-1)).toMatchObject({ detail: { ending: 'session_over' } });
    }
    expect(await open().ends.sweep()).toBe(0);
  });

  test('comes when its admin says so, from their session alone, and then another look can begin', async () => {
    const { row } = await begin();
    await expect(open().support.end(await signIn(admin.accountId))).rejects.toMatchObject({
      code: 'impersonation_not_found',
    });
    await open().support.end(admin);
    await expect(open().support.end(admin)).rejects.toMatchObject({ status: 404 });
    expect((await recordOf(row.id)).at(-1)).toMatchObject({ detail: { ending: 'stopped' } });
    expect((await begin()).row.id).not.toBe(row.id);
  });

  test('stays undone where it cannot go on record', async () => {
    const { row } = await begin();
    const failing = makeLookEnds({
      db: database.db,
      audit: { write: () => Promise.reject(new Error('No record.')) },
      notify: { mail: async () => undefined },
    });
    await expect(failing.end(row.id, 'stopped')).rejects.toThrow('No record.');
    expect(await open().support.isLookedAt(person)).toBe(true);
  });
});
