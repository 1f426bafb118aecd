import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toSkeleton } from './skeleton.ts';

/** Every letter there is lies below; what lies above is private, empty, or unseen. */
const LAST_CODE_POINT = 0x3_ff_ff;

describe('the skeleton of a text', () => {
  test.each([
    ['capitals', 'OCTOPUS'],
    ['full-width letters', 'ｏｃｔｏｐｕｓ'],
    ['circled letters', 'ⓞⓒⓣⓞⓟⓤⓢ'],
    ['letters in squares', '🅾🅲🆃🅾🅿🆄🆂'],
    ['letters of flags', '🇴🇨🇹🇴🇵🇺🇸'],
    ['bold letters', '𝐨𝐜𝐭𝐨𝐩𝐮𝐬'],
    ['Cyrillic look-alikes', 'осtориѕ'.replace('и', 'u')],
    ['Greek look-alikes', 'οcτορυs'],
    ['Cherokee and Lisu look-alikes', 'ꓳꓚꓔꓳꓑꓴꓢ'],
    ['small capitals', 'ᴏᴄᴛᴏᴘᴜꜱ'],
    ['accents', 'óçţòþüś'.replace('þ', 'p')],
    ['stacked marks', 'o\u0301\u0323c\u0337t\u0489o\u0334p\u0321u\u0302s\u0308'],
    ['zero-width characters', 'o\u200bc\u200ct\u200do\u2060p\ufeffu\u00ads'],
    ['direction marks', 'o\u202ec\u2066t\u200eo\u2069p\u061cus'],
    ['fillers', 'o\u115fc\u3164t\u17b4opus'],
    ['variation selectors and tags', 'o\ufe0fc\u{e0063}t\u{e0100}opus'],
  ])('sees through %s', (_, text) => {
    expect(toSkeleton(text)).toBe('octopus');
  });

  test('tells a capital by what it looks like, not by its small letter', () => {
    expect(toSkeleton('ΝΗ')).toBe('nh');
  });

  test('leaves ASCII as it is but for its case: m stays m, 1 stays 1', () => {
    const ascii = fc.string({ unit: 'grapheme-ascii' });
    fc.assert(fc.property(ascii, (text) => toSkeleton(text) === text.toLowerCase()));
  });

  test('is its own skeleton, for every character there is', () => {
    const changed: string[] = [];
    for (let code = 0; code <= LAST_CODE_POINT; code += 1) {
      const once = toSkeleton(String.fromCodePoint(code));
      if (toSkeleton(once) !== once) changed.push(code.toString(16));
    }
    expect(changed).toEqual([]);
  });

  test('is its own skeleton, for any text', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(fc.property(text, (any) => toSkeleton(toSkeleton(any)) === toSkeleton(any)));
  });
});
