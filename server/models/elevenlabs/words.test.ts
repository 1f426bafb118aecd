import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Alignment } from './wire.ts';
import { endOfAlignmentMs, wordsOfAnswer } from './words.ts';

/** A tenth of a second for each entry. */
const aligned = (characters: string[]): NonNullable<Alignment> => ({
  characters,
  character_start_times_seconds: characters.map((_, index) => index / 10),
  character_end_times_seconds: characters.map((_, index) => (index + 1) / 10),
});
const texts = (words: ReturnType<typeof wordsOfAnswer>) => words?.map((word) => word.text);

describe('the words of a narration', () => {
  test('are its text parted by white space, an entry being a character of any kind', () => {
    const characters = ['H', 'i', ' ', '\n', '👩‍🚀', '!', ' ', 'e\u0301', 'a'];
    expect(wordsOfAnswer({ alignment: aligned(characters) }, 'unused', 10_000)).toEqual([
      { text: 'Hi', startMs: 0, endMs: 200 },
      { text: '👩‍🚀!', startMs: 400, endMs: 600 },
      { text: 'e\u0301a', startMs: 700, endMs: 900 },
    ]);
  });

  test('come of the spoken form only where that is the text itself', () => {
    const said = aligned([...'Five dollars.']);
    expect(
      wordsOfAnswer({ alignment: null, normalized_alignment: said }, '$5.', 10_000),
    ).toBeNull();
    const same = wordsOfAnswer(
      { alignment: null, normalized_alignment: said },
      ' Five  dollars.',
      9_000,
    );
    expect(texts(same)).toEqual(['Five', 'dollars.']);
  });

  test('are unknown without an alignment that fits together', () => {
    const short = { ...aligned(['H', 'i']), character_end_times_seconds: [0.1] };
    expect(wordsOfAnswer({}, 'Hi', 1_000)).toBeNull();
    expect(wordsOfAnswer({ alignment: null, normalized_alignment: null }, 'Hi', 1_000)).toBeNull();
    expect(wordsOfAnswer({ alignment: short }, 'Hi', 1_000)).toBeNull();
    expect(wordsOfAnswer({ alignment: aligned([]) }, 'Hi', 1_000)).toBeNull();
    expect(wordsOfAnswer({ alignment: aligned([' ']) }, 'Hi', 1_000)).toBeNull();
    expect(endOfAlignmentMs(null)).toBe(0);
    expect(endOfAlignmentMs(aligned(['H', 'i']))).toBe(200);
  });

  test('hold the text, in order and within the sound, whatever times the characters have', () => {
    const time = fc.double({ min: -2, max: 20, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }), time, time),
          {
            minLength: 1,
            maxLength: 60,
          },
        ),
        fc.integer({ min: 0, max: 15_000 }),
        (entries, soundMs) => {
          const characters = entries.map(([character]) => character);
          const alignment = {
            characters,
            character_start_times_seconds: entries.map(([, start]) => start),
            character_end_times_seconds: entries.map(([, , end]) => end),
          };
          const words = wordsOfAnswer({ alignment }, characters.join(''), soundMs);
          const text = characters.join('').replace(/\s+/gu, '');
          expect((texts(words) ?? []).join('')).toBe(text);
          let edge = 0;
          for (const { startMs, endMs } of words ?? []) {
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
