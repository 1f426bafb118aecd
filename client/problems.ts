import { z } from 'zod';

/** What the API answers when it refuses (RFC 9457), as far as a client needs it. */
const problemSchema = z.looseObject({
  code: z.string(),
  detail: z.string(),
  action: z.string().nullish(),
  request_id: z.string().nullish(),
});

/** A refusal of the API, or an installation that cannot be reached (`status` 0). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly action: string | null;
  readonly requestId: string | null;

  constructor(problem: {
    readonly status: number;
    readonly code: string;
    readonly detail: string;
    readonly action?: string | null | undefined;
    readonly requestId?: string | null | undefined;
    readonly cause?: unknown;
  }) {
    super(problem.detail, { cause: problem.cause });
    this.name = 'ApiProblem';
    this.status = problem.status;
    this.code = problem.code;
    this.action = problem.action ?? null;
    this.requestId = problem.requestId ?? null;
  }

  /** True when the same request may succeed in a moment. */
  get isPassing(): boolean {
    return [0, 429, 502, 503, 504].includes(this.status);
  }

  static unreachable(cause: unknown): ApiProblem {
    return new ApiProblem({
      status: 0,
      code: 'unreachable',
      detail: 'The installation does not answer.',
      action: 'Check CLIPT_URL, and that `./clipt start` runs there.',
      cause,
    });
  }
}

/** The refusal that an answer tells of, whatever its body is. */
export function problemOf(answer: Response, body: unknown): ApiProblem {
  const { status } = answer;
  const problem = problemSchema.safeParse(body);
  if (!problem.success) {
    const detail = `The installation answered with status ${status}.`;
    return new ApiProblem({ status, code: 'unexpected_answer', detail });
  }
  const { code, detail, action, request_id: requestId } = problem.data;
  return new ApiProblem({ status, code, detail, action, requestId });
}
