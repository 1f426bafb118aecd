import { EventEmitter } from 'node:events';
import { type Context, Hono } from 'hono';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import type { Log } from '../log.ts';
import { asProblem, Problem } from '../problem.ts';
import { makeCredentialWatch, type StillGood } from './credential-watch.ts';
import type { Answer, Caller, Endpoint } from './endpoint.ts';
import { type Exchange, newExchange } from './exchange.ts';
import { type GateDeps, makeGate } from './gate.ts';
import { type Idempotency, parseIdempotencyKey } from './idempotency.ts';
import { ImpersonationForbidden } from './impersonation.ts';
import { asksNotToBeTracked, type Observe } from './observe.ts';
import { type Given, readAddress, readBody } from './read-request.ts';
import { Received, type SaveAnswer } from './received.ts';
import { makeRequestSignals } from './request-signal.ts';
import { makeResponses, type ProblemPage } from './responses.ts';
import { type Route, shapeOf, takenRoutes } from './route-table.ts';
import type { HeaderPolicy } from './security-headers.ts';
import { makeWithinTime } from './within-time.ts';

export type { LimitState } from './exchange.ts';
export type { Credentials } from './gate.ts';

export type HttpAppDeps = GateDeps & {
  readonly endpoints: readonly Endpoint[];
  readonly idempotency: Idempotency;
  readonly clientIp: (c: Context) => string;
  readonly headers: HeaderPolicy;
  /** A problem as a page, for whoever went to an address in a browser; JSON if there is none. */
  readonly problemPage?: ProblemPage;
  /** Asked now and then about those whose answers go on. */
  readonly stillGood: StillGood;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  readonly log: Log;
  /** Told of every operation that was answered. */
  readonly observe?: Observe | undefined;
  /** Other addresses, such as pages and files: every header of ours, but no gate. */
  readonly extraRoutes?: readonly Hono[];
};

const DEFAULT_TIMEOUT_MS = 30_000;

type OthersEnv = { Variables: { exchange: Exchange } };

