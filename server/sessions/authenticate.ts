import { holdsKey, type Keys, type VerifiedKey } from '../keys/keys.ts';
import type { Credentials } from '../platform/http/app.ts';
import type { Caller, Impersonation } from '../platform/http/endpoint.ts';
import type { AccountId } from '../platform/ids.ts';
import { Problem } from '../platform/problem.ts';
import { type Cookie, tokensIn } from './cookie.ts';
import type { SessionRow, Sessions } from './sessions.ts';

/** Staff who look at an account: the cookie that says so, and what it is worth beside a session. */
export type StaffLooks = {
  readonly cookie: Pick<Cookie, 'name'>;
  /** Throws `impersonation_forbidden` for what does not belong to the session, is over, or is not allowed any more. */
  resume(
    token: string | undefined,
    session: SessionRow,
  ): Promise<Impersonation & { readonly accountId: AccountId }>;
};

/** Names under which people put keys into addresses, where logs and histories keep them. */
const KEY_PARAMETERS = ['api_key', 'apikey', 'key', 'access_token'];

/**
 * Tells who sent a request, by its key or its session; null for nobody. Staff who look at an account send both cookies and
 * count as its person, and when that is over the request is refused: it was not meant for their own account.
 */
export function makeAuthenticate({
  keys,
  sessions,
  cookie,
  looks,
}: {
  readonly keys: Pick<Keys, 'verify'>;
  readonly sessions: Pick<Sessions, 'verify' | 'wasPurged'>;
  readonly cookie: Cookie;
  readonly looks: StaffLooks;
}) {
  return async function authenticate({ header, query }: Credentials): Promise<Caller | null> {
    for (const name in query) {
      if (KEY_PARAMETERS.includes(name.toLowerCase()) || query[name]?.some(holdsKey)) {
        throw new KeyInAddress();
      }
    }
    const authorization = header('authorization');
    if (authorization !== undefined) return callerOf(await keys.verify(bearerIn(authorization)));
    const cookies = header('cookie');
    return cookies === undefined ? null : await bySession(cookies);
  };

  async function bySession(cookies: string): Promise<Caller | null> {
    const tokens = tokensIn(cookies, cookie.name);
    if (tokens.length === 0) return null;
    const [token] = tokens;
    const session =
      tokens.length === 1 && token !== undefined ? await sessions.verify(token) : null;
    if (!session) {
      const isPurged = token !== undefined && (await sessions.wasPurged(token));
      throw isPurged ? new AccountPurged(cookie) : new SessionEnded(cookie);
    }
    const { id: sessionId, tokenHash, stage, provedAt } = session;
    const via = { kind: 'session', sessionId, tokenHash, stage, provedAt } as const;
    const [lookToken, ...more] = tokensIn(cookies, looks.cookie.name);
    if (lookToken === undefined) {
      return { accountId: session.accountId, via: { ...via, impersonation: null } };
    }
    const look = await looks.resume(more.length === 0 ? lookToken : undefined, session);
    const { accountId, ...impersonation } = look;
    return { accountId, via: { ...via, impersonation } };
  }
}

/** The token of `Bearer …` (RFC 6750 §2.1); empty, which is no key, for anything else. */
function bearerIn(authorization: string): string {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
}

function callerOf(key: VerifiedKey | null): Caller {
  if (!key) throw new InvalidKey();
  const { accountId, keyId, publicId, scopes } = key;
  return { accountId, via: { kind: 'key', keyId, publicId, scopes } };
}

class KeyInAddress extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'key_in_address',
      status: 400,
      message: 'An API key does not belong into an address, where logs keep it.',
      action: 'Send it as `Authorization: Bearer`, and rotate the key that was sent.',
    });
  }
}

class InvalidKey extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'invalid_key',
      status: 401,
      message: 'The API key is not one that works here.',
      action: 'Check that it is whole, not revoked and not expired.',
      headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
    });
  }
}

class SessionEnded extends Problem {
  constructor({ clear }: Cookie) {
    super({
      kind: 'denied',
      code: 'session_ended',
      status: 401,
      message: 'The session has ended.',
      action: 'Sign in again.',
      headers: { 'Set-Cookie': clear },
    });
  }
}

class AccountPurged extends Problem {
  constructor({ clear }: Cookie) {
    super({
      kind: 'denied',
      code: 'account_purged',
      status: 410,
      message: 'The account was deleted more than thirty days ago. Nothing of it is left.',
      action: 'Sign in again for a new account.',
      headers: { 'Set-Cookie': clear },
    });
  }
}
