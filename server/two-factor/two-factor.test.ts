import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addAccount } from '../../tests/harness/accounts.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import type { AuditEntry } from '../audit/audit.ts';
import type { MailMessage } from '../notify/notify.ts';
import type { AccountId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { makeSessions, newSessionToken } from '../sessions/sessions.ts';
import { totpCode } from './totp.ts';
import { makeTwoFactor, type Person } from './two-factor.ts';

const SECRET = 'an installation secret of the tests';
const STEP_MS = 30_000;
const MINUTE_MS = 60_000;

let database: TestDatabase;
let account: AccountId;
/** What the clock says: each test begins at its own time, in the middle of a step. */
let time = Date.UTC(2026, 0, 1) + STEP_MS / 2;
const recorded: AuditEntry[] = [];
const mailed: MailMessage[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  account = await addAccount(database.db);
  time += 86_400_000;
  recorded.length = 0;
  mailed.length = 0;
});
afterAll(() => database.close());

const open = (secrets: readonly string[] = [SECRET]) =>
  makeTwoFactor({
    ...{ db: database.db, secrets, sessions: openSessions(), issuer: 'clipt.example.org' },
    audit: { write: async (_tx, entry) => void recorded.push(entry) },
    notify: { mail: async (_tx, message) => void mailed.push(message) },
    now: () => new Date(time),
  });
const openSessions = () =>
  makeSessions({
    db: database.db,
    log: silentLog,
    recordBegan: async () => undefined,
    record: async () => undefined,
  });

/** Somebody who has passed Google, in a session of that stage. */
async function signIn(stage: 'full' | 'second_factor' = 'second_factor') {
  const token = newSessionToken();
  const { session } = await openSessions().begin(
    database.db,
    { accountId: account, stage, token },
    { userAgent: undefined, ip: '203.0.113.7' },
  );
  return { token, person: { accountId: account, sessionId: session.id } satisfies Person };
}

/** An account with two-factor on; its app, its recovery codes, and the session that did it. */
async function enable() {
  const { person, token } = await signIn('full');
  const { secret } = await open().enrol(account);
  const code = () => totpCode(secret, new Date(time));
  const confirmed = await open().confirm(person, code());
  recorded.length = 0;
  mailed.length = 0;
  return { person, token, secret, code, ...confirmed };
}

const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const codeOf = (end: PromiseSettledResult<unknown>) =>
  end.status === 'fulfilled' ? 'taken' : String(end.reason.code);
const invalid = expect.objectContaining({ code: 'totp_invalid', status: 401 });
const actions = () => recorded.map(({ action }) => action);