/** The HTTP application: every endpoint behind the same gate, every answer with the same headers. */
export function makeHttpApp(deps: HttpAppDeps): Hono {
  const app = new Hono({ router: new RegExpRouter() });
  const gate = makeGate(deps);
  const responses = makeResponses({ ...deps, policy: deps.headers });
  const withinTime = makeWithinTime();
  const openSignal = makeRequestSignals(deps.stopping, makeCredentialWatch(deps));

  assertDistinct(deps.endpoints);
  for (const [method, routes] of routesByMethod(deps.endpoints)) {
    for (const { pattern, find } of takenRoutes(routes)) {
      app.on(method.toUpperCase(), pattern, (c) => answer(c, find(c.req.path)));
    }
  }
  const others = makeOthers();
  app.notFound((c) => others.fetch(c.req.raw, c.env));
  return app;

  /**
   * What no endpoint takes. Apart from them, because a chain of middleware costs an operation more than its handler:
   * with one handler for an address, the library calls it and nothing else.
   */
  function makeOthers(): Hono<OthersEnv> {
    const routes = new Hono<OthersEnv>({ router: new RegExpRouter() });
    routes.use(async (c, next) => {
      const exchange = newExchange(c.req.path);
      c.set('exchange', exchange);
      await next();
      const sealed = responses.ofResponse(exchange, c.res);
      if (sealed !== c.res) {
        c.res = undefined;
        c.res = sealed;
      }
    });
    routes.onError((error, c) => refusal(c, c.get('exchange'), asProblem(error)));
    routes.notFound((c) => stray(c, new NoSuchAddress()));
    for (const { pattern, find } of takenRoutes(allowedMethods(deps.endpoints))) {
      routes.all(pattern, (c) => stray(c, new MethodNotAllowed(find(c.req.path))));
    }
    for (const extra of deps.extraRoutes ?? []) routes.route('/', extra);
    return routes;
  }

  /** A request that leads nowhere. */
  async function stray(c: Context<OthersEnv>, problem: Problem): Promise<Response> {
    const exchange = c.get('exchange');
    const refused = await gate.countStray(exchange, deps.clientIp(c)).then(
      () => problem,
      (error: unknown) => asProblem(error),
    );
    return refusal(c, exchange, refused);
  }

  function refusal(c: Context, exchange: Exchange, problem: Problem): Response {
    return responses.ofProblem(exchange, problem, { isVisit: isVisit(c) });
  }

  async function answer(c: Context, endpoint: Endpoint): Promise<Response> {
    const { operationId: operation } = endpoint;
    const exchange = newExchange(c.req.path, operation);
    const started = performance.now();
    let response: Response;
    try {
      response = await serve(c, endpoint, exchange);
    } catch (error) {
      response = refusal(c, exchange, await noted(asProblem(error), endpoint, exchange));
    }
    deps.observe?.({
      ...{ operation, caller: exchange.caller, status: response.status },
      durationMs: performance.now() - started,
      asksNotToBeTracked: asksNotToBeTracked((name) => c.req.header(name)),
    });
    return response;
  }

  /** The same problem, once what was refused to staff is on record; or why it could not be. */
  async function noted(
    problem: Problem,
    { operationId }: Endpoint,
    { requestId }: Exchange,
  ): Promise<Problem> {
    if (!(problem instanceof ImpersonationForbidden)) return problem;
    return await deps.staffRecord.noteRefusal(problem.attempt, { operationId, requestId }).then(
      () => problem,
      (error: unknown) => asProblem(error),
    );
  }

  async function serve(c: Context, endpoint: Endpoint, exchange: Exchange): Promise<Response> {
    const ip = deps.clientIp(c);
    const header = (name: string) => c.req.header(name);
    const everyGiven = c.req.queries();
    const credentials = { header, query: everyGiven, ip };
    const caller = await gate.admit(exchange, endpoint, credentials);
    const given = firstOfEach(everyGiven);
    const { params, query } = readAddress(c, endpoint, given);
    const read = endpoint.body ? await readBody(c, endpoint.body, endpoint) : undefined;
    // What tells one request to this address from another.
    const content = read ? { query: given, body: read.sent } : { query: given };
    const life = openSignal(c.req.raw, { caller, goesOn: endpoint.method === 'get' });
    const timeoutMs = endpoint.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const { requestId } = exchange;
    const parts = { params, query, body: read?.body, caller, ip, requestId };
    if (caller?.via.kind === 'session' && caller.via.impersonation) {
      life.lapseAt(caller.via.impersonation.until);
    }
    let streams = false;
    try {
      const run = () =>
        once(c, endpoint, { caller, content, timeoutMs, exchange }, (saveAnswer) =>
          endpoint.handle(new Received(c, parts, life, saveAnswer)),
        );
      const made = await withinTime(run, timeoutMs, () => life.stop());
      // Refused as whoever comes now would be.
      if (life.hasLapsed) await deps.authenticate(credentials);
      if (!(made instanceof Response)) return responses.ofAnswer(exchange, made);
      if (c.req.method === 'HEAD') await made.body?.cancel();
      else streams = untilClosed(c, () => life.done());
      return responses.ofResponse(exchange, made);
    } finally {
      if (!streams) life.done();
    }
  }

  /** Handles the request, once for its `Idempotency-Key` if it has one that counts. */
  function once(
    c: Context,
    endpoint: Endpoint,
    request: {
      readonly caller: Caller | null;
      readonly content: unknown;
      readonly timeoutMs: number;
      readonly exchange: Exchange;
    },
    handle: (saveAnswer: SaveAnswer) => Promise<Answer | Response>,
  ): Promise<Answer | Response> {
    const { caller, content, timeoutMs, exchange } = request;
    const counts = endpoint.method === 'post' && endpoint.idempotent !== false;
    const key = counts ? c.req.header('idempotency-key') : undefined;
    if (key === undefined || caller === null) return handle(async () => undefined);
    const { requestId, path } = exchange;
    const use = {
      accountId: caller.accountId,
      route: `POST ${path}`,
      key: parseIdempotencyKey(key),
    };
    return deps.idempotency.once({ ...use, body: content, timeoutMs, requestId }, handle);
  }
}

/** Calls back when the answer has gone or its client has; false where there is no socket to watch. */
function untilClosed(c: Context, onClosed: () => void): boolean {
  const bindings: unknown = c.env;
  if (typeof bindings !== 'object' || bindings === null || !('outgoing' in bindings)) return false;
  const { outgoing } = bindings;
  if (!(outgoing instanceof EventEmitter)) return false;
  outgoing.once('close', onClosed);
  return true;
}

function firstOfEach(values: Readonly<Record<string, readonly string[]>>): Given {
  const first: Record<string, string> = {};
  for (const name in values) first[name] = values[name]?.[0] ?? '';
  return first;
}

/** Browsers alone say so, and programs in them cannot (Fetch Metadata). */
function isVisit(c: Context): boolean {
  return c.req.header('sec-fetch-dest') === 'document';
}

function routesByMethod(
  endpoints: readonly Endpoint[],
): ReadonlyMap<Endpoint['method'], readonly Route<Endpoint>[]> {
  const routes = endpoints.map((endpoint) => ({ path: endpoint.path, to: endpoint }));
  return Map.groupBy(routes, ({ to }) => to.method);
}

/** The methods of each path; whoever takes GET takes HEAD. */
function allowedMethods(endpoints: readonly Endpoint[]): readonly Route<readonly string[]>[] {
  return [...Map.groupBy(endpoints, ({ path }) => shapeOf(path)).values()].map((same) => ({
    path: same[0]?.path ?? '',
    to: same.flatMap(({ method }) => [method.toUpperCase(), ...(method === 'get' ? ['HEAD'] : [])]),
  }));
}

function assertDistinct(endpoints: readonly Endpoint[]): void {
  const known = new Set<string>();
  for (const { method, path } of endpoints) {
    const name = `${method} ${shapeOf(path)}`;
    if (known.has(name)) throw new TypeError(`Two endpoints are ${name}.`);
    known.add(name);
  }
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
