import { asProblem, Problem, TooMany } from '../problem.ts';
import type { Caller, Endpoint } from './endpoint.ts';
import type { Exchange, LimitState } from './exchange.ts';
import type { StaffRecord } from './impersonation.ts';
import { assertMayAsk, type Standing } from './who-may-ask.ts';

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
  readonly standing: Standing;
  readonly staffRecord: StaffRecord;
  /** Where browsers see us; requests that change something must come from one of these. */
  readonly origins: readonly string[];
};

/** Who may ask what, how often, and from where. */
export function makeGate({ authenticate, limits, standing, staffRecord, origins }: GateDeps) {
  return {
    /**
     * Who asks, once it is known that they may ask this now. Every request is counted, refused ones under the address.
     * What staff are about to change while they look at an account is on record by then. Throws `unauthenticated`,
     * `rate_limited`, `origin_rejected`, and what `authenticate`, `assertMayAsk` and the record throw.
     */
    async admit(
      exchange: Exchange,
      endpoint: Endpoint,
      credentials: Credentials,
    ): Promise<Caller | null> {
      const { header, ip } = credentials;
      const caller = await identify(exchange, endpoint, credentials);
      exchange.caller = caller;
      note(exchange, await limits.take({ class: endpoint.limit, caller, ip }));
      if (caller) await assertMayAsk(caller, endpoint, standing);
      if (endpoint.method !== 'get') {
        assertOrigin(caller, header('origin'));
        if (caller) await noteChange(exchange, endpoint, caller);
      }
      return caller;
    },

    /** Counts a request that leads nowhere, so that its answer tells the limit as all others do. */
    async countStray(exchange: Exchange, ip: string): Promise<void> {
      note(exchange, await limits.take({ class: 'read', caller: null, ip }));
    },
  };

  async function identify(exchange: Exchange, endpoint: Endpoint, credentials: Credentials) {
    if (endpoint.access === 'public') return null;
    let refused: Problem;
    try {
      const caller = await authenticate(credentials);
      if (caller) return caller;
      refused = new Unauthenticated();
    } catch (error) {
      refused = asProblem(error);
    }
    note(exchange, await limits.take({ class: endpoint.limit, caller: null, ip: credentials.ip }));
    throw refused;
  }

  /** The few operations of `session` and `admin` that staff reach here tell of themselves. */
  async function noteChange(
    { requestId }: Exchange,
    { access, operationId }: Endpoint,
    { accountId, via }: Caller,
  ): Promise<void> {
    if (via.kind !== 'session' || via.impersonation === null) return;
    if (access === 'session' || access === 'admin') return;
    await staffRecord.noteChange({ ...via.impersonation, accountId }, { operationId, requestId });
  }

  /** Programs send no Origin and need none, but with a cookie, or to a public form, a browser has to show its own. */
  function assertOrigin(caller: Caller | null, origin: string | undefined): void {
    const isProgram = caller === null ? origin === undefined : caller.via.kind === 'key';
    if (isProgram) return;
    if (origin === undefined || !origins.includes(origin)) throw new OriginRejected();
  }
}

/** What is left goes into the answer, also into that of a request which was one too many. */
function note(exchange: Exchange, state: LimitState): void {
  exchange.limits = state;
  if (!state.allowed) throw new RateLimited(state.resetSeconds);
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

class RateLimited extends TooMany {
  constructor(resetSeconds: number) {
    super({
      code: 'rate_limited',
      message: 'Too many requests.',
      action: `Try again in ${resetSeconds} s.`,
      retryAfterSeconds: resetSeconds,
    });
  }
}