describe('setting up', () => {
  test('takes a first code of the app; until then nobody is asked for one', async () => {
    const { person } = await signIn('full');
    const { secret, uri } = await open().enrol(account);
    expect(new URL(uri).searchParams.get('secret')).toBe(secret);
    expect(new URL(uri).searchParams.get('issuer')).toBe('clipt.example.org');
    expect(await open().isEnabled(account)).toBe(false);
    const code = totpCode(secret, new Date(time));
    await expect(open().confirm(person, wrong(code))).rejects.toEqual(invalid);
    await expect(open().confirm(person, 'AAAA-AAAA')).rejects.toEqual(invalid);
    expect(await open().isEnabled(account)).toBe(false);
    const { recoveryCodes } = await open().confirm(person, code);
    expect(await open().isEnabled(account)).toBe(true);
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await open().state(account)).toEqual({
      enabledAt: new Date(time),
      recoveryCodesLeft: 10,
    });
    expect(actions()).toEqual(['two_factor.enabled']);
    expect(mailed).toMatchObject([{ kind: 'two_factor_changed', data: { change: 'turned_on' } }]);
  });

  test('ends every other session, and gives this one another token', async () => {
    const { person, token } = await signIn('full');
    const others = [await signIn('full'), await signIn('full')];
    const { secret } = await open().enrol(account);
    const begun = await open().confirm(person, totpCode(secret, new Date(time)));
    const verify = (text: string) => openSessions().verify(text);
    for (const other of others) expect(await verify(other.token)).toBeNull();
    expect(await verify(token)).toBeNull();
    expect((await verify(begun.sessionToken))?.id).toBe(person.sessionId);
  });

  test('again gives another secret, and the one before is worth nothing', async () => {
    const { person } = await signIn('full');
    const first = await open().enrol(account);
    const second = await open().enrol(account);
    const code = (secret: string) => totpCode(secret, new Date(time));
    await expect(open().confirm(person, code(first.secret))).rejects.toEqual(invalid);
    await open().confirm(person, code(second.secret));
  });

  test('is over after an hour, and once it is on', async () => {
    const { person } = await signIn('full');
    const { secret } = await open().enrol(account);
    const begun = time;
    time = begun + 60 * MINUTE_MS + 1;
    const late = open().confirm(person, totpCode(secret, new Date(time)));
    await expect(late).rejects.toMatchObject({ code: 'enrolment_not_found' });
    time = begun + 60 * MINUTE_MS;
    await open().confirm(person, totpCode(secret, new Date(time)));
    const again = open().confirm(person, totpCode(secret, new Date(time)));
    await expect(again).rejects.toMatchObject({ code: 'enrolment_not_found' });
    await expect(open().enrol(account)).rejects.toMatchObject({ code: 'two_factor_enabled' });
  });

  test('by many at once is done by one', async () => {
    const { secret } = await open().enrol(account);
    const people = await Promise.all(Array.from({ length: 8 }, () => signIn('full')));
    const code = totpCode(secret, new Date(time));
    const ends = await Promise.allSettled(people.map(({ person }) => open().confirm(person, code)));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await open().state(account)).recoveryCodesLeft).toBe(10);
  });

  test('sees a sign-in that did not see it: nobody is in with one factor once it is on', async () => {
    const { person } = await signIn('full');
    const { secret } = await open().enrol(account);
    const begun = Promise.withResolvers<string>();
    const mayCommit = Promise.withResolvers<void>();
    const signingIn = database.db.transaction(async (tx) => {
      // As a sign-in does: it writes the account, then looks whether a second factor is owed.
      await tx.execute(`update accounts set name = 'Ada' where id = '${account}'`);
      expect(await open().isEnabled(account, tx)).toBe(false);
      const token = newSessionToken();
      const place = { userAgent: undefined, ip: '203.0.113.8' };
      await openSessions().begin(tx, { accountId: account, stage: 'full', token }, place);
      begun.resolve(token);
      await mayCommit.promise;
    });
    const token = await begun.promise;
    const confirming = open().confirm(person, totpCode(secret, new Date(time)));
    await expect
      .poll(async () => {
        const { rows } = await database.pool.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length;
      })
      .toBeGreaterThan(0);
    mayCommit.resolve();
    await signingIn;
    await confirming;
    expect(await openSessions().verify(token)).toBeNull();
  });
});

