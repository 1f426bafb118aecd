import type { EgressAnswer } from '../../platform/egress/egress.ts';
import { askedPauseMs } from '../vendor-answer.ts';
import { makeProblems } from '../vendor-meanings.ts';
import type { VendorProblem } from '../vendor-problem.ts';
import { meaningOf, meaningOfCode } from './error-codes.ts';
import { MEANINGS } from './meanings.ts';
import { type ErrorBody, readErrorBody } from './wire.ts';

export const { problem: arkProblem, ofFailure: problemOfFailure } = makeProblems(MEANINGS);

/** The problem that an answer with an error status stands for. */
export function problemOfAnswer(answer: EgressAnswer): VendorProblem {
  const error = readErrorBody(answer.bytes);
  return arkProblem(meaningOf(error, answer.status), {
    vendorCode: error?.code ?? null,
    // The vendor documents none, but what stands before it may ask for one.
    retryAfterMs: askedPauseMs(answer.headers),
  });
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
