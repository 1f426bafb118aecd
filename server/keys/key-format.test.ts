import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdsKey, makeKey, parseKey } from './key-format.ts';

test('a key that was made is read back, and no two are alike', () => {
  const keys = Array.from({ length: 200 }, makeKey);
  for (const { text, publicId, hash } of keys) {
    expect(text).toMatch(/^clipt_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
    expect(parseKey(text)).toEqual({ publicId, hash });
    expect(holdsKey(`?k=${text}`)).toBe(true);
  }
  expect(new Set(keys.map(({ text }) => text)).size).toBe(keys.length);
});

test('a key with any one character changed is no key', () => {
  const { text } = makeKey();
  const character = fc.constantFrom(...'0123456789ABCXYZabcxyz_-. ');
  fc.assert(
    fc.property(fc.nat(text.length - 1), character, (at, other) => {
      fc.pre(text.charAt(at) !== other);
      expect(parseKey(text.slice(0, at) + other + text.slice(at + 1))).toBeNull();
    }),
  );
});

test('no other text is taken for a key', () => {
  fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => parseKey(text) === null));
});