describe('a code', () => {
  test('of which 50 come at once lets one in', async () => {
    const { code } = await enable();
    time += STEP_MS;
    const people = await Promise.all(Array.from({ length: 50 }, () => signIn()));
    const ends = await Promise.allSettled(people.map(({ person }) => open().prove(person, code())));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    // Ten of the others were looked at; then the account was locked.
    const codes = ends.map(codeOf);
    expect(codes.filter((it) => it === 'totp_invalid')).toHaveLength(10);
    expect(codes.filter((it) => it === 'two_factor_locked')).toHaveLength(39);
  });

  test('makes a pending session a full one, freshly proved, under another token', async () => {
    const { code } = await enable();
    time += STEP_MS;
    const { person, token } = await signIn();
    await database.pool.query(`update sessions set proved_at = now() - interval '1 hour'`);
    const { sessionToken, session } = await open().prove(person, code());
    expect([session.id, session.stage]).toEqual([person.sessionId, 'full']);
    expect(Date.now() - (session.provedAt?.getTime() ?? 0)).toBeLessThan(10 * MINUTE_MS);
    expect(await openSessions().verify(token)).toBeNull();
    expect(await openSessions().verify(sessionToken)).not.toBeNull();
    expect(recorded).toMatchObject([
      {
        action: 'session.stepped_up',
        actor: { kind: 'user', accountId: account },
        target: person.sessionId,
        detail: { method: 'totp', stage: 'full' },
      },
    ]);
  });

  test('leads into a deleted account only as far as restoring it', async () => {
    const { code } = await enable();
    time += STEP_MS;
    await database.pool.query(
      `update accounts set deleted_at = now(), purge_after = now() + interval '30 days' where id = $1`,
      [account],
    );
    const { person } = await signIn();
    expect((await open().prove(person, code())).session.stage).toBe('restore');
  });

  test('is taken one step early and one late, and no further, to the millisecond', async () => {
    const { secret } = await enable();
    const step = Math.floor(time / STEP_MS) + 100;
    const code = totpCode(secret, new Date(step * STEP_MS));
    const tryAt = async (ms: number) => {
      time = ms;
      const { person } = await signIn();
      await database.pool.query('update second_factors set last_step = 0');
      const [end] = await Promise.allSettled([open().prove(person, code)]);
      return codeOf(end);
    };
    expect(await tryAt((step - 1) * STEP_MS - 1)).toBe('totp_invalid');
    expect(await tryAt((step - 1) * STEP_MS)).toBe('taken');
    expect(await tryAt((step + 2) * STEP_MS - 1)).toBe('taken');
    expect(await tryAt((step + 2) * STEP_MS)).toBe('totp_invalid');
  });

  test('that was taken is not taken again, nor is one of an earlier step, nor the one that set it up', async () => {
    const { secret, code } = await enable();
    const refused = async (text: string) => {
      const { person } = await signIn();
      await expect(open().prove(person, text)).rejects.toEqual(invalid);
    };
    await refused(code());
    time += STEP_MS;
    const { person } = await signIn();
    await open().prove(person, code());
    await refused(code());
    await refused(totpCode(secret, new Date(time - STEP_MS)));
    const next = await signIn();
    await open().prove(next.person, totpCode(secret, new Date(time + STEP_MS)));
    await refused(code());
  });

  test('that is wrong, replayed, out of time, of no form or of a session that is over gets one and the same answer', async () => {
    const { secret, code, recoveryCodes } = await enable();
    const used = await signIn();
    await open().prove(used.person, recoveryCodes[0] ?? '');
    const over = await signIn();
    await openSessions().revoke(account, over.person.sessionId);
    time += 10 * STEP_MS;
    const answers = [];
    for (const text of [
      wrong(code()),
      totpCode(secret, new Date(time - 2 * STEP_MS)),
      recoveryCodes[0] ?? '',
      'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA',
      'no code at all',
    ]) {
      const { person } = await signIn();
      answers.push(
        await open()
          .prove(person, text)
          .catch((error: unknown) => error),
      );
    }
    answers.push(
      await open()
        .prove(over.person, code())
        .catch((error: unknown) => error),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toEqual(invalid);
  });

  test('means nothing where two-factor is off', async () => {
    const { person } = await signIn('full');
    const off = expect.objectContaining({ code: 'two_factor_not_enabled' });
    await expect(open().prove(person, '123456')).rejects.toEqual(off);
    await expect(open().disable(person)).rejects.toEqual(off);
    await expect(open().renewRecoveryCodes(person)).rejects.toEqual(off);
    // Nor where it was begun and not confirmed.
    await open().enrol(account);
    await expect(open().prove(person, '123456')).rejects.toEqual(off);
  });
});

describe('wrong codes', () => {
  test('end the session at the fifth, even when 50 come at once, and tell nobody which code would have been right', async () => {
    const { code } = await enable();
    time += STEP_MS;
    const { person, token } = await signIn();
    const right = code();
    const tries = Array.from({ length: 49 }, () => wrong(right));
    const ends = await Promise.allSettled(tries.map((text) => open().prove(person, text)));
    ends.push(...(await Promise.allSettled([open().prove(person, right)])));
    expect(new Set(ends.map(codeOf))).toEqual(new Set(['totp_invalid']));
    expect(await openSessions().verify(token)).toBeNull();
    expect(actions().filter((action) => action === 'two_factor.failed')).toHaveLength(5);
    // The right code of the dead session was not used up.
    await open().prove((await signIn()).person, right);
  });

  test('lock the account at the tenth within 15 minutes, over all its sessions, for 15 minutes', async () => {
    const { code, recoveryCodes } = await enable();
    time += STEP_MS;
    for (let count = 0; count < 10; count += 1) {
      const { person } = await signIn();
      await expect(open().prove(person, wrong(code()))).rejects.toEqual(invalid);
      time += 1_000;
    }
    const lockedAt = time - 1_000;
    const { person, token } = await signIn();
    const locked = { code: 'two_factor_locked', status: 429, headers: { 'Retry-After': '899' } };
    await expect(open().prove(person, code())).rejects.toMatchObject(locked);
    await expect(open().prove(person, recoveryCodes[0] ?? '')).rejects.toMatchObject(locked);
    expect(actions().at(-1)).toBe('two_factor.locked');
    expect(mailed).toMatchObject([{ kind: 'two_factor_changed', data: { change: 'locked' } }]);
    // What is not looked at does not count against the session.
    for (let count = 0; count < 5; count += 1) {
      await expect(open().prove(person, wrong(code()))).rejects.toMatchObject({
        code: locked.code,
      });
    }
    expect(await openSessions().verify(token)).not.toBeNull();
    time = lockedAt + 15 * MINUTE_MS - 1;
    await expect(open().prove(person, code())).rejects.toMatchObject({ code: locked.code });
    time = lockedAt + 15 * MINUTE_MS;
    await open().prove(person, code());
  });

  test('of which 50 come at once in as many sessions are looked at ten times', async () => {
    const { code } = await enable();
    time += STEP_MS;
    const people = await Promise.all(Array.from({ length: 50 }, () => signIn()));
    const ends = await Promise.allSettled(
      people.map(({ person }) => open().prove(person, wrong(code()))),
    );
    const codes = ends.map(codeOf);
    expect(codes.filter((it) => it === 'totp_invalid')).toHaveLength(10);
    expect(codes.filter((it) => it === 'two_factor_locked')).toHaveLength(40);
    expect(actions().filter((action) => action === 'two_factor.locked')).toHaveLength(1);
  });

  test('of one account keep nobody else out', async () => {
    const other = await enable();
    account = await addAccount(database.db);
    const { code } = await enable();
    time += STEP_MS;
    for (let count = 0; count < 10; count += 1) {
      await open()
        .prove((await signIn()).person, wrong(code()))
        .catch(() => undefined);
    }
    await open().prove(other.person, other.code());
  });
});

describe('a recovery code', () => {
  test('lets one in, of nine that come with it at once, and never again', async () => {
    const { recoveryCodes } = await enable();
    const [code = '', second = ''] = recoveryCodes;
    const people = await Promise.all(Array.from({ length: 9 }, () => signIn()));
    const ends = await Promise.allSettled(people.map(({ person }) => open().prove(person, code)));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await open().state(account)).recoveryCodesLeft).toBe(9);
    await open().prove((await signIn()).person, second.toLowerCase().replaceAll('-', ' '));
    expect((await open().state(account)).recoveryCodesLeft).toBe(8);
    expect(recorded).toContainEqual(
      expect.objectContaining({ action: 'two_factor.recovery_code_used', detail: { left: 8 } }),
    );
    expect(mailed.map(({ data }) => data?.change)).toEqual([
      'recovery_code_used',
      'recovery_code_used',
    ]);
  });

  test('of another account is like one that is not there', async () => {
    const other = await enable();
    account = await addAccount(database.db);
    await enable();
    const { person } = await signIn();
    await expect(open().prove(person, other.recoveryCodes[0] ?? '')).rejects.toEqual(invalid);
  });

  test('is worth nothing once new ones were made', async () => {
    const { person, recoveryCodes } = await enable();
    const renewed = await open().renewRecoveryCodes(person);
    expect(renewed).toHaveLength(10);
    const pending = await signIn();
    await expect(open().prove(pending.person, recoveryCodes[0] ?? '')).rejects.toEqual(invalid);
    await open().prove(pending.person, renewed[0] ?? '');
    expect(actions()[0]).toBe('two_factor.recovery_codes_made');
    expect(mailed[0]?.data?.change).toBe('codes_renewed');
  });
});

