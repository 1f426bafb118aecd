import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Hosted, ORIGIN, openHosted } from './hosted.ts';

let hosted: Hosted;
beforeAll(async () => {
  hosted = await openHosted();
});
afterEach(() => {
  hosted.google.twist = {};
  hosted.google.failure = null;
});
afterAll(() => hosted.close());

const count = async (table: string) => {
  const { rows } = await hosted.database.pool.query(`select count(*)::int as n from ${table}`);
  return rows[0].n;
};

describe('signing in with Google', () => {
  test('begins a session whose cookie no script reads and no other host gets, and comes back to where it began', async () => {
    const visitor = hosted.visit();
    expect(await visitor.signIn('/films?tab=all')).toBe('/films?tab=all');
    const session = [...visitor.jar].find(([name]) => name === '__Host-clipt.session');
    expect(session?.[1]).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const me = await visitor.me();
    expect(me).toMatchObject({ status: 200, body: { session: { is_current: true } } });
    const { rows } = await hosted.database.pool.query('select * from accounts where email = $1', [
      'ada@example.org',
    ]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ kind: 'user', name: 'Ada' });
  });

  test('asks Google for an identity only, with PKCE, state and nonce, and a redirect to the configured origin', async () => {
    const visitor = hosted.visit();
    const forged = {
      host: 'evil.test',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'http',
    };
    const answer = await visitor.ask('POST', '/auth/signin/google?scope=drive&login_hint=eve', {
      headers: forged,
    });
    const asked = new URL(answer.headers.get('location') ?? '').searchParams;
    expect(asked.get('redirect_uri')).toBe(`${ORIGIN}/auth/callback/google`);
    expect(asked.get('scope')).toBe('openid email profile');
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('state')).not.toBeNull();
    expect(asked.get('nonce')).not.toBeNull();
    expect(asked.get('login_hint')).toBeNull();
    for (const set of answer.headers.getSetCookie()) {
      expect(set).toMatch(/; ?HttpOnly/i);
      expect(set).toMatch(/; ?Secure/i);
      expect(set).toMatch(/; ?SameSite=Lax/i);
    }
  });

  test('keeps no token and no picture of Google’s', async () => {
    const visitor = hosted.visit();
    await visitor.signIn();
    const { rows } = await hosted.database.pool.query(
      `select table_name, column_name from information_schema.columns
       where table_schema = 'public' and column_name ~ '(access|refresh|id)_token$|picture'`,
    );
    expect(rows).toEqual([]);
    expect([...visitor.jar.keys()].filter((name) => /token/.test(name))).toEqual([]);
  });

  test('of the same person again rotates the session', async () => {
    const visitor = hosted.visit();
    await visitor.signIn();
    const first = visitor.jar.get('__Host-clipt.session') ?? '';
    await visitor.signIn();
    expect(visitor.jar.get('__Host-clipt.session')).not.toBe(first);
    const thief = hosted.visit();
    thief.jar.set('__Host-clipt.session', first);
    expect((await thief.me()).status).toBe(401);
    expect((await visitor.me()).status).toBe(200);
  });

  test('as somebody else while signed in is refused, and the session goes on', async () => {
    const visitor = hosted.visit();
    await visitor.signIn();
    hosted.google.twist = { sub: '2', email: 'bob@example.org' };
    expect(await visitor.signIn()).toBe('/signin?error=signed_in_as_another');
    expect((await visitor.me()).status).toBe(200);
    const other = hosted.visit();
    expect(await other.signIn()).toBe('/');
  });

  test('with the address of another account is another account', async () => {
    const before = await count('accounts');
    hosted.google.twist = { sub: 'third' };
    expect(await hosted.visit().signIn()).toBe('/');
    expect(await count('accounts')).toBe(before + 1);
  });
});

