import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { punctuated } from './punctuation.ts';

const timed = (...words: string[]) =>
  words.map((text, index) => ({ text, startMs: index * 100, endMs: index * 100 + 80 }));
const texts = (words: readonly { text: string }[]) => words.map((word) => word.text);

describe('punctuation given back to timed words', () => {
  test('is that of the text, each word keeping its time', () => {
    expect(
      punctuated(timed('well', 'he', 'said', 'twenty', 'five'), ' Well — he said, “twenty-five!”'),
    ).toEqual([
      { text: 'Well', startMs: 0, endMs: 80 },
      { text: '—', startMs: 80, endMs: 80 },
      { text: 'he', startMs: 100, endMs: 180 },
      { text: 'said,', startMs: 200, endMs: 280 },
      { text: '“twenty-five!”', startMs: 300, endMs: 480 },
    ]);
  });

  test('parts scripts without spaces where the timed words part them', () => {
    expect(texts(punctuated(timed('今天', '天气', '很好'), '今天「天气」很好。'))).toEqual([
      '今天',
      '「天气」',
      '很好。',
    ]);
  });

  test('is not taken from a text that is another one', () => {
    const words = timed('tides', 'rise', 'twice');
    expect(punctuated(words, 'Something else was said.')).toBe(words);
    expect(punctuated(words, '')).toBe(words);
    expect(punctuated([], 'Something.')).toEqual([]);
  });

  test('gives, joined, the text, with times in the order of the words', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abcÄß今天'), minLength: 1, maxLength: 6 });
    const mark = fc.constantFrom('', ',', '.', '!”', ' —', '…', ' (');
    fc.assert(
      fc.property(fc.array(fc.tuple(word, mark), { minLength: 1, maxLength: 40 }), (pairs) => {
        const text = pairs.map(([one, after]) => `${one}${after}`).join(' ');
        const words = timed(...pairs.map(([one]) => one.toLowerCase()));
        const answer = punctuated(words, text);
        expect(texts(answer).join('')).toBe(text.replace(/\s+/gu, ''));
        let edge = 0;
        for (const { startMs, endMs } of answer) {
          expect(startMs).toBeGreaterThanOrEqual(edge);
          expect(endMs).toBeGreaterThanOrEqual(startMs);
          edge = endMs;
        }
        expect(edge).toBe(words.at(-1)?.endMs);
      }),
      { numRuns: 300 },
    );
  });
});