test('turned off, it asks nobody for a code, every other session has ended, and old codes are worth nothing', async () => {
  const { person, sessionToken, code, recoveryCodes } = await enable();
  const pending = await signIn();
  await open().disable(person);
  expect(await open().isEnabled(account)).toBe(false);
  expect(await open().state(account)).toEqual({ enabledAt: null, recoveryCodesLeft: 0 });
  expect(await openSessions().verify(pending.token)).toBeNull();
  expect(await openSessions().verify(sessionToken)).not.toBeNull();
  expect(actions()).toEqual(['two_factor.disabled']);
  expect(mailed).toMatchObject([{ kind: 'two_factor_changed', data: { change: 'turned_off' } }]);
  await open().enrol(account);
  await expect(open().confirm(person, code())).rejects.toEqual(invalid);
  await expect(open().confirm(person, recoveryCodes[0] ?? '')).rejects.toEqual(invalid);
});

describe('taken away by whoever runs the installation', () => {
  const REASON = 'Their telephone was stolen; they showed their passport.';

  test('it asks nobody for a code, every session has ended, old codes are worth nothing, and its person hears why', async () => {
    const { person, recoveryCodes } = await enable();
    const elsewhere = await signIn('full');
    recorded.length = 0;
    mailed.length = 0;
    expect(await open().reset(account, REASON)).toEqual({ endedSessions: 2 });
    for (const { sessionId } of [person, elsewhere.person]) {
      expect(await openSessions().isLive(database.db, account, sessionId)).toBe(false);
    }
    expect(await open().isEnabled(account)).toBe(false);
    expect(await open().state(account)).toEqual({ enabledAt: null, recoveryCodesLeft: 0 });
    const { person: pending } = await signIn();
    await expect(open().prove(pending, recoveryCodes[0] ?? '')).rejects.toMatchObject({
      code: 'two_factor_not_enabled',
    });
    expect(recorded).toEqual([
      {
        ...{ action: 'two_factor.reset', actor: { kind: 'operator', accountId: null } },
        ...{ subject: account, detail: { reason: REASON } },
      },
    ]);
    expect(mailed).toEqual([
      {
        ...{ accountId: account, kind: 'two_factor_changed' },
        data: { change: 'reset', reason: REASON },
      },
    ]);
  });

  test('of several times at once it is taken once, and told of once', async () => {
    await enable();
    mailed.length = 0;
    const ends = await Promise.allSettled(
      Array.from({ length: 6 }, () => open().reset(account, REASON)),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason.code).toBe('two_factor_not_enabled');
    }
    expect(mailed).toHaveLength(1);
  });

  test('it can be set up again', async () => {
    await enable();
    await open().reset(account, REASON);
    time += STEP_MS;
    await enable();
    expect(await open().isEnabled(account)).toBe(true);
  });

  test('it stays where there is no such account, and another’s stays in any case', async () => {
    await enable();
    await expect(
      open().reset('acc_00000000000000000000000000000000', REASON),
    ).rejects.toMatchObject({ code: 'account_not_found', status: 404 });
    const enabled = account;
    account = await addAccount(database.db);
    await expect(open().reset(account, REASON)).rejects.toMatchObject({
      code: 'two_factor_not_enabled',
    });
    expect(await open().isEnabled(enabled)).toBe(true);
  });
});

