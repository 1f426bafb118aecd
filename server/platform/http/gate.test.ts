import { describe, expect, test } from 'vitest';
import {
  APP_ORIGIN,
  askApp,
  keyOf,
  makeTestApp,
  sessionOf,
  tryEndpoint,
} from '../../../tests/harness/http-app.ts';
import { newId } from '../ids.ts';
import { Problem } from '../problem.ts';
import type { Endpoint } from './endpoint.ts';
import { ImpersonationForbidden } from './impersonation.ts';
import type { Standing } from './who-may-ask.ts';

const ACCOUNT = newId('acc');
const caller = keyOf(ACCOUNT, 'videos:read', 'videos:write');

describe('who may ask', () => {
  const app = (access: Endpoint['access'], who: Parameters<typeof makeTestApp>[0]) =>
    makeTestApp({ endpoints: [tryEndpoint({ access })], ...who });

  test('nobody, where somebody is needed', async () => {
    const { problem, headers } = await askApp(app('videos:read', { caller: null }));
    expect(problem).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  test('anybody, where it is public, and nobody is asked who they are', async () => {
    const authenticate = () => Promise.reject(new Error('asked'));
    expect((await askApp(app('public', { authenticate }))).status).toBe(200);
  });

  test('a key within its scopes, and never where a session is needed', async () => {
    expect((await askApp(app('videos:read', { caller }))).status).toBe(200);
    const { problem } = await askApp(app('webhooks', { caller }));
    expect(problem).toMatchObject({
      status: 403,
      code: 'missing_scope',
      required_scope: 'webhooks',
    });
    expect((await askApp(app('session', { caller }))).problem).toMatchObject({
      status: 403,
      code: 'key_not_allowed',
    });
  });

  test('a session, everywhere', async () => {
    for (const access of ['videos:read', 'webhooks', 'session', 'public'] as const) {
      expect((await askApp(app(access, { caller: sessionOf(ACCOUNT) }))).status).toBe(200);
    }
  });

  test('not a credential that is no longer good, whose answer keeps its own headers', async () => {
    const authenticate = async () => {
      throw new Problem({
        ...{ kind: 'denied', code: 'session_ended', status: 401, message: 'Ended.' },
        headers: { 'Set-Cookie': 'clipt.session=; Max-Age=0' },
      });
    };
    const { problem, headers } = await askApp(app('videos:read', { authenticate }));
    expect(problem).toMatchObject({ status: 401, code: 'session_ended' });
    expect(headers.get('set-cookie')).toBe('clipt.session=; Max-Age=0');
    expect(headers.get('ratelimit-limit')).toBe('60');
  });
});

describe('a change asked for by a browser', () => {
  const change = (access: Endpoint['access'], who: Parameters<typeof makeTestApp>[0]) => {
    const app = makeTestApp({ endpoints: [tryEndpoint({ method: 'delete', access })], ...who });
    return (origin: string | null) =>
      askApp(app, '/v1/things', { method: 'DELETE', headers: origin === null ? {} : { origin } });
  };
  const rejected = { status: 403, code: 'origin_rejected' };
  const evil = ['null', 'http://evil.test', `${APP_ORIGIN}.evil.test`, `${APP_ORIGIN}:8080`, ''];

  test.each([null, ...evil])(
    'with a session comes from our own pages, not from %s',
    async (origin) => {
      const remove = change('videos:write', { caller: sessionOf(ACCOUNT) });
      expect((await remove(origin)).problem).toMatchObject(rejected);
    },
  );

  test('with a session is done for our own pages', async () => {
    const remove = change('session', { caller: sessionOf(ACCOUNT) });
    expect((await remove(APP_ORIGIN)).status).toBe(200);
  });

  test('with a key needs no origin', async () => {
    const remove = change('videos:write', { caller });
    expect((await remove(null)).status).toBe(200);
    expect((await remove('http://evil.test')).status).toBe(200);
  });

  test('without any credential comes from programs or from our own pages', async () => {
    const remove = change('public', {});
    expect((await remove(null)).status).toBe(200);
    expect((await remove(APP_ORIGIN)).status).toBe(200);
    expect((await remove('http://evil.test')).problem).toMatchObject(rejected);
  });
});

describe('limits', () => {
  test('are told and kept', async () => {
    const limits = {
      take: async () => ({ allowed: false, limit: 5, remaining: 0, resetSeconds: 7 }),
    };
    const app = makeTestApp({ endpoints: [tryEndpoint()], caller, limits });
    const { problem, headers } = await askApp(app);
    expect(problem).toMatchObject({ status: 429, code: 'rate_limited', retryable: true });
    expect(Object.fromEntries(headers)).toMatchObject({
      'retry-after': '7',
      'ratelimit-limit': '5',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '7',
    });
    expect((await askApp(app, '/v1/none')).status).toBe(429);
  });

  test('count every request once, the refused under their address alone', async () => {
    const taken: unknown[] = [];
    const app = (who: Partial<Parameters<typeof makeTestApp>[0]>) =>
      makeTestApp({
        endpoints: [tryEndpoint({ limit: 'generate' })],
        limits: {
          take: async (request) => {
            taken.push({ class: request.class, isKnown: request.caller !== null, ip: request.ip });
            return { allowed: true, limit: 5, remaining: 4, resetSeconds: 7 };
          },
        },
        ...who,
      });
    await askApp(app({ caller }));
    await askApp(app({ caller: null }));
    await askApp(app({ authenticate: () => Promise.reject(new Error('x')) }));
    await askApp(app({ caller }), '/v1/none');
    await askApp(app({ caller }), '/v1/things', { method: 'POST' });
    const ip = '127.0.0.1';
    expect(taken).toEqual([
      { class: 'generate', isKnown: true, ip },
      { class: 'generate', isKnown: false, ip },
      { class: 'generate', isKnown: false, ip },
      { class: 'read', isKnown: false, ip },
      { class: 'read', isKnown: false, ip },
    ]);
  });
});

describe('staff who look at an account', () => {
  const look = { id: 'imp_1', adminId: newId('acc'), until: new Date(Date.now() + 60_000) };
  const staff = sessionOf(ACCOUNT, { impersonation: look });
  const standing: Standing = { isStaff: async () => true, stepUpMethod: async () => null };
  const asPage = { method: 'POST', headers: { origin: APP_ORIGIN } };

  function open(endpoint: Partial<Endpoint>, failing = false) {
    const happened: string[] = [];
    const note = (what: string) => async () => {
      if (failing) throw new Error('No record.');
      happened.push(what);
    };
    const handle = async () => {
      happened.push('done');
      return { status: 200, body: {} };
    };
    const app = makeTestApp({
      endpoints: [tryEndpoint({ method: 'post', ...endpoint, handle })],
      ...{ caller: staff, standing },
      staffRecord: { noteChange: note('change'), noteRefusal: note('refusal') },
    });
    return { app, happened };
  }

  test('change something once that is on record, and only then', async () => {
    const { app, happened } = open({ access: 'videos:write' });
    expect((await askApp(app, '/v1/things', asPage)).status).toBe(200);
    expect(happened).toEqual(['change', 'done']);
    const failing = open({ access: 'videos:write' }, true);
    expect((await askApp(failing.app, '/v1/things', asPage)).status).toBe(500);
    expect(failing.happened).toEqual([]);
  });

  test('read without a word on record, and are noted for nothing that comes from another origin', async () => {
    const reading = open({ method: 'get' });
    expect((await askApp(reading.app)).status).toBe(200);
    expect(reading.happened).toEqual(['done']);
    const { app, happened } = open({ access: 'videos:write' });
    expect((await askApp(app, '/v1/things', { method: 'POST' })).status).toBe(403);
    expect(happened).toEqual([]);
  });

  test.each(['session', 'admin'] as const)(
    'are refused what is for %s, on record or not at all',
    async (access) => {
      const { app, happened } = open({ access });
      const { problem } = await askApp(app, '/v1/things', asPage);
      expect(problem).toMatchObject({ status: 403, code: 'impersonation_forbidden' });
      expect(happened).toEqual(['refusal']);
      const failing = open({ access }, true);
      expect((await askApp(failing.app, '/v1/things', asPage)).status).toBe(500);
      expect(failing.happened).toEqual([]);
    },
  );

  test('are staff by their own account, not by the one that they look at', async () => {
    const asked: string[] = [];
    const app = makeTestApp({
      endpoints: [tryEndpoint({ access: 'admin', whileImpersonating: true })],
      caller: staff,
      standing: { ...standing, isStaff: async (id) => asked.push(id) > 0 },
    });
    expect((await askApp(app)).status).toBe(200);
    expect(asked).toEqual([look.adminId]);
  });

  test('see no more of what they wait for when their time is over', async () => {
    const until = new Date(Date.now() + 50);
    const over = new ImpersonationForbidden({
      attempt: {
        ...{ why: 'over', byId: look.adminId, isStaff: true, accountId: ACCOUNT },
        impersonationId: look.id,
      },
      ...{ message: 'It is over.', action: 'Begin another.' },
    });
    const app = makeTestApp({
      authenticate: async () => {
        if (Date.now() >= until.getTime()) throw over;
        return sessionOf(ACCOUNT, { impersonation: { ...look, until } });
      },
      endpoints: [
        tryEndpoint({
          handle: async ({ signal }) => {
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            return { status: 200, body: { canary: true } };
          },
        }),
      ],
    });
    const { text, problem } = await askApp(app);
    expect(problem).toMatchObject({ status: 403, code: 'impersonation_forbidden' });
    expect(text).not.toContain('canary');
  });
});
