import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anchorKey, parseAnchorKey } from './anchors.ts';

const anchor = fc.record({
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  at: fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
  hash: fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((it) => Buffer.from(it).toString('hex')),
});

test('an anchor is read back from its name, and names stand in the order of rows', () => {
  fc.assert(
    fc.property(anchor, anchor, (one, other) => {
      expect(parseAnchorKey(anchorKey(one))).toEqual(one);
      if (one.seq < other.seq) expect(anchorKey(one) < anchorKey(other)).toBe(true);
    }),
  );
});

test('no other name is taken for an anchor', () => {
  const hash = 'a'.repeat(64);
  for (const key of [
    'audit/',
    `audit/1-20260101T000000.000Z-${hash}.json`,
    `audit/0000000000000001-20261301T000000.000Z-${hash}.json`,
    `audit/0000000000000001-20260101T000000.000Z-${hash}`,
    `other/0000000000000001-20260101T000000.000Z-${hash}.json`,
    `audit/0000000000000001-20260101T......000Z-${hash}.json`,
  ]) {
    expect(parseAnchorKey(key)).toBeNull();
  }
});
