import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pauseMs } from '../../client/patience.ts';

const tries = fc.integer({ min: 1, max: 40 });
const asked = fc.integer({ min: 0, max: 60_000 });

describe('a pause before the next try', () => {
  test('is never shorter than asked for, and half a minute longer at most', () => {
    fc.assert(
      fc.property(tries, asked, (tried, askedMs) => {
        const pause = pauseMs({ tried, askedMs, firstMs: 500 });
        expect(pause).toBeGreaterThan(askedMs);
        expect(pause).toBeLessThanOrEqual(askedMs + 30_000);
      }),
    );
  });

  test('doubles, give or take a half', () => {
    for (const [tried, mostMs] of [500, 1_000, 2_000, 4_000].entries()) {
      const pause = pauseMs({ tried: tried + 1, askedMs: 0, firstMs: 500 });
      expect(pause).toBeGreaterThanOrEqual(mostMs / 2);
      expect(pause).toBeLessThanOrEqual(mostMs);
    }
  });

  test('is not the same for everybody', () => {
    const pauses = Array.from({ length: 20 }, () =>
      pauseMs({ tried: 4, askedMs: 0, firstMs: 500 }),
    );
    expect(new Set(pauses).size).toBeGreaterThan(1);
  });
});