test('another installation secret in front keeps codes working, and alone once a code was taken under it', async () => {
  const { code } = await enable();
  time += STEP_MS;
  await open(['a new one', SECRET]).prove((await signIn()).person, code());
  time += STEP_MS;
  await open(['a new one']).prove((await signIn()).person, code());
});

test('without the installation secret that sealed it only recovery codes work, and nothing is held against the person', async () => {
  const { code, recoveryCodes } = await enable();
  time += STEP_MS;
  const lost = open(['a new one']);
  const { person } = await signIn();
  const unreadable = { code: 'totp_secret_unreadable' };
  await expect(lost.prove(person, code())).rejects.toMatchObject(unreadable);
  expect(recorded).toEqual([]);
  await lost.prove(person, recoveryCodes[0] ?? '');
});

test('no table holds a secret or a code, whole, in part or encoded', async () => {
  const { secret, recoveryCodes } = await enable();
  const { rows } = await database.pool.query(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  const dump: string[] = [];
  for (const { name } of rows) {
    const content = await database.pool.query(
      `select row_to_json(t)::text as text from "${name}" t`,
    );
    dump.push(...content.rows.map(({ text }) => String(text)));
  }
  const everything = dump.join('\n').toLowerCase();
  for (const text of [
    secret,
    ...recoveryCodes,
    ...recoveryCodes.map((it) => it.replaceAll('-', '')),
  ]) {
    expect(everything).not.toContain(text.toLowerCase());
    expect(everything).not.toContain(text.slice(0, 9).toLowerCase());
    expect(everything).not.toContain(Buffer.from(text).toString('hex').slice(0, 18));
  }
  // The search does find what is stored.
  expect(everything).toContain(account);
});

test('what cannot go on record does not happen', async () => {
  const { person, code, recoveryCodes } = await enable();
  time += STEP_MS;
  const unrecorded = makeTwoFactor({
    ...{ db: database.db, secrets: [SECRET], sessions: openSessions(), issuer: 'clipt' },
    audit: { write: () => Promise.reject(new Error('The record is full.')) },
    notify: { mail: async () => undefined },
    now: () => new Date(time),
  });
  const pending = await signIn();
  await expect(unrecorded.prove(pending.person, code())).rejects.toThrow();
  await expect(unrecorded.prove(pending.person, recoveryCodes[0] ?? '')).rejects.toThrow();
  await expect(unrecorded.disable(person)).rejects.toThrow();
  await expect(unrecorded.renewRecoveryCodes(person)).rejects.toThrow();
  await expect(unrecorded.reset(account, 'They lost it all.')).rejects.toThrow();
  expect(await open().state(account)).toMatchObject({ recoveryCodesLeft: 10 });
  await open().prove(pending.person, code());
});
