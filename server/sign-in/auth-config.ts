import { type AuthConfig, customFetch, skipCSRFCheck } from '@auth/core';
import type { Adapter } from '@auth/core/adapters';
import Google from '@auth/core/providers/google';
import type { ToldIdentity } from '../accounts/accounts.ts';
import { AUTH_PATH, refusal, SIGN_IN_PAGE, sameOrigin } from './places.ts';

/** What one request to Auth.js needs to know; a config is made for each, since Auth.js writes into it. */
export type AuthRequest = {
  /** The public origin, from the settings alone. */
  readonly origin: string;
  readonly secrets: readonly string[];
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuer: string;
  readonly fetch: typeof fetch;
  readonly cookieName: string;
  /** The token that the new session will have. */
  readonly newToken: string;
  /** Null to go on; else where to send somebody who is not let in. */
  readonly judge: (told: ToldIdentity) => Promise<string | null>;
  readonly begin: (token: string) => Promise<{ readonly expires: Date }>;
  readonly onFailed: (type: string) => void;
};

/**
 * Auth.js as a client of Google alone: PKCE, state and nonce, no tokens kept, no linking, addresses verified, sessions of
 * ours. Its own check against forged forms is off, because ours (`Origin`) has been made before.
 */
export function authConfig(request: AuthRequest): AuthConfig {
  const { origin, cookieName, newToken } = request;
  return {
    basePath: AUTH_PATH,
    trustHost: true,
    useSecureCookies: true,
    debug: false,
    secret: [...request.secrets],
    skipCSRFCheck,
    pages: { signIn: SIGN_IN_PAGE, error: SIGN_IN_PAGE },
    session: { strategy: 'database', generateSessionToken: () => newToken },
    cookies: {
      sessionToken: {
        name: cookieName,
        options: { httpOnly: true, secure: true, sameSite: 'lax', path: '/' },
      },
    },
    logger: {
      error: (error) => request.onFailed('type' in error ? String(error.type) : error.name),
      warn: () => undefined,
      debug: () => undefined,
    },
    providers: [
      Google({
        clientId: request.clientId,
        clientSecret: request.clientSecret,
        issuer: request.issuer,
        checks: ['pkce', 'state', 'nonce'],
        authorization: { params: { prompt: 'select_account', scope: 'openid email profile' } },
        account: () => ({}),
        [customFetch]: request.fetch,
      }),
    ],
    callbacks: {
      redirect: ({ url }) => sameOrigin(url, origin),
      async signIn({ profile }) {
        const told = readProfile(profile ?? {});
        const elsewhere = told === null ? refusal('email_not_verified') : await request.judge(told);
        return elsewhere ?? true;
      },
    },
    adapter: makeAdapter(request),
  };
}

/** What the identity token says of somebody whose address is verified; null otherwise. */
function readProfile(profile: Readonly<Record<string, unknown>>): ToldIdentity | null {
  const { iss, sub, email, email_verified: isVerified, name } = profile;
  if (typeof iss !== 'string' || typeof sub !== 'string' || sub === '') return null;
  if (typeof email !== 'string' || !email.includes('@') || isVerified !== true) return null;
  return { issuer: iss, subject: sub, email, name: typeof name === 'string' ? name : null };
}

/**
 * Auth.js asks its adapter for a user and an account before it asks for a session. Ours makes all of them at once when
 * the session is asked for, so that none is left without the others; until then nobody is known.
 */
function makeAdapter({ begin }: AuthRequest): Adapter {
  const nobody = async () => null;
  return {
    getUser: nobody,
    getUserByEmail: nobody,
    getUserByAccount: nobody,
    // A live session never links another identity to its account.
    getSessionAndUser: nobody,
    updateSession: nobody,
    deleteSession: nobody,
    createUser: async (user) => user,
    updateUser: async ({ id }) => ({ id, email: '', emailVerified: null }),
    linkAccount: async () => undefined,
    async createSession({ sessionToken, userId }) {
      const { expires } = await begin(sessionToken);
      return { sessionToken, userId, expires };
    },
  };
}
