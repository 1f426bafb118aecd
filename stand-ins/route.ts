import type { IncomingHttpHeaders } from 'node:http';
import type { Body } from './body.ts';
import type { Fault } from './faults.ts';
import type { Purchase } from './journal.ts';
import type { Reply } from './reply.ts';

/** A request to a route of a vendor's. */
export type Ask = {
  readonly method: string;
  readonly path: string;
  /** What stands for the `:names` of the route's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
  /** All that struck this request; those of every route are dealt with already. */
  readonly faults: readonly Fault[];
  /** Aborts when the client leaves or the stand-in closes. */
  readonly signal: AbortSignal;
  /** Notes what was bought; to be called once it can no longer be refused. */
  bought(purchase: Pick<Purchase, 'id' | 'key' | 'details'>): void;
};

export type Route = {
  /** For faults and counts, such as `create-task`. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE' | 'OPTIONS';
  /** `/tasks/:id`. */
  readonly path: string;
  /** What a request without a body is about, for faults that strike only some. */
  readonly about?: (params: Ask['params']) => string;
  /** Throws `Refused` for what the vendor would refuse. */
  readonly handle: (ask: Ask) => Promise<Reply> | Reply;
};

/** A refusal, to be put into the vendor's own envelope. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string | null;
  /** The field it is about. */
  readonly param: string | null;

  constructor(status: number, code: string | null, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
  }
}

/** What an injected refusal says; the vendor's envelope chooses what is not said. */
export type Refusal = {
  readonly status: number;
  readonly code: string | null;
  readonly message: string | null;
  readonly param: string | null;
  readonly path: string;
};

export type FoundRoute = {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
};

export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): FoundRoute | null {
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = match(route.path.split('/'), path.split('/'));
    if (params) return { route, params };
  }
  return null;
}

function match(wanted: readonly string[], given: readonly string[]): Record<string, string> | null {
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const told = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(told);
    else if (part !== told) return null;
  }
  return params;
}
