import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { ensureOwner } from '../accounts/accounts.ts';
import type { AccountId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { type EndedSessions, makeSessions } from './sessions.ts';

let database: TestDatabase;
let account: AccountId;
beforeAll(async () => {
  database = await createTestDatabase();
  account = await ensureOwner(database.db);
});
afterAll(() => database.close());

const origin = { userAgent: 'curl/8.5.0', ip: '203.0.113.77' };
const recorded: EndedSessions[] = [];
const began: unknown[] = [];
const open = () =>
  makeSessions({
    ...{ db: database.db, log: silentLog },
    recordBegan: async (_tx, { session, ...how }) => void began.push({ id: session.id, ...how }),
    record: async (_tx, ended) => void recorded.push(ended),
  });
const run = (statement: string, values: unknown[] = []) => database.pool.query(statement, values);
const signIn = async (from: Parameters<ReturnType<typeof open>['exchange']>[1] = origin) => {
  const sessions = open();
  return await sessions.exchange(await sessions.makeSignInLink(account), from);
};

test('of 20 that come at once with one link, one is signed in', async () => {
  const sessions = open();
  const token = await sessions.makeSignInLink(account);
  const ends = await Promise.allSettled(
    Array.from({ length: 20 }, () => sessions.exchange(token, origin)),
  );
  const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const lost = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
  expect(won).toHaveLength(1);
  expect(lost).toEqual(Array.from({ length: 19 }, () => 'link_used_or_expired'));
  expect((await sessions.verify(won[0]?.sessionToken ?? ''))?.accountId).toBe(account);
});

test('a link that never was, was used, is too old or is no link at all is refused in one and the same way', async () => {
  const sessions = open();
  const used = await sessions.makeSignInLink(account);
  await sessions.exchange(used, origin);
  const old = await sessions.makeSignInLink(account);
  await run(`update sign_in_links set expires_at = now() where used_at is null`);
  for (const token of [used, old, 'A'.repeat(43), 'short', '']) {
    await expect(sessions.exchange(token, origin)).rejects.toMatchObject({
      code: 'link_used_or_expired',
      status: 401,
    });
  }
});

test('a link lives ten minutes', async () => {
  await run('delete from sign_in_links');
  await open().makeSignInLink(account);
  const { rows } = await run(
    `select bool_and(expires_at = created_at + interval '10 minutes') as fits from sign_in_links`,
  );
  expect(rows).toEqual([{ fits: true }]);
});

test('a session is over after a week without use', async () => {
  const { sessionToken, session } = await signIn();
  const used = (before: string) =>
    run(`update sessions set last_used_at = now() - $1::interval where id = $2`, [
      before,
      session.id,
    ]);
  await used('6 days 23 hours 59 minutes');
  expect(await open().verify(sessionToken)).not.toBeNull();
  // That was a use: another week begins.
  await expect
    .poll(async () => {
      const { rows } = await run(
        `select last_used_at > now() - interval '1 minute' as fresh from sessions where id = $1`,
        [session.id],
      );
      return rows[0]?.fresh;
    })
    .toBe(true);
  await used('7 days');
  expect(await open().verify(sessionToken)).toBeNull();
});

test('a session is over after a month, however much it is used', async () => {
  const { sessionToken, session } = await signIn();
  const { rows } = await run(
    `select expires_at = created_at + interval '30 days' as fits from sessions where id = $1`,
    [session.id],
  );
  expect(rows).toEqual([{ fits: true }]);
  await run(`update sessions set expires_at = now() where id = $1`, [session.id]);
  expect(await open().verify(sessionToken)).toBeNull();
  expect((await open().list(account)).map(({ id }) => id)).not.toContain(session.id);
});

test('a stolen cookie is worth nothing after any way of ending its session', async () => {
  const endings: readonly ((id: `ses_${string}`, token: string) => Promise<unknown>)[] = [
    (id) => open().revoke(account, id),
    (id) => open().signOut(account, id),
    async (id) => {
      for (let count = 0; count < 5; count += 1) {
        await open().countWrongCode(database.db, account, id);
      }
    },
    () => open().revokeAll(account),
    () => open().revokeOthers(account, 'ses_00000000000000000000000000000000'),
    (_, token) => signIn({ ...origin, replaces: token }),
  ];
  for (const end of endings) {
    const { sessionToken, session } = await signIn();
    const elsewhere = open();
    expect(await elsewhere.verify(sessionToken)).not.toBeNull();
    await end(session.id, sessionToken);
    expect(await elsewhere.verify(sessionToken)).toBeNull();
    await expect(elsewhere.find(account, session.id)).rejects.toMatchObject({
      code: 'session_not_found',
    });
  }
});

test('one session ends alone, and the others on demand', async () => {
  const [first, second, third] = [await signIn(), await signIn(), await signIn()];
  await open().revoke(account, first.session.id);
  expect(await open().verify(second.sessionToken)).not.toBeNull();
  expect(await open().revokeOthers(account, second.session.id)).toBeGreaterThanOrEqual(1);
  expect(await open().verify(third.sessionToken)).toBeNull();
  expect((await open().list(account)).map(({ id }) => id)).toEqual([second.session.id]);
});

test('another account’s session is like one that is not there', async () => {
  const { sessionToken, session } = await signIn();
  const stranger: AccountId = 'acc_00000000000000000000000000000000';
  const sessions = open();
  await expect(sessions.revoke(stranger, session.id)).rejects.toMatchObject({
    code: 'session_not_found',
  });
  await expect(sessions.find(stranger, session.id)).rejects.toMatchObject({
    code: 'session_not_found',
  });
  expect(await sessions.revokeAll(stranger)).toBe(0);
  expect(await sessions.isLive(database.db, stranger, session.id)).toBe(false);
  const theirs = { accountId: stranger, id: session.id, stage: 'full' } as const;
  await expect(sessions.renew(database.db, theirs)).rejects.toMatchObject({
    code: 'session_not_found',
  });
  for (let count = 0; count < 5; count += 1) {
    await sessions.countWrongCode(database.db, stranger, session.id);
  }
  expect(await sessions.verify(sessionToken)).not.toBeNull();
});

test('no table holds a token that was given out', async () => {
  const sessions = open();
  const link = await sessions.makeSignInLink(account);
  const { sessionToken } = await signIn();
  const dump = await run(
    `select row_to_json(s)::text as text from sessions s union all select row_to_json(l)::text from sign_in_links l`,
  );
  const everything = dump.rows.map(({ text }) => String(text)).join('\n');
  for (const token of [link, sessionToken]) {
    expect(everything).not.toContain(token.slice(0, 16));
    expect(everything).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
    expect(everything).not.toContain(Buffer.from(token).toString('hex'));
  }
});

test('of where it was begun a session keeps the browser in words and the network', async () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
  const v4 = await signIn({ userAgent: chrome, ip: '203.0.113.77' });
  expect(v4.session).toMatchObject({ device: 'Chrome 142 on Linux', place: '203.0.113.0/24' });
  const v6 = await signIn({ userAgent: undefined, ip: '2001:db8:1:2:3:4:5:6' });
  expect(v6.session).toMatchObject({ device: 'unknown', place: '2001:db8:1:2::/64' });
  const mapped = await signIn({ userAgent: 'x'.repeat(500), ip: '::ffff:203.0.113.9' });
  expect(mapped.session).toMatchObject({ device: 'x'.repeat(120), place: '203.0.113.0/24' });
});

