import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOST_TRIES, pauseAfter } from './retry.ts';
import { makeSealer, newSigningSecret } from './secrets.ts';

test('a sealed secret opens again, under a later installation secret too, and for its endpoint alone', () => {
  const secret = newSigningSecret();
  const sealed = makeSealer(['old']).seal(secret, 'whk_1');
  expect(sealed.includes(secret)).toBe(false);
  expect(makeSealer(['old']).open(sealed, 'whk_1')).toBe(secret);
  expect(makeSealer(['new', 'old']).open(sealed, 'whk_1')).toBe(secret);
  const unreadable = { code: 'webhook_secret_unreadable' };
  expect(() => makeSealer(['new']).open(sealed, 'whk_1')).toThrow(
    expect.objectContaining(unreadable),
  );
  expect(() => makeSealer(['old']).open(sealed, 'whk_2')).toThrow(
    expect.objectContaining(unreadable),
  );
});

test('a sealed secret with any bit changed, or cut short, does not open', () => {
  const sealer = makeSealer(['secret']);
  const sealed = sealer.seal(newSigningSecret(), 'whk_1');
  fc.assert(
    fc.property(fc.nat(sealed.length * 8 - 1), fc.nat(sealed.length - 1), (bit, length) => {
      const forged = Buffer.from(sealed);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => sealer.open(forged, 'whk_1')).toThrow();
      expect(() => sealer.open(sealed.subarray(0, length), 'whk_1')).toThrow();
    }),
  );
});

test('two secrets are never sealed to the same bytes, and a new one has 32 bytes', () => {
  const sealer = makeSealer(['secret']);
  const secret = newSigningSecret();
  expect(sealer.seal(secret, 'whk_1')).not.toEqual(sealer.seal(secret, 'whk_1'));
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
