import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Endpoint } from '../../server/platform/http/endpoint.ts';
import type { AccountId } from '../../server/platform/ids.ts';
import { silentLog } from '../../server/platform/log.ts';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import { runDue } from '../../server/platform/schedule/schedule.ts';
import { makeEndpoints } from '../../server/wiring/endpoints.ts';
import { makeEntrance } from '../../server/wiring/entrance.ts';
import { type ApiService, openService } from '../api/service.ts';
import { codeOf } from '../api/shapes.ts';
import { addAccount } from '../harness/accounts.ts';
import { APP_ORIGIN, askApp, makeTestApp, sessionOf } from '../harness/http-app.ts';

/** On one's own machine the owner is staff; everybody else there is looked at as anywhere. */

const REASON = 'They cannot play <their> "newest" film.';

let service: ApiService;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service.close());

beforeEach(async () => {
  await service.request('DELETE', '/app/admin/impersonations/current', {
    as: service.owner.session,
  });
});

async function begin(accountId: AccountId = service.other.id, as = service.owner.session) {
  const begun = await service.request('POST', '/app/admin/impersonations', {
    ...{ as, body: { account_id: accountId, reason: REASON } },
  });
  const set = begun.headers.get('set-cookie') ?? '';
  const { id } = z.object({ id: z.string().default('') }).parse(begun.json);
  const cookie = `${as.cookie}; ${set.split(';')[0]}`;
  return { begun, set, id, looking: { cookie, origin: service.url } };
}

type Entry = { action: string; actor_id: string; subject: string; detail: Record<string, string> };

async function recordOf(target: string): Promise<readonly Entry[]> {
  const { rows } = await service.db.execute<Entry>(
    sql`select action, actor_id, subject, entry::jsonb -> 'detail' as detail
        from audit.entries where entry::jsonb ->> 'target' = ${target} order by seq`,
  );
  return rows;
}

describe('staff who look at an account', () => {
  test('are its person for requests, while the cookie of their session goes with the other', async () => {
    const { begun, set, id, looking } = await begin();
    expect(begun.status).toBe(201);
    expect(set).toMatch(
      /^clipt\.imp=[A-Za-z0-9_-]{43}; Max-Age=1800; HttpOnly; SameSite=Lax; Path=\/$/,
    );
    const account = await service.request('GET', '/v1/account', { as: looking });
    expect(account.json).toMatchObject({ id: service.other.id });
    const me = await service.request('GET', '/app/me', { as: looking });
    expect(me.json).toMatchObject({
      ...{ account_id: service.other.id, staff_looking: true, impersonation: { id } },
      session: { id: service.owner.sessionId },
    });
    const alone = await service.request('GET', '/app/me', {
      as: { cookie: looking.cookie.split('; ')[1] ?? '' },
    });
    expect(alone.status).toBe(401);
    const stolen = `${service.other.session.cookie}; ${looking.cookie.split('; ')[1]}`;
    const refused = await service.request('GET', '/app/me', { as: { cookie: stolen } });
    expect([refused.status, codeOf(refused)]).toEqual([403, 'impersonation_forbidden']);
    expect(await recordOf(id)).toMatchObject([
      { action: 'impersonation.started' },
      { action: 'impersonation.refused', actor_id: service.other.id, subject: null },
    ]);
  });

  test('change nothing that is not on record with both ids', async () => {
    const { id, looking } = await begin();
    await service.request('POST', '/v1/videos', { as: looking, body: { topic: 'Bees' } });
    await service.request('GET', '/v1/videos', { as: looking });
    expect((await recordOf(id)).slice(1)).toEqual([
      {
        ...{ action: 'impersonation.mutated', actor_id: service.owner.id },
        subject: service.other.id,
        detail: { operation: 'createVideo', request_id: expect.stringMatching(/^req_/) },
      },
    ]);
  });

  test('look at no second account meanwhile, at none of staff, and at nobody without a reason', async () => {
    const { looking } = await begin();
    const third = await addAccount(service.db);
    for (const as of [looking, service.owner.session]) {
      const { begun } = await begin(third, as);
      expect([begun.status, codeOf(begun)]).toEqual([403, 'impersonation_forbidden']);
    }
    await service.request('DELETE', '/app/admin/impersonations/current', { as: looking });
    const { begun } = await begin(service.owner.id);
    expect([begun.status, codeOf(begun)]).toEqual([403, 'impersonation_forbidden']);
    const { rows } = await service.db.execute(
      sql`select 1 from audit.entries where action = 'impersonation.refused'
          and entry::jsonb #>> '{detail,why}' = 'staff_account' and subject = ${service.owner.id}`,
    );
    expect(rows).toHaveLength(1);
    for (const reason of ['too short', 'x'.repeat(501), undefined]) {
      const body = { account_id: third, reason };
      const refused = await service.request('POST', '/app/admin/impersonations', {
        ...{ as: service.owner.session, body },
      });
      expect(refused.status).toBe(422);
    }
  });

  test('are nobody else any more after the half hour: that one request does nothing, the next is their own', async () => {
    const { id, looking } = await begin();
    await service.db.execute(
      sql`update impersonations set created_at = created_at - interval '30 minutes',
          expires_at = expires_at - interval '30 minutes' where id = ${id}`,
    );
    const late = await service.request('POST', '/v1/videos', {
      ...{ as: looking, body: { topic: 'Bees' } },
    });
    expect([late.status, codeOf(late)]).toEqual([403, 'impersonation_forbidden']);
    expect(late.headers.get('set-cookie')).toMatch(/^clipt\.imp=; Max-Age=0;/);
    expect((await recordOf(id)).at(-1)).toMatchObject({
      ...{ action: 'impersonation.refused', subject: service.other.id },
      detail: { why: 'over', operation: 'createVideo' },
    });
    const own = await service.request('GET', '/app/me', { as: service.owner.session });
    expect(own.json).toMatchObject({ account_id: service.owner.id, impersonation: null });
  });

  test('sign themselves out, and with that the look is over', async () => {
    const link = await service.clipt.sessions.makeSignInLink(service.owner.id);
    const from = { userAgent: 'a test', ip: '127.0.0.1' };
    const { sessionToken } = await service.clipt.sessions.exchange(link, from);
    const session = { cookie: `clipt.session=${sessionToken}`, origin: service.url };
    const { looking } = await begin(service.other.id, session);
    const out = await service.request('DELETE', '/app/sessions/current', { as: looking });
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()).toHaveLength(2);
    const after = await service.request('GET', '/v1/account', { as: looking });
    expect([after.status, codeOf(after)]).toEqual([401, 'session_ended']);
    const theirs = await service.request('GET', '/app/me', { as: service.other.session });
    expect(theirs.status).toBe(200);
  });
});

