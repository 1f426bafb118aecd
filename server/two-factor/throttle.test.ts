import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterFailure, lockedForMs, type Throttle } from './throttle.ts';

const QUARTER_MS = 15 * 60_000;
const none: Throttle = { failedAt: [], lockedUntil: null };

test('however wrong codes come, never more than ten are looked at within any 15 minutes', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 5 * 60_000 }), { maxLength: 80 });
  fc.assert(
    fc.property(pauses, (gaps) => {
      let throttle = none;
      let at = Date.UTC(2026, 0, 1);
      const looked: number[] = [];
      for (const gap of gaps) {
        at += gap;
        if (lockedForMs(throttle, new Date(at)) > 0) continue;
        looked.push(at);
        throttle = afterFailure(throttle, new Date(at));
      }
      for (const end of looked) {
        const within = looked.filter((one) => one > end - QUARTER_MS && one <= end);
        expect(within.length).toBeLessThanOrEqual(10);
      }
    }),
  );
});

test('the tenth wrong code within 15 minutes locks for 15 to the millisecond, and not the ninth', () => {
  const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms);
  let throttle = none;
  for (let count = 0; count < 9; count += 1) throttle = afterFailure(throttle, at(count));
  expect(lockedForMs(throttle, at(9))).toBe(0);
  throttle = afterFailure(throttle, at(9));
  expect(lockedForMs(throttle, at(9))).toBe(QUARTER_MS);
  expect(lockedForMs(throttle, at(9 + QUARTER_MS - 1))).toBe(1);
  expect(lockedForMs(throttle, at(9 + QUARTER_MS))).toBe(0);
});
