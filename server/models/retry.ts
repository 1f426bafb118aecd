import { randomInt } from 'node:crypto';
import type { Problem } from '../platform/problem.ts';
import { VendorProblem } from './vendor-problem.ts';

const FIRST_MS = 500;
const LONGEST_MS = 60_000;
/** While a vendor is out: how often it is asked again, growing with the length of the outage. */
const FIRST_PARK_MS = 10_000;
const LONGEST_PARK_MS = 300_000;
const LONGEST_ASKED_MS = 3600_000;
/** A vendor that is out for longer fails what waits for it; what is paid is kept. */
const LONGEST_OUTAGE_MS = 24 * 3600_000;

/**
 * What to do about a problem of some work: try it again soon, park it until the vendor is back (it waits and goes on by
 * itself), or give it up.
 */
export type Decision =
  | { readonly do: 'retry'; readonly afterMs: number }
  | { readonly do: 'park'; readonly afterMs: number }
  | { readonly do: 'fail' };

export type Setbacks = {
  /** Failures so far, before this one. */
  readonly failures: number;
  readonly maxFailures: number;
  /** Since the vendor began to fail this work; 0 when it has just begun. */
  readonly outageMs: number;
};

/** Decides by the problem's class. Waits are shortened at random by up to half, so that many do not return at once. */
export function decideRetry(problem: Problem, setbacks: Setbacks): Decision {
  const { failures, maxFailures, outageMs } = setbacks;
  const triedEnough = failures + 1 >= maxFailures;
  if (isOutage(problem, triedEnough)) {
    if (outageMs > LONGEST_OUTAGE_MS) return { do: 'fail' };
    const asked = askedPause(problem);
    const full = Math.min(LONGEST_PARK_MS, Math.max(FIRST_PARK_MS, outageMs / 4));
    return { do: 'park', afterMs: Math.max(asked, shortened(full)) };
  }
  if (!problem.retryable || triedEnough) return { do: 'fail' };
  const asked = askedPause(problem);
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return { do: 'retry', afterMs: Math.max(asked, shortened(full)) };
}

/** True when an outside service, not the work, is at fault, and for longer than a few quick tries. */
function isOutage(problem: Problem, triedEnough: boolean): boolean {
  if (problem instanceof VendorProblem) {
    const { recovery, isOutage: vendorIsOut } = problem;
    return recovery === 'wait' || (recovery === 'retry' && vendorIsOut && triedEnough);
  }
  return problem.code === 'storage_unavailable' && triedEnough;
}

/** What the vendor asked for, up to an hour. */
function askedPause(problem: Problem): number {
  const asked = problem instanceof VendorProblem ? problem.retryAfterMs : null;
  return Math.min(asked ?? 0, LONGEST_ASKED_MS);
}

/** By up to half, at random. */
export function shortened(ms: number): number {
  const whole = Math.floor(ms);
  return whole - randomInt(Math.floor(whole / 2) + 1);
}
