import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { Problem } from '../platform/problem.ts';
import type { GoogleSignIn, Visitor } from './google.ts';

const common = { tag: 'Sign-in', access: 'public', limit: 'auth', idempotent: false } as const;

/** The two addresses of signing in with Google; a browser is sent from one to the other. */
export function makeSignInEndpoints(google: GoogleSignIn): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/auth/signin/google',
      operationId: 'signInWithGoogle',
      summary: 'Go to Google to sign in',
      query: z.object({ return_to: z.string().max(2_000).default('/') }),
      answers: { 302: { description: 'To Google' } },
      async handle({ header, ip, query }) {
        // The gate lets programs through without an Origin; only a page of ours may begin a sign-in.
        if (header('origin') === undefined) throw new OriginMissing();
        return await google.begin(visitorOf(header, ip), query.return_to);
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/auth/callback/google',
      operationId: 'returnFromGoogle',
      summary: 'Come back from Google',
      query: z.record(z.string(), z.string().max(8_000)),
      answers: { 302: { description: 'Signed in, or to the sign-in page with the reason' } },
      handle: ({ header, ip, query }) => google.callback(visitorOf(header, ip), query),
    }),
  ];
}

function visitorOf(header: (name: string) => string | undefined, ip: string): Visitor {
  return { cookies: header('cookie') ?? '', userAgent: header('user-agent'), ip };
}

class OriginMissing extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'origin_rejected',
      message: 'Signing in begins on this installation’s own sign-in page.',
      action: 'Open /signin in a browser.',
    });
  }
}
