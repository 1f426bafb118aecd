import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VendorProblem } from '../models/vendor-problem.ts';
import { Problem } from '../platform/problem.ts';
import { decideRetry } from './retry.ts';

const vendor = (recovery: 'retry' | 'wait' | 'fail', retryAfterMs: number | null = null) =>
  new VendorProblem({ code: 'vendor', message: 'The vendor.', recovery, retryAfterMs });
const own = (retryable: boolean) =>
  new Problem({ kind: 'internal', code: 'own', message: 'Ours.', retryable });
const HOUR = 3600_000;

test('a vendor that is out is waited for, longer and longer, for a day', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 24 * HOUR }), fc.nat(10), (outageMs, failures) => {
      const decision = decideRetry(vendor('wait'), { failures, outageMs });
      expect(decision).toMatchObject({ do: 'park', waitsFor: 'provider' });
      if (decision.do !== 'park') return;
      expect(decision.afterMs).toBeGreaterThanOrEqual(Math.min(300_000, outageMs / 4) / 2 - 1);
      expect(decision.afterMs).toBeLessThanOrEqual(300_000);
    }),
  );
  const tooLong = { failures: 0, outageMs: 24 * HOUR + 1 };
  expect(decideRetry(vendor('wait'), tooLong)).toEqual({ do: 'fail' });
});

test('a passing fault is tried four times more, then a vendor is waited for and the rest fails', () => {
  for (const problem of [vendor('retry'), own(true)]) {
    for (const failures of [0, 1, 2, 3])
      expect(decideRetry(problem, { failures, outageMs: 0 }).do).toBe('retry');
  }
  expect(decideRetry(vendor('retry'), { failures: 4, outageMs: 0 }).do).toBe('park');
  expect(decideRetry(own(true), { failures: 4, outageMs: 0 }).do).toBe('fail');
});

test('what would fail again fails at once', () => {
  for (const problem of [vendor('fail'), own(false)])
    expect(decideRetry(problem, { failures: 0, outageMs: 0 })).toEqual({ do: 'fail' });
});

test('what the vendor asks for is kept to, up to an hour; a full lane costs no try', () => {
  const asked = (ms: number) => decideRetry(vendor('wait', ms), { failures: 0, outageMs: 0 });
  expect(asked(600_000)).toMatchObject({ afterMs: 600_000 });
  expect(asked(48 * HOUR)).toMatchObject({ afterMs: HOUR });
  const busy = new Problem({ kind: 'exhausted', code: 'busy', message: 'Busy.', retryable: true });
  expect(decideRetry(busy, { failures: 4, outageMs: 0 })).toMatchObject({
    do: 'park',
    waitsFor: 'capacity',
  });
});