test('sessions long over and links used up are forgotten in time, and no others', async () => {
  const sessions = open();
  await sessions.prune();
  const { session } = await signIn();
  const kept = await signIn();
  const link = await sessions.makeSignInLink(account);
  await run(
    `update sessions set last_used_at = now() - interval '60 days', created_at = now() - interval '60 days',
     expires_at = now() - interval '31 days' where id = $1`,
    [session.id],
  );
  expect(await sessions.prune()).toBe(3);
  expect((await run('select 1 from sessions where id = $1', [session.id])).rowCount).toBe(0);
  expect(await sessions.verify(kept.sessionToken)).not.toBeNull();
  await sessions.exchange(link, origin);
});

test('a proof gives the session another token and time; the former token is worth nothing from then on', async () => {
  const sessions = open();
  const { sessionToken, session } = await signIn();
  await run("update sessions set proved_at = now() - interval '1 hour'");
  const own = { accountId: account, id: session.id, stage: 'full' } as const;
  const renewed = await sessions.renew(database.db, own);
  expect(renewed.session.id).toBe(session.id);
  expect(await sessions.verify(sessionToken)).toBeNull();
  const found = await sessions.verify(renewed.sessionToken);
  expect(Date.now() - (found?.provedAt?.getTime() ?? 0)).toBeLessThan(60_000);
  await sessions.revoke(account, session.id);
  await expect(sessions.renew(database.db, own)).rejects.toMatchObject({
    code: 'session_not_found',
  });
});

