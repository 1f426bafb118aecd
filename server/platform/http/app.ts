import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { Log } from '../log.ts';
import { asProblem, Problem, toProblemJson } from '../problem.ts';
import type { Answer, Caller, Endpoint, EndpointRequest } from './endpoint.ts';
import { type Idempotency, parseIdempotencyKey } from './idempotency.ts';
import { readRequest } from './read-request.ts';
import { type HeaderPolicy, securityHeaders } from './security-headers.ts';

/** What is known of a request before anybody is asked who sent it. */
export type Credentials = {
  readonly header: (name: string) => string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly ip: string;
};

/** What is left of a rate limit after a request was counted. */
export type LimitState = {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
};

export type HttpAppDeps = {
  readonly endpoints: readonly Endpoint[];
  /** Who asks, or null for nobody; throws a Problem for a credential that is no longer good. */
  readonly authenticate: (credentials: Credentials) => Promise<Caller | null>;
  readonly limits: {
    take(request: {
      readonly class: Endpoint['limit'];
      readonly caller: Caller | null;
      readonly ip: string;
    }): Promise<LimitState>;
  };
  readonly idempotency: Idempotency;
  readonly clientIp: (c: Context) => string;
  /** Where browsers see us; requests that change something must come from one of these. */
  readonly origins: readonly string[];
  readonly headers: HeaderPolicy;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  readonly log: Log;
};

const DEFAULT_TIMEOUT_MS = 30_000;

type Env = { Variables: { requestId: string; authenticated: boolean } };

/** The HTTP application: every endpoint behind the same gate, every answer with the same headers. */
export function makeHttpApp(deps: HttpAppDeps): Hono<Env> {
  const app = new Hono<Env>();
  const fixedHeaders = securityHeaders(deps.headers);

  app.use(async (c, next) => {
    const requestId = `req_${randomBytes(16).toString('hex')}`;
    c.set('requestId', requestId);
    await next();
    const { headers } = c.res;
    headers.set('X-Request-Id', requestId);
    for (const [name, value] of fixedHeaders) if (!headers.has(name)) headers.set(name, value);
    if (c.get('authenticated') && !headers.has('Cache-Control')) {
      headers.set('Cache-Control', 'no-store');
    }
  });
  app.onError((error, c) => problemResponse(c, asProblem(error), deps.log));
  app.notFound((c) => problemResponse(c, new NoSuchAddress(), deps.log));

  for (const endpoint of deps.endpoints) {
    app.on(endpoint.method.toUpperCase(), honoPath(endpoint.path), (c) => serve(c, endpoint));
  }
  for (const path of new Set(deps.endpoints.map((endpoint) => endpoint.path))) {
    const methods = deps.endpoints.filter((endpoint) => endpoint.path === path);
    const allow = methods.map(({ method }) => method.toUpperCase());
    app.all(honoPath(path), (c) => problemResponse(c, new MethodNotAllowed(allow), deps.log));
  }
  return app;

  async function serve(c: Context<Env>, endpoint: Endpoint): Promise<Response> {
    const ip = deps.clientIp(c);
    const caller = await admit(c, endpoint, ip);
    c.set('authenticated', caller !== null);
    const state = await deps.limits.take({ class: endpoint.limit, caller, ip });
    const limits = limitHeaders(state);
    if (!state.allowed) throw new RateLimited(state.resetSeconds, limits);
    const parts = await readRequest(c, endpoint);
    const answer = await handle(c, endpoint, { ...parts, caller, ip });
    const response = answer instanceof Response ? answer : toResponse(answer);
    for (const [name, value] of limits) response.headers.set(name, value);
    return response;
  }

  /** Who asks, if they may ask this. */
  async function admit(c: Context<Env>, endpoint: Endpoint, ip: string): Promise<Caller | null> {
    const changes = endpoint.method !== 'get';
    const header = (name: string) => c.req.header(name);
    if (endpoint.access === 'public') {
      // A form on another site must not sign anybody in; programs send no Origin at all.
      if (changes && header('origin') !== undefined) assertOrigin(header('origin'));
      return null;
    }
    const caller = await deps.authenticate({ header, query: c.req.query(), ip });
    if (!caller) throw new Unauthenticated();
    if (caller.via.kind === 'session') {
      if (changes) assertOrigin(header('origin'));
    } else if (endpoint.access === 'session') throw new KeyNotAllowed();
    else if (!caller.via.scopes.has(endpoint.access)) throw new MissingScope(endpoint.access);
    return caller;
  }

  function assertOrigin(origin: string | undefined): void {
    if (origin === undefined || !deps.origins.includes(origin)) throw new OriginRejected();
  }

  async function handle(
    c: Context<Env>,
    endpoint: Endpoint,
    parts: Awaited<ReturnType<typeof readRequest>> & {
      readonly caller: Caller | null;
      readonly ip: string;
    },
  ): Promise<Answer | Response> {
    const timeoutMs = endpoint.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const tooLate = new AbortController();
    const request = (
      saveAnswer: EndpointRequest<unknown, unknown, unknown, null>['saveAnswer'],
    ) => ({
      ...parts,
      header: (name: string) => c.req.header(name),
      requestId: c.get('requestId'),
      // Made when it is asked for: most handlers are done before anybody could go away.
      get signal() {
        return AbortSignal.any([tooLate.signal, c.req.raw.signal, deps.stopping]);
      },
      saveAnswer,
    });
    const run = async () => {
      const key = c.req.header('idempotency-key');
      const wanted = endpoint.method === 'post' && endpoint.idempotent !== false;
      if (!wanted || key === undefined || parts.caller === null) {
        return await endpoint.handle(request(async () => undefined));
      }
      return await deps.idempotency.once(
        {
          accountId: parts.caller.accountId,
          route: `POST ${c.req.path}`,
          key: parseIdempotencyKey(key),
          body: parts.body,
          timeoutMs,
          requestId: c.get('requestId'),
        },
        (saveAnswer) => endpoint.handle(request(saveAnswer)),
      );
    };
    return await withinTime(run, timeoutMs, tooLate);
  }
}

