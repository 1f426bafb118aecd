import { randomInt } from 'node:crypto';
import { VendorProblem } from '../models/vendor-problem.ts';
import type { Problem } from '../platform/problem.ts';

const MAX_FAILURES = 5;
const FIRST_MS = 500;
const LONGEST_MS = 60_000;
/** While a vendor is out: how often it is asked again, growing with the length of the outage. */
const FIRST_PARK_MS = 10_000;
const LONGEST_PARK_MS = 300_000;
const LONGEST_ASKED_MS = 3600_000;
/** A vendor that is out for longer fails what waits for it. */
const LONGEST_OUTAGE_MS = 24 * 3600_000;
/** How soon a full lane is tried again. */
const LANE_MS = 10_000;

export type Decision =
  | { readonly do: 'retry'; readonly afterMs: number }
  /** It waits and goes on by itself; nothing counts as failed. */
  | {
      readonly do: 'park';
      readonly waitsFor: 'provider' | 'capacity';
      readonly afterMs: number;
    }
  | { readonly do: 'fail' };

export type Setbacks = {
  /** Failures so far, before this one. */
  readonly failures: number;
  /** Since the vendor began to fail this transcript; 0 when it has just begun. */
  readonly outageMs: number;
};

/** What to do about a transcript's problem, by its class. Waits are shortened at random by up to half. */
export function decideRetry(problem: Problem, { failures, outageMs }: Setbacks): Decision {
  if (problem.kind === 'exhausted' && problem.code === 'busy')
    return { do: 'park', waitsFor: 'capacity', afterMs: shortened(LANE_MS) };
  const triedEnough = failures + 1 >= MAX_FAILURES;
  if (isOutage(problem, triedEnough)) {
    if (outageMs > LONGEST_OUTAGE_MS) return { do: 'fail' };
    const full = Math.min(LONGEST_PARK_MS, Math.max(FIRST_PARK_MS, outageMs / 4));
    const afterMs = Math.max(askedPause(problem), shortened(full));
    return { do: 'park', waitsFor: 'provider', afterMs };
  }
  if (!problem.retryable || triedEnough) return { do: 'fail' };
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return { do: 'retry', afterMs: Math.max(askedPause(problem), shortened(full)) };
}

/** True when an outside service, not the work, is at fault, and for longer than a few quick tries. */
function isOutage(problem: Problem, triedEnough: boolean): boolean {
  if (problem instanceof VendorProblem)
    return problem.recovery === 'wait' || (problem.recovery === 'retry' && triedEnough);
  return problem.code === 'storage_unavailable' && triedEnough;
}

/** What the vendor asked for, up to an hour. */
function askedPause(problem: Problem): number {
  const asked = problem instanceof VendorProblem ? problem.retryAfterMs : null;
  return Math.min(asked ?? 0, LONGEST_ASKED_MS);
}

function shortened(ms: number): number {
  const whole = Math.floor(ms);
  return whole - randomInt(Math.floor(whole / 2) + 1);
}