describe('nobody is let in', () => {
  const wrong: readonly (readonly [string, Record<string, unknown>])[] = [
    ['another issuer', { iss: 'https://accounts.evil.test' }],
    ['another audience', { aud: 'another-client' }],
    [
      'several audiences without ours as the party',
      { aud: ['another', 'clipt-tests'], azp: 'another' },
    ],
    ['an expired token', { exp: 1_000_000_000 }],
    ['a token from the future', { nbf: 4_000_000_000 }],
    ['another nonce', { nonce: 'forged' }],
    ['no nonce', { nonce: null }],
    ['no subject', { sub: null }],
    ['a subject that is no text', { sub: 7 }],
    ['an address that nobody verified', { email_verified: false }],
    ['an address that is said to be verified in a word', { email_verified: 'true' }],
    ['no word about the address', { email_verified: null }],
    ['no address', { email: null }],
  ];

  test.each(wrong)('with %s in the identity token', async (_what, twist) => {
    const [sessions, accounts] = [await count('sessions'), await count('accounts')];
    const visitor = hosted.visit();
    hosted.google.twist = twist;
    expect(await visitor.signIn()).toMatch(/^\/signin\?error=/);
    expect(visitor.jar.has('__Host-clipt.session')).toBe(false);
    expect((await visitor.me()).status).toBe(401);
    expect([await count('sessions'), await count('accounts')]).toEqual([sessions, accounts]);
  });

  test('with another state, an invented one, or none', async () => {
    for (const state of ['forged', null]) {
      const visitor = hosted.visit();
      const back = await sentBack(visitor);
      if (state === null) back.searchParams.delete('state');
      else back.searchParams.set('state', state);
      expect(await visitor.comeBack(back)).toMatch(/^\/signin\?error=/);
    }
  });

  test('with the state of another browser', async () => {
    const [mine, theirs] = [hosted.visit(), hosted.visit()];
    const back = await sentBack(theirs);
    await sentBack(mine);
    expect(await mine.comeBack(back)).toMatch(/^\/signin\?error=/);
    expect(mine.jar.has('__Host-clipt.session')).toBe(false);
  });

  test('with a code that was used before', async () => {
    const visitor = hosted.visit();
    const cookies = new Map<string, string>();
    const back = await sentBack(visitor);
    for (const [name, value] of visitor.jar) cookies.set(name, value);
    expect(await visitor.comeBack(back)).toBe('/');
    const again = hosted.visit();
    for (const [name, value] of cookies) again.jar.set(name, value);
    expect(await again.comeBack(back)).toMatch(/^\/signin\?error=/);
  });

  test('when they say no at Google', async () => {
    const visitor = hosted.visit();
    const back = await sentBack(visitor);
    back.searchParams.delete('code');
    back.searchParams.set('error', 'access_denied');
    expect(await visitor.comeBack(back)).toMatch(/^\/signin\?error=/);
  });

  test.each([
    [400, { error: 'invalid_grant' }],
    [500, { error: 'server_error' }],
    [200, { nonsense: true }],
  ])('when Google’s token endpoint answers %i', async (statusCode, body) => {
    const before = hosted.google.asked;
    hosted.google.failure = { statusCode, body };
    expect(await hosted.visit().signIn()).toMatch(/^\/signin\?error=/);
    // A code counts once: it is never sent again.
    expect(hosted.google.asked).toBe(before + 1);
  });

  async function sentBack(visitor: ReturnType<Hosted['visit']>): Promise<URL> {
    const atGoogle = await visitor.goToGoogle();
    const answer = await fetch(atGoogle, { redirect: 'manual' });
    return new URL(answer.headers.get('location') ?? '');
  }
});

describe('nobody is led astray', () => {
  test.each([
    'https://evil.test/',
    '//evil.test/',
    '/\\evil.test',
    'javascript:alert(1)',
    `${ORIGIN}.evil.test/`,
    `${ORIGIN}@evil.test/`,
    'https:evil.test',
  ])('after signing in, to %s', async (target) => {
    const ended = await hosted.visit().signIn(target);
    expect(new URL(ended, ORIGIN).origin).toBe(ORIGIN);
  });

  test('by a page of another origin, or one that hides it, that begins a sign-in', async () => {
    for (const origin of ['https://evil.test', 'null']) {
      const answer = await hosted
        .visit()
        .ask('POST', '/auth/signin/google', { headers: { origin } });
      expect(answer.status).toBe(403);
    }
    const bare = await fetch(`${hosted.service.heard}/auth/signin/google`, { method: 'POST' });
    expect(bare.status).toBe(403);
  });

  test('by other addresses of Auth.js, which are not there', async () => {
    const visitor = hosted.visit();
    await visitor.signIn();
    for (const path of [
      '/auth/session',
      '/auth/signout',
      '/auth/csrf',
      '/auth/providers',
      '/auth/error',
    ]) {
      expect((await visitor.ask('GET', path)).status).toBe(404);
    }
    expect((await visitor.ask('GET', '/auth/signin/google')).status).toBe(405);
  });

  test('by a one-time link, of which there are none here', async () => {
    const token = await hosted.clipt.sessions.makeSignInLink(await hosted.clipt.owner());
    const answer = await hosted.visit().ask('POST', '/app/sessions', { body: { token } });
    expect(answer.status).toBe(405);
  });
});

test('more than ten sign-ins a minute from one place are refused', async () => {
  const visitor = hosted.visit();
  const statuses = [];
  for (let tries = 0; tries < 12; tries += 1) {
    statuses.push((await visitor.ask('POST', '/auth/signin/google')).status);
  }
  expect(statuses.filter((status) => status === 429)).toHaveLength(2);
});

test('a stolen cookie is worth nothing after its session ended in any of the ways there are', async () => {
  const ways: readonly ((visitor: ReturnType<Hosted['visit']>) => Promise<unknown>)[] = [
    (visitor) => visitor.ask('DELETE', '/app/sessions/current'),
    async () => {
      const other = hosted.visit();
      other.userAgent = 'another browser';
      hosted.google.twist = visitorClaims;
      await other.signIn();
      await other.ask('DELETE', '/app/sessions/others');
    },
    (visitor) => visitor.signIn(),
  ];
  const visitorClaims = { sub: 'thief-test', email: 'carol@example.org' };
  for (const end of ways) {
    hosted.google.twist = visitorClaims;
    const visitor = hosted.visit();
    await visitor.signIn();
    const thief = hosted.visit();
    thief.jar.set('__Host-clipt.session', visitor.jar.get('__Host-clipt.session') ?? '');
    expect((await thief.me()).status).toBe(200);
    await end(visitor);
    expect((await thief.me()).status).toBe(401);
    expect(thief.jar.has('__Host-clipt.session')).toBe(false);
  }
});
