import { expect, test } from 'vitest';
import type { AccountId } from '../platform/ids.ts';
import { makeAuthenticate } from './authenticate.ts';
import { cookieFor } from './cookie.ts';

const accountId: AccountId = 'acc_00000000000000000000000000000001';
const keyId = 'key_00000000000000000000000000000001' as const;
const sessionId = 'ses_00000000000000000000000000000001' as const;
const publicId = '000000000001';
const tokenHash = Buffer.alloc(32);
const at = new Date();

const keys = {
  verify: async (text: string) =>
    text === 'good-key'
      ? { accountId, keyId, publicId, scopes: new Set(['webhooks' as const]) }
      : null,
};
const sessions = {
  verify: async (token: string) =>
    token === 'good-token'
      ? {
          ...{ id: sessionId, accountId, tokenHash, device: '', place: '' },
          ...{ createdAt: at, lastUsedAt: at, expiresAt: at, revokedAt: null },
          ...{ stage: 'full' as const, provedAt: at, wrongCodes: 0 },
        }
      : null,
  wasPurged: async (token: string) => token === 'purged-token',
};

const cookie = cookieFor('http://localhost:3000');
const looked: AccountId = 'acc_00000000000000000000000000000002';
const look = { id: 'imp_1', adminId: accountId, until: at };
const looks = {
  cookie: cookieFor('http://localhost:3000', 'imp'),
  resume: async (token: string | undefined) => {
    if (token !== 'good-look') throw new Error('not a good look');
    return { ...look, accountId: looked };
  },
};
const authenticate = makeAuthenticate({ keys, sessions, cookie, looks });
const ask = (headers: Readonly<Record<string, string>>, query = {}) =>
  authenticate({ header: (name) => headers[name], query, ip: '127.0.0.1' });

test('nobody is nobody', async () => {
  expect(await ask({})).toBeNull();
  expect(await ask({ cookie: 'theme=dark; other=good-token' })).toBeNull();
});

test('a bearer key goes before a cookie, and a bad one is not made up for by it', async () => {
  const both = { authorization: 'Bearer good-key', cookie: 'clipt.session=good-token' };
  expect((await ask(both))?.via).toEqual({
    kind: 'key',
    keyId,
    publicId,
    scopes: new Set(['webhooks']),
  });
  for (const authorization of ['Bearer bad-key', 'Bearer ', 'Bearer good-key more', 'good-key']) {
    await expect(ask({ ...both, authorization })).rejects.toMatchObject({
      code: 'invalid_key',
      status: 401,
    });
  }
});

test('a session comes from its cookie, among others', async () => {
  const caller = await ask({ cookie: 'theme=dark; clipt.session=good-token; a=b' });
  expect(caller).toEqual({
    accountId,
    via: {
      kind: 'session',
      sessionId,
      tokenHash,
      stage: 'full',
      provedAt: at,
      impersonation: null,
    },
  });
});

test('beside a good session the cookie of staff makes them the person of another account, and never alone', async () => {
  const both = 'clipt.session=good-token; clipt.imp=good-look';
  expect(await ask({ cookie: both })).toEqual({
    accountId: looked,
    via: {
      kind: 'session',
      sessionId,
      tokenHash,
      stage: 'full',
      provedAt: at,
      impersonation: look,
    },
  });
  expect(await ask({ cookie: 'clipt.imp=good-look' })).toBeNull();
  const doubled = 'clipt.session=good-token; clipt.imp=good-look; clipt.imp=good-look';
  for (const refused of ['clipt.session=good-token; clipt.imp=bad', doubled]) {
    await expect(ask({ cookie: refused })).rejects.toThrow('not a good look');
  }
  const ended = { cookie: 'clipt.session=bad-token; clipt.imp=good-look' };
  await expect(ask(ended)).rejects.toMatchObject({ code: 'session_ended' });
});

test('an unknown or doubled cookie is refused and taken away', async () => {
  const bad = [
    'clipt.session=bad-token',
    'clipt.session=',
    'clipt.session=good-token; clipt.session=good-token',
    'clipt.session=good-token; clipt.session=bad-token',
  ];
  for (const header of bad) {
    await expect(ask({ cookie: header })).rejects.toMatchObject({
      code: 'session_ended',
      status: 401,
      headers: { 'Set-Cookie': 'clipt.session=; Max-Age=0; HttpOnly; SameSite=Lax; Path=/' },
    });
  }
});

test('the cookie of an account that was purged is told so, and taken away', async () => {
  await expect(ask({ cookie: 'clipt.session=purged-token' })).rejects.toMatchObject({
    code: 'account_purged',
    status: 410,
    headers: { 'Set-Cookie': expect.stringContaining('Max-Age=0') },
  });
});

test('behind https the cookie is bound to its host, and the one of plain http is nobody’s', async () => {
  const secure = cookieFor('https://clipt.example');
  expect(secure.name).toBe('__Host-clipt.session');
  expect(secure.clear).toMatch(/; HttpOnly; SameSite=Lax; Path=\/; Secure$/);
  const behindHttps = makeAuthenticate({ keys, sessions, cookie: secure, looks });
  const asked = (value: string) =>
    behindHttps({ header: (name) => (name === 'cookie' ? value : undefined), query: {}, ip: '' });
  expect(await asked('clipt.session=good-token')).toBeNull();
  expect((await asked('__Host-clipt.session=good-token'))?.accountId).toBe(accountId);
});

test('a key in the address is refused before anything is looked up', async () => {
  const refused = { code: 'key_in_address', status: 400 };
  const headers = { authorization: 'Bearer good-key' };
  for (const name of ['api_key', 'key', 'access_token', 'ACCESS_TOKEN', 'Key']) {
    await expect(ask(headers, { [name]: ['anything'] })).rejects.toMatchObject(refused);
  }
  await expect(ask(headers, { q: ['see clipt_live_abc'] })).rejects.toMatchObject(refused);
  await expect(ask(headers, { q: ['a', 'clipt_live_abc'] })).rejects.toMatchObject(refused);
  expect(await ask(headers, { q: ['keys'], client_key: ['mine'] })).not.toBeNull();
});
