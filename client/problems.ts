import { z } from 'zod';

/** What the API answers when it refuses (RFC 9457), as far as a client needs it. */
const problemSchema = z.looseObject({
  code: z.string(),
  detail: z.string(),
  action: z.string().nullish(),
  request_id: z.string().nullish(),
});

const UNREACHABLE = {
  status: 0,
  code: 'unreachable',
  detail: 'The installation does not answer.',
  action: 'Check CLIPT_URL, and that `./clipt start` runs there.',
} as const;

/** A refusal of the API, or an installation that cannot be reached (`status` 0). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly action: string | null;
  readonly requestId: string | null;
  /** How long the installation asks to be left alone; null where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(problem: {
    readonly status: number;
    readonly code: string;
    readonly detail: string;
    readonly action?: string | null | undefined;
    readonly requestId?: string | null | undefined;
    readonly retryAfterMs?: number | null | undefined;
    readonly cause?: unknown;
  }) {
    super(problem.detail, { cause: problem.cause });
    this.name = 'ApiProblem';
    this.status = problem.status;
    this.code = problem.code;
    this.action = problem.action ?? null;
    this.requestId = problem.requestId ?? null;
    this.retryAfterMs = problem.retryAfterMs ?? null;
  }

  /** True when reading the same again may succeed in a moment. */
  get isPassing(): boolean {
    return [0, 429, 502, 503, 504].includes(this.status);
  }

  static unreachable(cause?: unknown): ApiProblem {
    return new ApiProblem({ ...UNREACHABLE, cause });
  }

  /** An answer that no installation gives: something stands before it, or in its place. */
  static unexpected(answer: Response, cause?: unknown): ApiProblem {
    return new ApiProblem({
      status: answer.status,
      code: 'unexpected_answer',
      detail: `What answers there, with status ${answer.status}, does not speak as clipt does.`,
      action: 'Check CLIPT_URL: it is the whole address of an installation, with http or https.',
      retryAfterMs: retryAfterMsOf(answer),
      cause,
    });
  }
}

/** The refusal that an answer tells of, whatever its body is. */
export function problemOf(answer: Response, body: unknown): ApiProblem {
  const { status } = answer;
  const problem = problemSchema.safeParse(body);
  if (!problem.success) return ApiProblem.unexpected(answer, problem.error);
  const { code, detail, action, request_id: requestId } = problem.data;
  const retryAfterMs = retryAfterMsOf(answer);
  return new ApiProblem({ status, code, detail, action, requestId, retryAfterMs });
}

/** `Retry-After` in milliseconds, whether it gives seconds or a date (RFC 9110 §10.2.3). */
export function retryAfterMsOf({ headers }: Response): number | null {
  const text = headers.get('retry-after') ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