test('looks and refusals of 18 months ago are forgotten by jobs, on record', async () => {
  const { id } = await begin();
  await service.request('DELETE', '/app/admin/impersonations/current', {
    as: service.owner.session,
  });
  await service.db.execute(
    sql`update impersonations set created_at = created_at - interval '20 months',
        ended_at = ended_at - interval '20 months', expires_at = expires_at - interval '20 months'
        where id = ${id}`,
  );
  const names = ['old_impersonations', 'old_moderation_matches'];
  const jobs = service.clipt.jobs.filter(({ name }) => names.includes(name));
  await runDue({ db: service.db, jobs, log: silentLog }, new AbortController().signal);
  const { rows } = await service.db.execute(
    sql`select name, outcome, counts from job_runs order by name`,
  );
  expect(rows).toEqual([
    { name: 'old_impersonations', outcome: 'succeeded', counts: { removed: 1 } },
    { name: 'old_moderation_matches', outcome: 'succeeded', counts: { removed: 0 } },
  ]);
  const left = await service.db.execute(sql`select 1 from impersonations where id = ${id}`);
  expect(left.rows).toEqual([]);
});

describe('the pages', () => {
  const page = async (path: string, cookie = '') => {
    const answer = await service.open('GET', path, { as: { cookie } });
    return { text: await answer.text(), headers: answer.headers, status: answer.status };
  };
  const PAGES = ['/', '/signin', '/docs/api'];

  test('say in their HTML that staff look at the account, to staff and to the person, and are kept by nobody', async () => {
    const { looking } = await begin();
    for (const path of PAGES) {
      const plain = await page(path);
      expect(plain.text).not.toContain('staff-banner');
      const forStaff = await page(path, looking.cookie);
      expect(forStaff.text).toContain(`looking at the account ${service.other.id} as staff`);
      expect(forStaff.headers.get('cache-control')).toBe('no-store');
      const forPerson = await page(path, service.other.session.cookie);
      expect(forPerson.text).toContain('Staff are looking at your account now');
      expect(forPerson.text).toContain('&lt;their&gt; &quot;newest&quot; film');
      expect(forPerson.text).not.toContain('<their>');
      const known = await service.open('GET', path, {
        as: { cookie: looking.cookie, 'if-none-match': plain.headers.get('etag') ?? '' },
      });
      expect(known.status).toBe(200);
      await known.body?.cancel();
    }
  });

  test('say it to nobody else, tell the person afterwards that it was so, and staff no longer', async () => {
    const { looking } = await begin();
    expect((await page('/', service.owner.session.cookie)).text).not.toContain('staff-banner');
    await service.request('DELETE', '/app/admin/impersonations/current', { as: looking });
    expect((await page('/', looking.cookie)).text).not.toContain('staff-banner');
    const { text } = await page('/', service.other.session.cookie);
    expect(text).toContain('Staff looked at your account');
  });
});

