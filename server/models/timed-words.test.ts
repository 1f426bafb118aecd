import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inOrder, joinsWithoutSpace, type Piece, wordsOfPieces } from './timed-words.ts';

const texts = (pieces: readonly Piece[]) => wordsOfPieces(pieces, 60_000).map((word) => word.text);
/** A piece every 100 ms. */
const evenly = (parts: readonly string[]): Piece[] =>
  parts.map((text, index) => ({ text, startMs: index * 100, endMs: index * 100 + 100 }));
const withoutSpace = (text: string) => text.replace(/\s+/gu, '');

describe('words of pieces', () => {
  test('begin after white space and last from their first piece to their last', () => {
    expect(wordsOfPieces(evenly([' T', 'ides', ' rise', ',', ' twice', '.']), 1_000)).toEqual([
      { text: 'Tides', startMs: 0, endMs: 200 },
      { text: 'rise,', startMs: 200, endMs: 400 },
      { text: 'twice.', startMs: 400, endMs: 600 },
    ]);
  });

  test('are one a piece among scripts without spaces, punctuation with its neighbour', () => {
    expect(texts(evenly([...'今天「很好」。用', 'Py', 'thon', '写5', '个']))).toEqual([
      '今',
      '天',
      '「很',
      '好」。',
      '用',
      'Python',
      '写5',
      '个',
    ]);
    expect(texts(evenly(['コ', 'ー', 'ヒ', 'ー']))).toEqual(['コー', 'ヒー']);
    expect(texts(evenly([...'กำลังดี']))).toEqual(['ก', 'ำ', 'ลั', 'ง', 'ดี']);
  });

  test('keep Korean, Arabic and Devanagari words whole', () => {
    const text = '안녕하세요 여러분 مرحبا بكم नमस्ते दुनिया';
    expect(texts(evenly([...text]))).toEqual(text.split(' '));
  });

  test('share the time of a piece that holds two of them', () => {
    expect(wordsOfPieces([{ text: ' New York', startMs: 0, endMs: 700 }], 1_000)).toEqual([
      { text: 'New', startMs: 0, endMs: 300 },
      { text: 'York', startMs: 300, endMs: 700 },
    ]);
  });

  test('hold, joined, the text of the pieces, in order and within the sound, however it is cut', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...'ab,. 天気「」ー\u0301🐙ก'), maxLength: 60 }),
    );
    const anyMs = fc.double({ min: -500, max: 5_000, noNaN: true });
    fc.assert(
      fc.property(
        text,
        fc.infiniteStream(
          fc.record({ size: fc.integer({ min: 1, max: 4 }), startMs: anyMs, endMs: anyMs }),
        ),
        fc.integer({ min: 0, max: 4_000 }),
        (text, cuts, soundMs) => {
          const characters = [...text];
          const pieces: Piece[] = [];
          while (characters.length > 0) {
            const { size, ...times } = cuts.next().value ?? { size: 1, startMs: 0, endMs: 0 };
            pieces.push({ text: characters.splice(0, size).join(''), ...times });
          }
          const words = wordsOfPieces(pieces, soundMs);
          expect(words.map((word) => word.text).join('')).toBe(withoutSpace(text));
          let edge = 0;
          for (const { text, startMs, endMs } of words) {
            expect(text).toMatch(/^\S+$/u);
            expect(Number.isInteger(startMs) && Number.isInteger(endMs)).toBe(true);
            expect(startMs).toBeGreaterThanOrEqual(edge);
            expect(endMs).toBeGreaterThanOrEqual(startMs);
            edge = endMs;
          }
          expect(edge).toBeLessThanOrEqual(soundMs);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('one word with an end far off does not take the time of those after it', () => {
  const words = [
    { text: 'one', startMs: 0, endMs: 9_000 },
    { text: 'two', startMs: 500, endMs: 900 },
  ];
  expect(inOrder(words, 1_000)).toEqual([
    { text: 'one', startMs: 0, endMs: 500 },
    { text: 'two', startMs: 500, endMs: 900 },
  ]);
});

test.each([
  ['今天天气', '很好'],
  ['很好。', '明天'],
  ['コーヒー', 'は'],
  ['言った。', '「はい」'],
  ['你好', '𠮷野'],
])('%s and %s stand side by side in a text', (before, after) => {
  expect(joinsWithoutSpace(before, after)).toBe(true);
});

test.each([
  ['Tides', 'rise'],
  ['안녕', '하세요'],
  ['用', 'iPhone'],
  ['No.', '世界'],
  ['今天', '('],
])('%s and %s have a space between them', (before, after) => {
  expect(joinsWithoutSpace(before, after)).toBe(false);
});