/** The work's answer, or a Problem once its time is over; then its signal fires as well. */
async function withinTime<T>(
  work: () => Promise<T>,
  timeoutMs: number,
  tooLate: AbortController,
): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    over.reject(new TookTooLong());
    tooLate.abort();
  }, timeoutMs);
  try {
    return await Promise.race([work(), over.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function limitHeaders({ limit, remaining, resetSeconds }: LimitState) {
  return [
    ['RateLimit-Limit', String(limit)],
    ['RateLimit-Remaining', String(remaining)],
    ['RateLimit-Reset', String(resetSeconds)],
  ] as const;
}

function toResponse({ status, body, headers = {} }: Answer): Response {
  if (body === undefined) return new Response(null, { status, headers: { ...headers } });
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

function problemResponse(c: Context<Env>, problem: Problem, log: Log): Response {
  const requestId = c.get('requestId');
  if (problem.status >= 500) {
    log.error('request.failed', {
      code: problem.code,
      status: problem.status,
      request_id: requestId,
    });
  }
  const body = toProblemJson(problem, { instance: c.req.path, requestId });
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', ...problem.headers },
  });
}

class NoSuchAddress extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'not_found',
      message: 'There is nothing at this address.',
      action: 'GET /v1/openapi.json lists every address of the API.',
    });
  }
}

class MethodNotAllowed extends Problem {
  constructor(allow: readonly string[]) {
    super({
      kind: 'invalid',
      code: 'method_not_allowed',
      status: 405,
      message: 'This address does not take that method.',
      action: `Use ${allow.join(' or ')}.`,
      headers: { Allow: allow.join(', ') },
    });
  }
}

class Unauthenticated extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'unauthenticated',
      status: 401,
      message: 'This needs an API key or a session.',
      action: 'Send `Authorization: Bearer` with a key of `./clipt keys create`, or sign in.',
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  }
}

class KeyNotAllowed extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'key_not_allowed',
      message: 'An API key cannot do this.',
      action: 'Sign in and do it in the browser.',
    });
  }
}

class MissingScope extends Problem {
  constructor(scope: string) {
    super({
      kind: 'denied',
      code: 'missing_scope',
      message: `The API key does not have the scope ${scope}.`,
      action: `Make a key with the scope ${scope}.`,
    });
  }
}

class OriginRejected extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'origin_rejected',
      message: 'The request does not come from this installation’s own pages.',
      action: 'Send it with the Origin of the installation, or with an API key.',
    });
  }
}

class RateLimited extends Problem {
  constructor(resetSeconds: number, limits: readonly (readonly [string, string])[]) {
    super({
      kind: 'exhausted',
      code: 'rate_limited',
      status: 429,
      message: 'Too many requests.',
      action: `Try again in ${resetSeconds} s.`,
      retryable: true,
      headers: { ...Object.fromEntries(limits), 'Retry-After': String(resetSeconds) },
    });
  }
}

class TookTooLong extends Problem {
  constructor() {
    super({
      kind: 'upstream',
      code: 'timed_out',
      status: 504,
      message: 'The answer took longer than its limit.',
      action: 'Ask again; what was begun goes on.',
      retryable: true,
    });
  }
}
