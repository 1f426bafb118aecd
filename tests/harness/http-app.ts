import { z } from 'zod';
import { type HttpAppDeps, makeHttpApp } from '../../server/platform/http/app.ts';
import type { StillGood } from '../../server/platform/http/credential-watch.ts';
import {
  type Answer,
  type Caller,
  defineEndpoint,
  type Endpoint,
  type EndpointRequest,
  type Scope,
  type SessionCredential,
} from '../../server/platform/http/endpoint.ts';
import type { StaffRecord } from '../../server/platform/http/impersonation.ts';
import { type Listening, listen } from '../../server/platform/http/listen.ts';
import type { Standing } from '../../server/platform/http/who-may-ask.ts';
import type { AccountId } from '../../server/platform/ids.ts';
import { silentLog } from '../../server/platform/log.ts';

export const APP_ORIGIN = 'http://clipt.test';

/** A key of the account with these scopes. */
export function keyOf(accountId: AccountId, ...scopes: Scope[]): Caller {
  const key = { kind: 'key', keyId: 'key_test', publicId: 'test' } as const;
  return { accountId, via: { ...key, scopes: new Set(scopes) } };
}

/** Nobody is staff, and a session is proof enough. */
export const noStanding: Standing = {
  isStaff: async () => false,
  stepUpMethod: async () => null,
};

/** Keeps no record of what staff do. */
export const noStaffRecord: StaffRecord = {
  noteChange: async () => undefined,
  noteRefusal: async () => undefined,
};

/** Whoever was let in stays. */
export const alwaysGood: StillGood = async (callers) => new Set(callers);

/** Somebody signed in, who has just proved who they are unless told otherwise. */
export function sessionOf(accountId: AccountId, over: Partial<SessionCredential> = {}): Caller {
  const session = {
    kind: 'session',
    sessionId: 'ses_test',
    tokenHash: Buffer.alloc(32),
    stage: 'full',
    impersonation: null,
  } as const;
  return { accountId, via: { ...session, provedAt: new Date(), ...over } };
}

/** The application with these endpoints; whoever asks is `caller`, and nothing is limited, unless told otherwise. */
export function makeTestApp({
  endpoints = [],
  caller = null,
  ...over
}: Partial<HttpAppDeps> & {
  readonly endpoints?: readonly Endpoint[];
  readonly caller?: Caller | null;
} = {}) {
  return makeHttpApp({
    endpoints,
    authenticate: async () => caller,
    limits: { take: async () => ({ allowed: true, limit: 60, remaining: 59, resetSeconds: 30 }) },
    idempotency: { once: (_request, work) => work(async () => undefined) },
    clientIp: () => '127.0.0.1',
    standing: noStanding,
    staffRecord: noStaffRecord,
    stillGood: alwaysGood,
    origins: [APP_ORIGIN],
    headers: {
      hsts: true,
      storageOrigins: ['https://files.example.org'],
      signInOrigin: 'https://accounts.google.com',
    },
    stopping: new AbortController().signal,
    log: silentLog,
    ...over,
  });
}

/** Serves an application on a free port of this machine; close it with `drain(0)`. */
export function serveTestApp(
  app: Pick<ReturnType<typeof makeHttpApp>, 'fetch'>,
  options: { readonly idleMs?: number } = {},
): Promise<Listening> {
  return listen(app, { host: '127.0.0.1', port: 0, tls: null, ...options });
}

type Handle = (
  request: EndpointRequest<unknown, unknown, unknown, unknown>,
) => Promise<Answer | Response>;

/** An operation for trying the application: `GET /v1/things`, unless told otherwise. */
export function tryEndpoint(over: Partial<Endpoint> & { readonly handle?: Handle } = {}): Endpoint {
  return defineEndpoint({
    ...{ method: 'get', path: '/v1/things', operationId: 'listThings', summary: 'Things' },
    ...{ tag: 'Things', access: 'videos:read', limit: 'read' },
    answers: { 200: { description: 'Things' } },
    handle: async () => ({ status: 200, body: { ok: true } }),
    ...over,
  });
}

const problemSchema = z.looseObject({ code: z.string(), status: z.number() });

/** An application's answer, read whole, with the problem where it is one. */
export async function askApp(
  app: ReturnType<typeof makeHttpApp>,
  path = '/v1/things',
  init: RequestInit = {},
) {
  const answer = await app.request(path, init);
  const text = await answer.text();
  const isProblem = answer.headers.get('content-type') === 'application/problem+json';
  const problem = isProblem ? problemSchema.parse(JSON.parse(text)) : null;
  return { status: answer.status, headers: answer.headers, text, problem };
}
