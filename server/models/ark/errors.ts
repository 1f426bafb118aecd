import { EgressFailure } from '../../platform/egress/egress.ts';
import { VendorProblem } from '../vendor-problem.ts';
import { meaningOf, meaningOfCode } from './error-codes.ts';
import { MEANINGS, type MeaningName } from './meanings.ts';
import { type ErrorBody, readErrorBody } from './wire.ts';

/** A problem of ours by its meaning. The vendor's sentence is never shown: it may quote the prompt. */
export function arkProblem(
  name: MeaningName,
  details: {
    readonly vendorCode?: string | null;
    readonly retryAfterMs?: number | null;
    readonly cause?: unknown;
  } = {},
): VendorProblem {
  return new VendorProblem({ ...MEANINGS[name], ...details });
}

/** The problem that an answer with an error status stands for. */
export function problemOfAnswer(answer: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}): VendorProblem {
  const error = readErrorBody(answer.bytes);
  return arkProblem(meaningOf(error, answer.status), {
    vendorCode: error?.code ?? null,
    retryAfterMs: retryAfterMs(answer.headers['retry-after']),
  });
}

/** What a failed exchange stands for, where nothing could have been bought. Anything else is handed on as it is. */
export function problemOfFailure(error: unknown): unknown {
  if (!(error instanceof EgressFailure) || error.code === 'canceled') return error;
  if (error.code === 'vendor_timed_out') return arkProblem('timedOut', { cause: error });
  if (error.code === 'vendor_answer_too_large') return arkProblem('unusable', { cause: error });
  return arkProblem('unavailable', { cause: error });
}

/** How a task failed, for the account's screen. */
export function failedTask(error: ErrorBody | null) {
  const name = error === null ? 'unusable' : (meaningOfCode(error) ?? 'unavailable');
  const { code, message, recovery } = MEANINGS[name];
  // What the model happened to make was refused, not what it was asked for: the next clip may be fine.
  const isChance = name === 'refusedContent' && error?.code.startsWith('Output') === true;
  return {
    status: 'failed',
    code,
    message,
    retryable: isChance || recovery !== 'fail',
    vendorCode: error?.code ?? null,
  } as const;
}

/** Milliseconds of a `Retry-After` in seconds; the vendor documents none, but what stands before it may send one. */
function retryAfterMs(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : null;
}