test('the person is told of everything that staff did, and not who of them it was', async () => {
  const { id, looking } = await begin();
  await service.request('POST', '/v1/videos', { as: looking, body: { topic: 'Bees' } });
  await service.request('DELETE', '/app/admin/impersonations/current', { as: looking });
  const listed = await service.request('GET', '/app/staff-access?limit=3', {
    as: service.other.session,
  });
  expect(listed.json).toMatchObject({
    data: [
      { action: 'impersonation.stopped', target: id },
      { action: 'impersonation.mutated', target: id, operation: 'createVideo' },
      { action: 'impersonation.started', target: id, by: 'admin', reason: REASON },
    ],
    has_more: true,
  });
  expect(JSON.stringify(listed.json)).not.toContain(service.owner.id);
  const theirs = await service.request('GET', '/app/staff-access', { as: service.owner.session });
  expect(JSON.stringify(theirs.json)).not.toContain(id);
});

describe('of all operations there are, also where everybody may sign in', () => {
  const impersonation = {
    ...{ id: 'imp_00000000000000000000000000000001', until: new Date(Date.now() + 60_000) },
  };
  const everybody = { isStaff: async () => true, stepUpMethod: async () => null };

  function operations(): readonly Endpoint[] {
    const { clipt, url } = service;
    const google = {
      ...{ origin: 'https://clipt.test', issuer: 'https://accounts.google.com' },
      ...{ clientId: 'test', clientSecret: 'test', adminEmails: new Set<string>() },
    };
    const known = new Map<string, Endpoint>();
    for (const signIn of [null, google]) {
      const entrance = makeEntrance(clipt, { signIn }, url);
      for (const endpoint of makeEndpoints(clipt, { url, entrance })) {
        known.set(`${endpoint.method} ${endpoint.path}`, endpoint);
      }
    }
    return [...known.values()];
  }

  async function askAll(endpoints: readonly Endpoint[]) {
    const { support } = makeEntrance(service.clipt, { signIn: null }, service.url);
    const caller = sessionOf(service.other.id, {
      impersonation: { ...impersonation, adminId: service.owner.id },
    });
    const staffRecord = support.record;
    const app = makeTestApp({ endpoints, caller, standing: everybody, staffRecord });
    const noted = [];
    for (const { method, path } of endpoints) {
      const init = { method: method.toUpperCase(), headers: { origin: APP_ORIGIN } };
      const { problem, headers } = await askApp(app, path.replaceAll(/\{\w+\}/g, 'x'), init);
      const requestId = headers.get('x-request-id');
      const { rows } = await service.db.execute(
        sql`select action, actor_id, subject, entry::jsonb #>> '{detail,operation}' as operation
            from audit.entries where entry::jsonb #>> '{detail,request_id}' = ${requestId}`,
      );
      noted.push({ code: problem?.code, rows });
    }
    return noted;
  }

  const both = () => ({ actor_id: service.owner.id, subject: service.other.id });

  test('those of the person and of staff themselves are forbidden, and the try goes on record', async () => {
    const forbidden = operations().filter(
      ({ access, whileImpersonating }) =>
        (access === 'session' || access === 'admin') && whileImpersonating !== true,
    );
    const names = forbidden.map(({ operationId }) => operationId);
    expect(names).toEqual(
      expect.arrayContaining(['createKey', 'listSessions', 'endSession', 'requestExport']),
    );
    expect(await askAll(forbidden)).toEqual(
      names.map((operation) => ({
        code: 'impersonation_forbidden',
        rows: [{ action: 'impersonation.refused', operation, ...both() }],
      })),
    );
  });

  test('what is open besides is known by name', () => {
    const open = operations().filter(({ whileImpersonating }) => whileImpersonating);
    expect(open.map(({ operationId }) => operationId).toSorted()).toEqual([
      'endImpersonation',
      'getMe',
      'signOut',
    ]);
  });

  test('every one that changes something is on record before it is even read', async () => {
    const changing = operations().filter(
      ({ access, method }) => !['public', 'session', 'admin'].includes(access) && method !== 'get',
    );
    expect(changing.length).toBeGreaterThan(10);
    const noted = await askAll(changing.map((endpoint) => ({ ...endpoint, handle: neverMind })));
    expect(noted.map(({ rows }) => rows)).toEqual(
      changing.map(({ operationId: operation }) => [
        { action: 'impersonation.mutated', operation, ...both() },
      ]),
    );
  });

  const neverMind = async () => ({ status: 204 });
});