test('five wrong codes in a row end a session, however many come at once; a proof in between begins the count anew', async () => {
  const sessions = open();
  const { session } = await signIn();
  const isLive = () => sessions.isLive(database.db, account, session.id);
  const mistype = () => sessions.countWrongCode(database.db, account, session.id);
  for (let count = 0; count < 4; count += 1) await mistype();
  await sessions.renew(database.db, { accountId: account, id: session.id, stage: 'full' });
  for (let count = 0; count < 4; count += 1) await mistype();
  expect(await isLive()).toBe(true);
  recorded.length = 0;
  await Promise.all(Array.from({ length: 20 }, mistype));
  expect(await isLive()).toBe(false);
  expect(recorded).toEqual([{ accountId: account, ids: [session.id], how: 'wrong_codes' }]);
});

test('every way of ending sessions before their time goes on record, once, and nothing that ended none', async () => {
  await open().revokeAll(account);
  const made = [await signIn(), await signIn(), await signIn(), await signIn()];
  const [one, two, three, four] = made.map(({ session }) => session.id);
  if (!one || !two || !three || !four) throw new Error('Four sessions were begun.');
  recorded.length = 0;
  await open().signOut(account, one);
  await open().revoke(account, two);
  await open().revokeOthers(account, four);
  await open().revokeAll(account);
  await open().revokeAll(account);
  await expect(open().signOut(account, one)).rejects.toMatchObject({ code: 'session_not_found' });
  expect(recorded).toEqual([
    { accountId: account, ids: [one], how: 'signed_out' },
    { accountId: account, ids: [two], how: 'revoked' },
    { accountId: account, ids: [three], how: 'revoked' },
    { accountId: account, ids: [four], how: 'revoked' },
  ]);
});

test('a session whose end cannot go on record does not end', async () => {
  const { sessionToken, session } = await signIn();
  const sessions = makeSessions({
    ...{ db: database.db, log: silentLog },
    recordBegan: async () => undefined,
    record: () => Promise.reject(new Error('The record is full.')),
  });
  await expect(sessions.revoke(account, session.id)).rejects.toThrow();
  await expect(sessions.revokeAll(account)).rejects.toThrow();
  expect(await sessions.verify(sessionToken)).not.toBeNull();
});

test('who comes in by a link goes on record, with whether they were there before, or does not come in', async () => {
  const from = { userAgent: 'curl/8.5.0', ip: '198.51.100.9' };
  began.length = 0;
  const [first, second] = [await signIn(from), await signIn(from)];
  expect(began).toEqual([
    { id: first.session.id, isNew: false, isFamiliar: false },
    { id: second.session.id, isNew: false, isFamiliar: true },
  ]);
  const sessions = makeSessions({
    ...{ db: database.db, log: silentLog, record: async () => undefined },
    recordBegan: () => Promise.reject(new Error('The record is full.')),
  });
  const link = await sessions.makeSignInLink(account);
  await expect(sessions.exchange(link, from)).rejects.toThrow('The record is full.');
  // The link is as good as it was.
  expect((await open().exchange(link, from)).session.accountId).toBe(account);
});
