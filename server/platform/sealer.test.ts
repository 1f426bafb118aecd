import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from './problem.ts';
import { makeSealer } from './sealer.ts';

const open = (secrets: readonly string[], purpose = 'tests') =>
  makeSealer(secrets, {
    purpose,
    unreadable: () => new Problem({ kind: 'internal', code: 'unreadable', message: 'Unreadable.' }),
  });
const unreadable = expect.objectContaining({ code: 'unreadable' });

test('a sealed secret opens again, under a later installation secret too, for its row and purpose alone', () => {
  const sealed = open(['old']).seal('a secret', 'row 1');
  expect(sealed.includes('a secret')).toBe(false);
  expect(open(['old']).open(sealed, 'row 1')).toBe('a secret');
  expect(open(['new', 'old']).open(sealed, 'row 1')).toBe('a secret');
  expect(() => open(['new']).open(sealed, 'row 1')).toThrow(unreadable);
  expect(() => open(['old']).open(sealed, 'row 2')).toThrow(unreadable);
  expect(() => open(['old'], 'others').open(sealed, 'row 1')).toThrow(unreadable);
});

test('a sealed secret with any bit changed, or cut short, does not open', () => {
  const sealer = open(['secret']);
  const sealed = sealer.seal('a secret', 'row 1');
  fc.assert(
    fc.property(fc.nat(sealed.length * 8 - 1), fc.nat(sealed.length - 1), (bit, length) => {
      const forged = Buffer.from(sealed);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => sealer.open(forged, 'row 1')).toThrow();
      expect(() => sealer.open(sealed.subarray(0, length), 'row 1')).toThrow();
    }),
  );
});

test('a secret is never sealed to the same bytes twice', () => {
  const sealer = open(['secret']);
  expect(sealer.seal('a secret', 'row 1')).not.toEqual(sealer.seal('a secret', 'row 1'));
});
