import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOST_TRIES, pauseAfter } from './retry.ts';
import { makeSecretSealer, newSigningSecret } from './secrets.ts';

test('what was sealed before opens for its endpoint, and for nobody without the installation’s secret', () => {
  const sealed = Buffer.from(
    '01a919043c9222c95f2c005a61ff979fbbe2cf1b1e901400be95a206c9f0f26b77746e6a2f322370b4d072',
    'hex',
  );
  const open = (secret: string, endpoint: string) =>
    makeSecretSealer([secret]).open(sealed, endpoint);
  expect(open('an installation secret', 'whk_1')).toBe('whsec_c2VjcmV0');
  const unreadable = expect.objectContaining({ code: 'webhook_secret_unreadable' });
  expect(() => open('another secret', 'whk_1')).toThrow(unreadable);
  expect(() => open('an installation secret', 'whk_2')).toThrow(unreadable);
});

test('a new secret has 32 bytes', () => {
  const secret = newSigningSecret();
  expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
});

test('there are 8 tries over about a day, each pause longer than the one before', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (chance) => {
      const pauses: number[] = [];
      for (let tries = 1; ; tries++) {
        const pause = pauseAfter(tries, chance);
        if (pause === null) break;
        pauses.push(pause);
      }
      const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000;
      expect(pauses).toHaveLength(MOST_TRIES - 1);
      expect(MOST_TRIES).toBe(8);
      expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
      expect(hours).toBeGreaterThan(21);
      expect(hours).toBeLessThan(27);
    }),
  );
});
