import type { ToldIdentity } from '../accounts/accounts.ts';
import type { Log } from '../platform/log.ts';
import { type Cookie, newSessionToken, tokensIn } from '../sessions/sessions.ts';
import type { Admit } from './admit.ts';
import { makeIssuerFetch } from './issuer-fetch.ts';
import { AUTH_PATH, refusal, sameOrigin } from './places.ts';

export type GoogleSettings = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuer: string;
};

export type GoogleSignInDeps = {
  /** The public origin, from the settings: no header of a request ever builds an address. */
  readonly origin: string;
  readonly secrets: readonly string[];
  readonly google: GoogleSettings;
  readonly cookie: Cookie;
  readonly admit: Admit;
  readonly log: Log;
};

/** What is known of the browser that signs in. */
export type Visitor = {
  readonly cookies: string;
  readonly userAgent: string | undefined;
  readonly ip: string;
};

/** Signing in with Google, by Auth.js: two addresses of it and no more. */
export function makeGoogleSignIn(deps: GoogleSignInDeps) {
  const { origin, cookie } = deps;
  const issuerFetch = makeIssuerFetch(deps.google.issuer);

  return {
    /** Sends the browser to Google; `returnTo` is where it comes back to in the end, here. */
    begin(visitor: Visitor, returnTo: string): Promise<Response> {
      const callbackUrl = sameOrigin(returnTo, origin);
      const form = new URLSearchParams({ callbackUrl });
      const request = new Request(`${origin}${AUTH_PATH}/signin/google`, {
        method: 'POST',
        headers: { cookie: visitor.cookies, 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
      });
      return answer(request, visitor);
    },

    /** Lets in whom Google sends back, or sends them to the sign-in page with the reason. */
    callback(visitor: Visitor, query: Readonly<Record<string, string>>): Promise<Response> {
      const url = new URL(`${origin}${AUTH_PATH}/callback/google`);
      url.search = new URLSearchParams(query).toString();
      return answer(new Request(url, { headers: { cookie: visitor.cookies } }), visitor);
    },
  };

  async function answer(request: Request, visitor: Visitor): Promise<Response> {
    const [replaces] = tokensIn(visitor.cookies, cookie.name);
    let told: ToldIdentity | null = null;
    // Megabytes that an installation without sign-in never needs.
    const [{ Auth }, { authConfig }] = await Promise.all([
      import('@auth/core'),
      import('./auth-config.ts'),
    ]);
    const config = authConfig({
      ...deps.google,
      ...{ origin, secrets: deps.secrets, fetch: issuerFetch },
      cookieName: cookie.name,
      newToken: newSessionToken(),
      async judge(identity) {
        told = identity;
        const isElse = await deps.admit.isSomebodyElse(identity, replaces);
        return isElse ? refusal('signed_in_as_another') : null;
      },
      async begin(token) {
        if (told === null) throw new Error('A session was asked for before anybody was judged.');
        const from = { userAgent: visitor.userAgent, ip: visitor.ip, replaces };
        const session = await deps.admit.admit(told, token, from);
        return { expires: session.expiresAt };
      },
      onFailed: (type) => deps.log.info('sign_in.failed', { code: type }),
    });
    return await Auth(request, config);
  }
}

export type GoogleSignIn = ReturnType<typeof makeGoogleSignIn>;
