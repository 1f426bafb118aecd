import { asProblem, Problem } from '../problem.ts';
import type { Caller, Endpoint } from './endpoint.ts';
import type { Exchange, LimitState } from './exchange.ts';

/** What is known of a request before anybody is asked who sent it. */
export type Credentials = {
  readonly header: (name: string) => string | undefined;
  /** Every value of every name: one that is given twice has two. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly ip: string;
};

export type GateDeps = {
  /** Who asks, or null for nobody; throws a Problem for a credential that is no longer good. */
  readonly authenticate: (credentials: Credentials) => Promise<Caller | null>;
  readonly limits: {
    take(request: {
      readonly class: Endpoint['limit'];
      readonly caller: Caller | null;
      readonly ip: string;
    }): Promise<LimitState>;
  };
  /** Where browsers see us; requests that change something must come from one of these. */
  readonly origins: readonly string[];
};

/** Who may ask what, how often, and from where. */
export function makeGate({ authenticate, limits, origins }: GateDeps) {
  return {
    /**
     * Who asks, once it is known that they may ask this now. Every request is counted, refused ones under the address.
     * Throws `unauthenticated`, `rate_limited`, `key_not_allowed`, `missing_scope`, `origin_rejected` and what
     * `authenticate` throws.
     */
    async admit(
      exchange: Exchange,
      endpoint: Endpoint,
      credentials: Credentials,
    ): Promise<Caller | null> {
      const { header, ip } = credentials;
      const caller = await identify(exchange, endpoint, credentials);
      exchange.isPrivate = caller !== null;
      await count(exchange, endpoint.limit, caller, ip);
      if (caller) assertMayAsk(caller, endpoint);
      if (endpoint.method !== 'get') assertOrigin(caller, header('origin'));
      return caller;
    },

    /** Counts a request that leads nowhere, so that its answer tells the limit as all others do. */
    async countStray(exchange: Exchange, ip: string): Promise<void> {
      await count(exchange, 'read', null, ip);
    },
  };

  async function identify(exchange: Exchange, endpoint: Endpoint, credentials: Credentials) {
    if (endpoint.access === 'public') return null;
    const refused = await authenticate(credentials).then(
      (caller) => caller ?? new Unauthenticated(),
      (error: unknown) => asProblem(error),
    );
    if (!(refused instanceof Problem)) return refused;
    await count(exchange, endpoint.limit, null, credentials.ip);
    throw refused;
  }

  async function count(
    exchange: Exchange,
    limit: Endpoint['limit'],
    caller: Caller | null,
    ip: string,
  ): Promise<void> {
    const state = await limits.take({ class: limit, caller, ip });
    exchange.limits = state;
    if (!state.allowed) throw new RateLimited(state.resetSeconds);
  }

  /** Programs send no Origin and need none, but with a cookie, or to a public form, a browser has to show its own. */
  function assertOrigin(caller: Caller | null, origin: string | undefined): void {
    const isProgram = caller === null ? origin === undefined : caller.via.kind === 'key';
    if (isProgram) return;
    if (origin === undefined || !origins.includes(origin)) throw new OriginRejected();
  }
}

function assertMayAsk({ via }: Caller, { access }: Endpoint): void {
  if (via.kind === 'session' || access === 'public') return;
  if (access === 'session') throw new KeyNotAllowed();
  if (!via.scopes.has(access)) throw new MissingScope(access);
}

class Unauthenticated extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'unauthenticated',
      message: 'This needs an API key or a session.',
      action: 'Send `Authorization: Bearer` with an API key, or sign in.',
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
      details: { required_scope: scope },
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
  constructor(resetSeconds: number) {
    super({
      kind: 'exhausted',
      code: 'rate_limited',
      message: 'Too many requests.',
      action: `Try again in ${resetSeconds} s.`,
      retryable: true,
      headers: { 'Retry-After': String(resetSeconds) },
    });
  }
}
