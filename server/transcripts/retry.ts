import { type Decision, decideRetry, shortened } from '../models/retry.ts';
import type { Problem } from '../platform/problem.ts';

const MAX_FAILURES = 5;
/** How soon a full lane is tried again. */
const LANE_MS = 10_000;

export type TranscriptDecision =
  | Exclude<Decision, { do: 'park' }>
  /** It waits and goes on by itself; nothing counts as failed. */
  | (Extract<Decision, { do: 'park' }> & { readonly waitsFor: 'provider' | 'capacity' });

export type Setbacks = {
  /** Failures so far, before this one. */
  readonly failures: number;
  /** Since the vendor began to fail this transcript; 0 when it has just begun. */
  readonly outageMs: number;
};

/** What to do about a transcript's problem: by its class, except that a full lane is nobody's failure. */
export function decideTranscriptRetry(problem: Problem, setbacks: Setbacks): TranscriptDecision {
  if (problem.kind === 'exhausted' && problem.code === 'busy')
    return { do: 'park', waitsFor: 'capacity', afterMs: shortened(LANE_MS) };
  const decision = decideRetry(problem, { ...setbacks, maxFailures: MAX_FAILURES });
  return decision.do === 'park' ? { ...decision, waitsFor: 'provider' } : decision;
}
