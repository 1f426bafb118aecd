import type { z } from 'zod';
import type { AccountId, Id } from '../ids.ts';
import type { Database } from '../postgres/database.ts';

/** What an API key may do; a session may do all of it. */
export const SCOPES = ['videos:read', 'videos:write', 'webhooks', 'account:read'] as const;
export type Scope = (typeof SCOPES)[number];

/** How far somebody has come: `second_factor` owes a code, `restore` may bring a deleted account back, `full` is in. */
export const SESSION_STAGES = ['full', 'second_factor', 'restore'] as const;
export type SessionStage = (typeof SESSION_STAGES)[number];

/** Which look at an account it is, whose of the staff, and when it is over whatever happens. */
export type Impersonation = {
  readonly id: string;
  readonly adminId: AccountId;
  readonly until: Date;
};

export type SessionCredential = {
  readonly kind: 'session';
  readonly sessionId: Id<'ses'>;
  /** Of the token that was shown; a session changes its token with each proof. */
  readonly tokenHash: Buffer;
  readonly stage: SessionStage;
  /** When the person last proved who they are. */
  readonly provedAt: Date | null;
  /** Set while staff look at the account; the session is theirs then. */
  readonly impersonation: Impersonation | null;
};

export type KeyCredential = {
  readonly kind: 'key';
  readonly keyId: string;
  /** The part of the key that may be seen; a rotation changes it. */
  readonly publicId: string;
  readonly scopes: ReadonlySet<Scope>;
};

/** Who asks. Comes from the credential alone, never from the body. */
export type Caller = {
  readonly accountId: AccountId;
  readonly via: SessionCredential | KeyCredential;
};

/** Somebody signed in. */
export type SessionCaller = Caller & { readonly via: SessionCredential };

/** Whom the operations of `access` get to see. */
type CallerOf<Access extends Endpoint['access']> = Access extends 'public'
  ? Caller | null
  : Access extends 'session' | 'admin'
    ? SessionCaller
    : Caller;

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A JSON answer, or one with no body at all. */
export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  /** The body as JSON text that is written out already; goes before `body`. */
  readonly json?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type EndpointRequest<Params, Query, Body, Who> = {
  readonly caller: Who;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly header: (name: string) => string | undefined;
  /** The body as it comes, for operations without a body schema; counting its bytes is theirs. Null for no body. */
  readonly stream: ReadableStream<Uint8Array> | null;
  /** The client's address, canonical. */
  readonly ip: string;
  readonly requestId: string;
  /**
   * Aborts when the client goes away or the time limit is over, and for GETs (which may wait or stream) as soon as the
   * server stops: whatever changes something is given the time that the server still has.
   */
  readonly signal: AbortSignal;
  /**
   * Under an `Idempotency-Key`: stores the answer in the transaction that made what it tells of, so that a repeat
   * gets the same answer and makes nothing. Without a key it does nothing. Handlers that make rows call it.
   */
  readonly saveAnswer: (tx: Database, answer: Answer) => Promise<void>;
};

export type DocumentedAnswer = {
  readonly description: string;
  readonly body?: z.ZodType;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Which it carries besides those that go without saying: of a redirect `Location`, of a 304 `ETag`. */
  readonly headers?: readonly ('Location' | 'ETag')[];
};

/**
 * One operation of the API. The schemas that validate are the schemas of the OpenAPI document.
 * A handler answers with data or a `Response` of its own (streams, redirects, files), or throws Problems.
 */
export type Endpoint = {
  readonly method: Method;
  /** OpenAPI form: `/v1/videos/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  /**
   * `public` takes anybody; `session` only the browser's session, never a key; `admin` the session of staff; a scope takes
   * keys that have it, and sessions.
   */
  readonly access: 'public' | 'session' | 'admin' | Scope;
  /** Which sessions may ask; default those that are `full`. */
  readonly stages?: readonly SessionStage[];
  /** True where whoever asks must have proved who they are within ten minutes. */
  readonly stepUp?: boolean;
  /**
   * True for the few operations of `session` and `admin` that staff may ask for while they look at an account; what such
   * an operation changes it puts on record itself.
   */
  readonly whileImpersonating?: boolean;
  /** Which rate limit counts it. */
  readonly limit: 'read' | 'write' | 'generate' | 'auth';
  /** False for POSTs that repeat harmlessly or make secrets that may not be kept; default true. */
  readonly idempotent?: boolean;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** What a body calls itself; default `application/json`. */
  readonly bodyType?: string;
  /** Largest JSON body in bytes; default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Longest the handler may take; default 30 s. Streams are exempt once they have begun. */
  readonly timeoutMs?: number;
  /** Every success the operation documents. Problems are documented for all alike. */
  readonly answers: Readonly<Record<number, DocumentedAnswer>>;
  /** A method, so that one whose request is typed by its schemas (see `defineEndpoint`) fits here. */
  handle(
    request: EndpointRequest<unknown, unknown, unknown, Caller | null>,
  ): Promise<Answer | Response>;
};

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** Ties the handler's types to the schemas. */
export function defineEndpoint<
  const Access extends Endpoint['access'],
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  endpoint: Omit<Endpoint, 'access' | 'params' | 'query' | 'body' | 'handle'> & {
    readonly access: Access;
    readonly params?: Params;
    readonly query?: Query;
    readonly body?: Body;
    handle(
      request: EndpointRequest<Parsed<Params>, Parsed<Query>, Parsed<Body>, CallerOf<Access>>,
    ): Promise<Answer | Response>;
  },
): Endpoint {
  // The mounting code parses by these very schemas and checks the caller before it calls.
  const { params, query, body, ...rest } = endpoint;
  return {
    ...rest,
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
  };
}
