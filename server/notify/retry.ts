import { VendorProblem } from '../models/vendor-problem.ts';
import { makePauses } from '../platform/pauses.ts';
import type { Problem } from '../platform/problem.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** 8 tries within 23 hours: Resend knows a repeat for 24 hours after the first. */
const { pauseAfter } = makePauses([
  5 * SECOND,
  1 * MINUTE,
  10 * MINUTE,
  1 * HOUR,
  3 * HOUR,
  6 * HOUR,
  10 * HOUR,
]);
const LONGEST_ASKED_MS = 1 * HOUR;

/** Milliseconds until the next try after `tries` that failed, the last by `problem`; null to give up. `chance` is in [0, 1). */
export function pauseBeforeNext(problem: Problem, tries: number, chance: number): number | null {
  const pause = problem.retryable ? pauseAfter(tries, chance) : null;
  if (pause === null) return null;
  const asked = problem instanceof VendorProblem ? problem.retryAfterMs : null;
  return Math.max(pause, Math.min(asked ?? 0, LONGEST_ASKED_MS));
}
