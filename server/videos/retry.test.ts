import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../platform/problem.ts';
import { decideRetry } from './retry.ts';

const problem = (retryable: boolean) =>
  new Problem({ kind: 'upstream', code: 'busy', message: 'Busy.', retryable });

test('a final problem is never tried again', () => {
  expect(decideRetry(problem(false), 0, 5)).toEqual({ again: false });
});

test('tries are bounded, and every wait lies between a quarter of a second and a minute', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), (maxFailures) => {
      let failures = 0;
      for (;;) {
        const decision = decideRetry(problem(true), failures, maxFailures);
        if (!decision.again) break;
        expect(decision.afterMs).toBeGreaterThanOrEqual(250);
        expect(decision.afterMs).toBeLessThanOrEqual(60_000);
        failures += 1;
      }
      expect(failures).toBe(maxFailures - 1);
    }),
  );
});
