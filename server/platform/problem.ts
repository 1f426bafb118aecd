/**
 * What went wrong, in the few kinds that callers act on.
 * `platform/problem.ts` alone knows how a kind is shown (exit code, and over HTTP the status).
 */
export type ProblemKind =
  | 'invalid'
  | 'not-found'
  | 'conflict'
  | 'denied'
  | 'exhausted'
  | 'upstream'
  | 'canceled'
  | 'internal';

export type ProblemInit = {
  kind: ProblemKind;
  /** Stable machine word in snake_case, such as `unreadable_script`. */
  code: string;
  /** One sentence that is safe to show to anybody: no path of ours, SQL, prompt or secret. */
  message: string;
  /** What the reader can do about it, as an instruction. */
  action?: string | undefined;
  /** True when the same call may succeed later with nothing changed. */
  retryable?: boolean | undefined;
  /** The HTTP status, where the kind's own is not the right one. */
  status?: number | undefined;
  /** What else may be shown, such as `{ needed: 40, balance: 12 }`. */
  details?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  /** What is wrong where, in a request with several faults. */
  errors?: readonly FieldError[] | undefined;
  /** Response headers that belong to the answer. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The internal reason; logged by name and code only, never shown. */
  cause?: unknown;
};

/** One fault of a request: where it is, such as `body.scenes[0].narration`, what it is and how to mend it. */
export type FieldError = {
  readonly location: string;
  readonly message: string;
  readonly fix: string;
};

/** The one error type that crosses capability borders. Capabilities extend it in their `errors.ts`. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly code: string;
  readonly action: string | undefined;
  readonly retryable: boolean;
  /** The HTTP status of the answer that tells of it. */
  readonly status: number;
  readonly details: NonNullable<ProblemInit['details']>;
  readonly errors: readonly FieldError[];
  readonly headers: NonNullable<ProblemInit['headers']>;

  constructor(init: ProblemInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = new.target.name;
    this.kind = init.kind;
    this.code = init.code;
    this.action = init.action;
    this.retryable = init.retryable ?? false;
    this.status = init.status ?? statusOf(init.kind, init.code);
    this.details = init.details ?? {};
    this.errors = init.errors ?? [];
    this.headers = init.headers ?? {};
  }
}

/** What may be done so often, or so many at a time: 429, with the seconds after which trying again makes sense. */
export class TooMany extends Problem {
  constructor({
    retryAfterSeconds,
    ...init
  }: Pick<ProblemInit, 'code' | 'message' | 'action'> & { readonly retryAfterSeconds: number }) {
    super({
      ...{ ...init, kind: 'exhausted', status: 429, retryable: true },
      headers: { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterSeconds))) },
    });
  }
}

/** The HTTP status of each kind (RFC 9110 §15). */
const STATUS_OF: { readonly [Kind in ProblemKind]: number } = {
  invalid: 422,
  'not-found': 404,
  conflict: 409,
  denied: 403,
  exhausted: 503,
  upstream: 502,
  canceled: 503,
  internal: 500,
};

/** Codes whose status is not that of their kind. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  unauthenticated: 401,
  insufficient_credits: 402,
  invalid_cursor: 400,
  database_conflict: 503,
  database_unavailable: 503,
  timed_out: 504,
  vendor_timed_out: 504,
};

function statusOf(kind: ProblemKind, code: string): number {
  if (Object.hasOwn(STATUS_OF_CODE, code)) return STATUS_OF_CODE[code] ?? STATUS_OF[kind];
  return kind === 'invalid' && code.startsWith('malformed_') ? 400 : STATUS_OF[kind];
}

const TITLE_OF: { readonly [Kind in ProblemKind]: string } = {
  invalid: 'The request cannot be used',
  'not-found': 'Not found',
  conflict: 'Not possible at the moment',
  denied: 'Not allowed',
  exhausted: 'A limit is reached',
  upstream: 'An outside service failed',
  canceled: 'Stopped',
  internal: 'Something went wrong',
};

/** What to do about our own failures, for readers who have no command line here. */
const ACTION_OVER_HTTP: Readonly<Record<string, string>> = {
  internal: 'Send the request again; if it stays, report its request_id.',
  disk_full: 'Try again later; whoever runs this installation has to free some space.',
};

/**
 * A problem as RFC 9457 `application/problem+json`: what is safe to show, and nothing else. `type` is relative to
 * the installation: the reference page describes the codes. Details never stand in for the members of every problem.
 */
export function toProblemJson(
  problem: Problem,
  { instance, requestId }: { readonly instance: string; readonly requestId: string },
) {
  return {
    ...problem.details,
    type: `/docs/api#problem-${problem.code}`,
    title: TITLE_OF[problem.kind],
    status: problem.status,
    detail: problem.message,
    instance,
    code: problem.code,
    request_id: requestId,
    retryable: problem.retryable,
    action: ACTION_OVER_HTTP[problem.code] ?? problem.action ?? null,
    errors: problem.errors,
  };
}

/**
 * Anything thrown, as a Problem: ours unchanged, an abort as `canceled`, a full disk as `disk_full`, the rest
 * as `internal`. Of two errors, the second thrown while the first put things away, the first counts.
 */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof SuppressedError) return asProblem(error.suppressed);
  if (isDiskFull(error)) {
    return new Problem({
      kind: 'exhausted',
      code: 'disk_full',
      message: 'The disk is full.',
      action:
        'Free some space, or set CLIPT_DATA_DIR to a folder on a larger disk; then run the command again.',
      cause: error,
    });
  }
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    const timedOut = error.name === 'TimeoutError';
    return new Problem({
      kind: timedOut ? 'upstream' : 'canceled',
      code: timedOut ? 'timed_out' : 'canceled',
      message: timedOut ? 'The work took longer than its limit.' : 'The work was canceled.',
      retryable: timedOut,
      cause: error,
    });
  }
  return new Problem({
    kind: 'internal',
    code: 'internal',
    message: 'Something went wrong inside clipt.',
    action: 'Run the command again; if it stays, run `./clipt doctor` and report its output.',
    retryable: true,
    cause: error,
  });
}

/** What may be logged of an internal reason: the name of the error, and the system's code where it has one. */
export function reasonOf({ cause }: Problem): { readonly error_name?: string } {
  if (!(cause instanceof Error)) return {};
  const code =
    'code' in cause && /^[A-Z][A-Z0-9_]{1,40}$/.test(String(cause.code)) ? cause.code : null;
  return { error_name: code === null ? cause.name : `${cause.name} ${code}` };
}

/** True where neither what was asked for nor who asked is the reason: somebody has to look at it. */
export function isFault({ kind }: Problem): boolean {
  return kind === 'internal' || kind === 'upstream' || kind === 'exhausted';
}

/** Also true for an error that was caused by a full disk, however deep. */
export function isDiskFull(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if ('code' in at && (at.code === 'ENOSPC' || at.code === 'EDQUOT')) return true;
  }
  return false;
}
