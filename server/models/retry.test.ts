import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asProblem, Problem } from '../platform/problem.ts';
import { decideRetry } from './retry.ts';
import { chargedInVain, type Recovery, VendorProblem } from './vendor-problem.ts';

const problem = (retryable: boolean) =>
  new Problem({ kind: 'internal', code: 'odd', message: 'Odd.', retryable });
const vendor = (recovery: Recovery, retryAfterMs: number | null = null) =>
  new VendorProblem({ code: 'provider_busy', message: 'Busy.', recovery, retryAfterMs });
const HOUR_MS = 3600_000;

test('a final problem is never tried again', () => {
  const setbacks = { failures: 0, maxFailures: 5, outageMs: 0 };
  expect(decideRetry(problem(false), setbacks)).toEqual({ do: 'fail' });
  expect(decideRetry(vendor('fail'), setbacks)).toEqual({ do: 'fail' });
});

test('tries of our own are bounded, and every wait lies between a quarter of a second and a minute', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), (maxFailures) => {
      let failures = 0;
      for (;;) {
        const decision = decideRetry(problem(true), { failures, maxFailures, outageMs: 0 });
        if (decision.do !== 'retry') break;
        expect(decision.afterMs).toBeGreaterThanOrEqual(250);
        expect(decision.afterMs).toBeLessThanOrEqual(60_000);
        failures += 1;
      }
      expect(failures).toBe(maxFailures - 1);
    }),
  );
});

test('a vendor that stays out parks the work, for five minutes at a time at most, and fails it after a day', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 48 * HOUR_MS }), (outageMs) => {
      const decision = decideRetry(vendor('wait'), { failures: 0, maxFailures: 5, outageMs });
      if (outageMs > 24 * HOUR_MS) expect(decision).toEqual({ do: 'fail' });
      else {
        expect(decision).toMatchObject({ do: 'park' });
        expect(decision.do === 'fail' ? 0 : decision.afterMs).toBeGreaterThanOrEqual(5_000);
        expect(decision.do === 'fail' ? 0 : decision.afterMs).toBeLessThanOrEqual(300_000);
      }
    }),
  );
});

test('passing faults of a vendor are tried quickly first, then parked', () => {
  const after = (failures: number) =>
    decideRetry(vendor('retry'), { failures, maxFailures: 3, outageMs: 0 }).do;
  expect([0, 1, 2, 3].map(after)).toEqual(['retry', 'retry', 'park', 'park']);
});

test('work that a vendor fails again and again is given up, while the vendor is well', () => {
  const failed = new VendorProblem({
    ...{ code: 'failed', message: 'Failed.', recovery: 'retry', isOutage: false },
  });
  const after = (failures: number) =>
    decideRetry(failed, { failures, maxFailures: 3, outageMs: 0 }).do;
  expect([0, 1, 2].map(after)).toEqual(['retry', 'retry', 'fail']);
});

test('a pause that the vendor asks for is kept, up to an hour', () => {
  const asked = (ms: number) =>
    decideRetry(vendor('retry', ms), { failures: 0, maxFailures: 5, outageMs: 0 });
  expect(asked(42_000)).toEqual({ do: 'retry', afterMs: 42_000 });
  expect(asked(9 * HOUR_MS)).toEqual({ do: 'retry', afterMs: HOUR_MS });
});

test('an answer that was charged and of no use is asked for a bounded number of times', () => {
  const charged = chargedInVain(vendor('retry'));
  expect(charged).toMatchObject({ code: 'provider_busy', recovery: 'retry', retryable: true });
  const after = (failures: number) =>
    decideRetry(asProblem(charged), { failures, maxFailures: 3, outageMs: 0 }).do;
  expect([0, 1, 2].map(after)).toEqual(['retry', 'retry', 'fail']);
});
