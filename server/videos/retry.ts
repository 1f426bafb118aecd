import { randomInt } from 'node:crypto';
import type { Problem } from '../platform/problem.ts';

const FIRST_MS = 500;
const LONGEST_MS = 60_000;

/** What to do about a step's problem: try again after a while, or give up. */
export type Decision =
  | { readonly again: true; readonly afterMs: number }
  | { readonly again: false };

/**
 * Decides by the problem's class and the failures so far (before this one). Waits double from half a
 * second to a minute, each shortened at random by up to half, so that many steps do not return at once.
 */
export function decideRetry(problem: Problem, failures: number, maxFailures: number): Decision {
  if (!problem.retryable || failures + 1 >= maxFailures) return { again: false };
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return { again: true, afterMs: full - randomInt(Math.floor(full / 2) + 1) };
}
