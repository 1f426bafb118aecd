import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { alwaysGood, noStaffRecord, noStanding } from '../../tests/harness/http-app.ts';
import { ensureOwner } from '../accounts/accounts.ts';
import { makeKeys } from '../keys/keys.ts';
import { makeKeyEndpoints } from '../keys/routes.ts';
import { makeLimits } from '../limits/limits.ts';
import { makeHttpApp } from '../platform/http/app.ts';
import { makeIdempotency } from '../platform/http/idempotency.ts';
import type { AccountId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { makeAuthenticate } from './authenticate.ts';
import { cookieFor } from './cookie.ts';
import { makeLinkEndpoint, makeSessionEndpoints } from './routes.ts';
import { makeSessions } from './sessions.ts';

const ORIGIN = 'http://localhost:3000';
const cookie = cookieFor(ORIGIN);
const looks = {
  cookie: cookieFor(ORIGIN, 'imp'),
  clearCookie: '',
  isLookedAt: async () => false,
  resume: () => Promise.reject(new Error('Staff look at nobody here.')),
};

let database: TestDatabase;
let account: AccountId;
beforeAll(async () => {
  database = await createTestDatabase();
  account = await ensureOwner(database.db);
});
afterAll(() => database.close());

/** A server of its own limits, and a browser or program in front of it. */
function open() {
  const record = async () => undefined;
  const deps = { db: database.db, log: silentLog, record };
  const [keys, sessions] = [makeKeys(deps), makeSessions({ ...deps, recordBegan: record })];
  const app = makeHttpApp({
    endpoints: [
      ...makeKeyEndpoints({ keys }),
      ...makeSessionEndpoints({ sessions, cookie, looks }),
      makeLinkEndpoint({ sessions, cookie }),
    ],
    authenticate: makeAuthenticate({ keys, sessions, cookie, looks }),
    limits: makeLimits({
      redis: null,
      settings: { requestsPerMinute: 1_000, videosPerMinute: 10 },
    }),
    idempotency: makeIdempotency(database.db),
    standing: noStanding,
    staffRecord: noStaffRecord,
    stillGood: alwaysGood,
    clientIp: () => '203.0.113.7',
    origins: [ORIGIN],
    headers: { hsts: false, storageOrigins: [], signInOrigin: null },
    stopping: new AbortController().signal,
    log: silentLog,
  });
  async function ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ) {
    const answer = await app.request(path, {
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    const parsed = z.looseObject({}).parse(text === '' ? {} : JSON.parse(text));
    return { status: answer.status, headers: answer.headers, body: parsed };
  }
  async function signIn(headers: Record<string, string> = {}) {
    const token = await sessions.makeSignInLink(account);
    const answer = await ask('POST', '/app/sessions', {
      body: { token },
      headers: { origin: ORIGIN, ...headers },
    });
    const set = answer.headers.get('set-cookie') ?? '';
    return { answer, set, browser: { cookie: set.split(';')[0] ?? '', origin: ORIGIN } };
  }
  return { ask, signIn, keys, sessions };
}

test('a link’s token is exchanged for a cookie that scripts cannot read and that ends within a month', async () => {
  const { ask, signIn } = open();
  const { answer, set, browser } = await signIn();
  expect(answer.status).toBe(201);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(set).toMatch(
    /^clipt\.session=[A-Za-z0-9_-]{43}; Max-Age=2592000; HttpOnly; SameSite=Lax; Path=\/$/,
  );
  const me = await ask('GET', '/app/me', { headers: browser });
  expect(me.status).toBe(200);
  expect(me.body).toMatchObject({
    account_id: account,
    via: 'session',
    session: { is_current: true, place: '203.0.113.0/24' },
  });
  expect(JSON.stringify([me.body, answer.body])).not.toContain(browser.cookie.slice(14));
});

test('a used, made-up or malformed token answers one and the same 401, and sets nothing', async () => {
  const { ask, sessions } = open();
  const used = await sessions.makeSignInLink(account);
  await ask('POST', '/app/sessions', { body: { token: used } });
  const answers = [];
  for (const token of [used, 'B'.repeat(43), 'cut-off']) {
    answers.push(await ask('POST', '/app/sessions', { body: { token } }));
  }
  for (const { status, headers, body } of answers) {
    expect([status, body['code']]).toEqual([401, 'link_used_or_expired']);
    expect(headers.get('set-cookie')).toBeNull();
  }
  const told = answers.map(({ body }) => ({ ...body, request_id: null }));
  expect(told[1]).toEqual(told[0]);
  expect(told[2]).toEqual(told[0]);
});

test('another site can neither sign a browser in nor out', async () => {
  const { ask, signIn, sessions } = open();
  const token = await sessions.makeSignInLink(account);
  for (const origin of ['https://elsewhere.example', 'null']) {
    const forged = await ask('POST', '/app/sessions', { body: { token }, headers: { origin } });
    expect([forged.status, forged.body['code']]).toEqual([403, 'origin_rejected']);
  }
  const { browser } = await signIn();
  const noOrigin = await ask('DELETE', '/app/sessions/current', {
    headers: { cookie: browser.cookie },
  });
  expect([noOrigin.status, noOrigin.body['code']]).toEqual([403, 'origin_rejected']);
  expect((await ask('GET', '/app/me', { headers: browser })).status).toBe(200);
});

test('the eleventh sign-in within a minute from one place is refused', async () => {
  const { ask } = open();
  const codes = [];
  for (let count = 0; count < 11; count += 1) {
    codes.push((await ask('POST', '/app/sessions', { body: { token: 'C'.repeat(43) } })).status);
  }
  expect(codes).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
});

test('signing out ends the session and takes the cookie away', async () => {
  const { ask, signIn } = open();
  const { browser } = await signIn();
  const out = await ask('DELETE', '/app/sessions/current', { headers: browser });
  expect([out.status, out.headers.get('set-cookie')]).toEqual([
    204,
    'clipt.session=; Max-Age=0; HttpOnly; SameSite=Lax; Path=/',
  ]);
  const after = await ask('GET', '/app/me', { headers: browser });
  expect([after.status, after.body['code']]).toEqual([401, 'session_ended']);
  expect(after.headers.get('set-cookie')).toContain('clipt.session=; Max-Age=0');
});

test('signing in again in the same browser ends the session it had', async () => {
  const { ask, signIn } = open();
  const first = await signIn();
  const second = await signIn({ cookie: first.browser.cookie });
  expect((await ask('GET', '/app/me', { headers: first.browser })).status).toBe(401);
  expect((await ask('GET', '/app/me', { headers: second.browser })).status).toBe(200);
});

test('sessions are listed with the one that asks, and ended one by one or all others at once', async () => {
  const { ask, signIn, sessions } = open();
  await sessions.revokeAll(account);
  const [one, two, three] = [await signIn(), await signIn(), await signIn()];
  const listed = await ask('GET', '/app/sessions', { headers: two.browser });
  const rows = z
    .array(z.looseObject({ id: z.string(), is_current: z.boolean() }))
    .parse(listed.body['data']);
  expect(rows).toHaveLength(3);
  expect(rows.filter((row) => row.is_current)).toHaveLength(1);
  const [, , oldest] = rows.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  await ask('DELETE', `/app/sessions/${oldest?.id}`, { headers: two.browser });
  expect((await ask('GET', '/app/me', { headers: one.browser })).status).toBe(401);
  await ask('DELETE', '/app/sessions/others', { headers: two.browser });
  expect((await ask('GET', '/app/me', { headers: three.browser })).status).toBe(401);
  expect((await ask('GET', '/app/me', { headers: two.browser })).status).toBe(200);
});

test('a key is shown once, by the answer that made it', async () => {
  const { ask, signIn } = open();
  const { browser } = await signIn();
  const made = await ask('POST', '/app/keys', { body: { name: ' my laptop ' }, headers: browser });
  expect(made.status).toBe(201);
  const key = z.string().parse(made.body['key']);
  expect(key).toMatch(/^clipt_live_/);
  expect(made.body['name']).toBe('my laptop');
  const listed = await ask('GET', '/app/keys', { headers: browser });
  expect(JSON.stringify(listed.body)).toContain(String(made.body['id']));
  expect(JSON.stringify(listed.body)).not.toContain(key.slice(24));
  const { rows } = await database.pool.query('select 1 from idempotency_keys');
  expect(rows).toEqual([]);
});

test('a body cannot name whose a key is, nor what is kept of it', async () => {
  const { ask, signIn } = open();
  const { browser } = await signIn();
  const columns = await database.pool.query(
    `select column_name as name from information_schema.columns where table_name = 'api_keys'`,
  );
  const assigned = columns.rows.map(({ name }) => String(name));
  expect(assigned).toContain('account_id');
  for (const column of assigned.filter((name) => !['name', 'scopes'].includes(name))) {
    const body = { name: 'mine', [column]: 'x' };
    const refused = await ask('POST', '/app/keys', { body, headers: browser });
    expect([column, refused.status]).toEqual([column, 422]);
  }
});

test.each([
  [{}],
  [{ name: '' }],
  [{ name: 'x'.repeat(81) }],
  [{ name: 'two\nlines' }],
  [{ name: 'a bell \u0007' }],
  [{ name: 'a', scopes: [] }],
  [{ name: 'a', scopes: ['admin'] }],
  [{ name: 'a', expires_in_days: 0 }],
])('a key is not made of %j', async (body) => {
  const { ask, signIn } = open();
  const { browser } = await signIn();
  expect((await ask('POST', '/app/keys', { body, headers: browser })).status).toBe(422);
});

test('a key reaches neither keys nor sessions', async () => {
  const { ask, keys } = open();
  const { text, row } = await keys.create(account, {
    name: 'program',
    scopes: ['videos:read', 'videos:write', 'webhooks', 'account:read'],
    expiresAt: null,
  });
  const headers = { authorization: `Bearer ${text}` };
  const refused = [
    await ask('GET', '/app/keys', { headers }),
    await ask('POST', '/app/keys', { headers, body: { name: 'another' } }),
    await ask('POST', `/app/keys/${row.id}/rotate`, { headers, body: {} }),
    await ask('DELETE', `/app/keys/${row.id}`, { headers }),
    await ask('GET', '/app/sessions', { headers }),
    await ask('DELETE', '/app/sessions/others', { headers }),
    await ask('GET', '/app/me', { headers }),
  ];
  for (const { status, body } of refused) {
    expect([status, body['code']]).toEqual([403, 'key_not_allowed']);
  }
  expect(await keys.verify(text)).not.toBeNull();
});

test('a key is rotated and revoked from the browser, and gone for programs at once', async () => {
  const { ask, signIn, keys } = open();
  const { browser } = await signIn();
  const made = await ask('POST', '/app/keys', { body: { name: 'program' }, headers: browser });
  const path = `/app/keys/${String(made.body['id'])}`;
  const rotated = await ask('POST', `${path}/rotate`, {
    body: { grace_hours: 1 },
    headers: browser,
  });
  expect(rotated.status).toBe(200);
  const texts = [String(made.body['key']), String(rotated.body['key'])];
  for (const text of texts) expect(await keys.verify(text)).not.toBeNull();
  expect((await ask('DELETE', path, { headers: browser })).status).toBe(204);
  for (const text of texts) expect(await keys.verify(text)).toBeNull();
  expect((await ask('DELETE', path, { headers: browser })).status).toBe(404);
  const tooLong = await ask('POST', `${path}/rotate`, {
    body: { grace_hours: 25 },
    headers: browser,
  });
  expect(tooLong.status).toBe(422);
});
