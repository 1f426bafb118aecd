import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spokenText, spokenWords } from './spoken-words.ts';
import { timeGroups, timeWords } from './word-times.ts';

const said = (text: string) => spokenText(spokenWords(text));

describe('what is said for a text', () => {
  test.each([
    ['Café — naïve “quotes”…', 'Cafe, naive quotes.'],
    ['Salt & pepper, e.g. 10°C', 'Salt and pepper, for example 10 degrees Celsius'],
    ['#1 at 100 km/h', 'number 1 at 100 kilometers per hour'],
    ['It costs $1.5 million', 'It costs 1.5 million dollars'],
    ['See https://www.example.com/a?b=c now', 'See example dot com now'],
    ['WHY YOU SHOULD NEVER GIVE UP', 'why you should never give up'],
    ['5-10% of €20', '5 to 10% of 20 euros'],
    ['1,000,000 in 3D!', '1,000,000 in 3D!'],
  ])('%s', (text, expected) => expect(said(text)).toBe(expected));

  test('is plain ASCII that flite can read, whatever is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const words = spokenWords(text);
        expect(spokenText(words)).toMatch(/^[A-Za-z0-9$%.,:'?! ]*$/);
        expect(words.map((word) => word.text).join(' ')).toBe(
          text.split(/\s+/u).filter(Boolean).join(' '),
        );
      }),
    );
  });
});

describe('word times', () => {
  test('follow the phones even where a word sounds otherwise in its sentence', () => {
    const names = ['dh', 'ax', 'pau', 'k', 'ae', 't', 's'];
    const phones = names.map((name, at) => ({ name, startMs: at * 100, endMs: at * 100 + 100 }));
    expect(
      timeGroups(phones, [
        ['dh', 'iy'],
        ['k', 'ae', 't', 's'],
      ]),
    ).toEqual([
      { startMs: 0, endMs: 200 },
      { startMs: 300, endMs: 700 },
    ]);
  });

  test('never overlap and never leave the sound', () => {
    const time = fc.record({ startMs: fc.nat(5000), endMs: fc.nat(5000) });
    const word = fc.record({ text: fc.string(), say: fc.constantFrom('', 'x') });
    fc.assert(
      fc.property(fc.array(word), fc.array(time), (words, times) => {
        let edge = 0;
        for (const { startMs, endMs } of timeWords(words, times, 4000)) {
          expect(startMs).toBeGreaterThanOrEqual(edge);
          expect(endMs).toBeGreaterThanOrEqual(startMs);
          edge = endMs;
        }
        expect(edge).toBeLessThanOrEqual(4000);
      }),
    );
  });
});
