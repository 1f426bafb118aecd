import { expect, test } from 'vitest';
import { VendorProblem } from '../models/vendor-problem.ts';
import { Problem } from '../platform/problem.ts';
import { decideTranscriptRetry } from './retry.ts';

const vendor = (recovery: 'retry' | 'wait' | 'fail') =>
  new VendorProblem({ code: 'vendor', message: 'The vendor.', recovery });
const own = (retryable: boolean) =>
  new Problem({ kind: 'internal', code: 'own', message: 'Ours.', retryable });

test('a passing fault is tried four times more, then a vendor is waited for and the rest fails', () => {
  for (const problem of [vendor('retry'), own(true)]) {
    for (const failures of [0, 1, 2, 3])
      expect(decideTranscriptRetry(problem, { failures, outageMs: 0 }).do).toBe('retry');
  }
  expect(decideTranscriptRetry(vendor('retry'), { failures: 4, outageMs: 0 })).toMatchObject({
    do: 'park',
    waitsFor: 'provider',
  });
  expect(decideTranscriptRetry(own(true), { failures: 4, outageMs: 0 }).do).toBe('fail');
});

test('a vendor that is out is waited for, for a day', () => {
  const after = (outageMs: number) =>
    decideTranscriptRetry(vendor('wait'), { failures: 0, outageMs });
  expect(after(24 * 3600_000)).toMatchObject({ do: 'park', waitsFor: 'provider' });
  expect(after(24 * 3600_000 + 1)).toEqual({ do: 'fail' });
});

test('what would fail again fails at once', () => {
  for (const problem of [vendor('fail'), own(false)])
    expect(decideTranscriptRetry(problem, { failures: 0, outageMs: 0 })).toEqual({ do: 'fail' });
});

test('a full lane costs no try', () => {
  const busy = new Problem({ kind: 'exhausted', code: 'busy', message: 'Busy.', retryable: true });
  const decision = decideTranscriptRetry(busy, { failures: 4, outageMs: 0 });
  expect(decision).toMatchObject({ do: 'park', waitsFor: 'capacity' });
});
