import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TimedWord } from '../models/models.ts';
import { alignWords } from './align.ts';

/** Words of equal length from `text`, each `eachMs` long with `pauseMs` between. */
function said(text: string, eachMs = 200, pauseMs = 50): TimedWord[] {
  return text.split(' ').map((word, index) => {
    const startMs = index * (eachMs + pauseMs);
    return { text: word, startMs, endMs: startMs + eachMs };
  });
}

const starts = (words: readonly TimedWord[]) => words.map((word) => word.startMs);

describe('alignWords', () => {
  test('gives words that were heard as written exactly the times heard', () => {
    const heard = said('the octopus has three hearts');
    const aligned = alignWords(['The', 'octopus', 'has', 'three', 'hearts.'], heard, 1500);
    expect(aligned.map((word) => word.text)).toEqual(['The', 'octopus', 'has', 'three', 'hearts.']);
    expect(starts(aligned)).toEqual(starts(heard));
    expect(aligned.map((word) => word.endMs)).toEqual(heard.map((word) => word.endMs));
  });

  test('gives a number the time of all the words it was spoken as', () => {
    const heard = said('it grew twenty five percent last year');
    const [, , number, last] = alignWords(['It', 'grew', '25%', 'last', 'year.'], heard, 2000);
    expect(number).toEqual({ text: '25%', startMs: 500, endMs: 1200 });
    expect(last?.startMs).toBe(1250);
  });

  test('gives a misheard word the time of what was heard in its place', () => {
    const heard = said('a big wombat sleeps here');
    const aligned = alignWords(['A', 'big', 'quokka', 'sleeps', 'here'], heard, 1300);
    expect(starts(aligned)).toEqual(starts(heard));
  });

  test('joins words that were heard apart and parts words that were heard together', () => {
    const apart = alignWords(['over', 'everyone', 'here'], said('over every one here'), 1000);
    expect(starts(apart)).toEqual([0, 250, 750]);
    const together = alignWords(['an', 'ice', 'cream', 'van'], said('an icecream van'), 1000);
    expect(together[1]?.startMs).toBe(250);
    expect(together[1]?.endMs).toBeGreaterThan(300);
    expect(together[2]?.startMs).toBe(together[1]?.endMs);
    expect(together[2]?.endMs).toBe(450);
    expect(together[3]?.startMs).toBe(500);
  });

  test('places words that nobody heard in the pause where they belong', () => {
    const heard = [
      { text: 'first', startMs: 0, endMs: 300 },
      { text: 'last', startMs: 1500, endMs: 1800 },
    ];
    const aligned = alignWords(['first', 'some', 'words', 'last'], heard, 2000);
    expect(aligned[1]?.startMs).toBe(300);
    expect(aligned[1]?.endMs).toBe(aligned[2]?.startMs);
    expect(aligned[2]?.endMs).toBeLessThanOrEqual(1500);
    expect(aligned[3]?.startMs).toBe(1500);
  });

  test('lets words that nobody heard share a neighbour where there is no pause', () => {
    const heard = [
      { text: 'we', startMs: 0, endMs: 200 },
      { text: 'saw', startMs: 200, endMs: 400 },
      { text: 'cat', startMs: 400, endMs: 800 },
    ];
    const aligned = alignWords(['we', 'saw', 'the', 'cat'], heard, 800);
    expect(aligned[2]?.startMs).toBe(400);
    expect(aligned[2]?.endMs).toBeGreaterThan(450);
    expect(aligned[3]?.endMs).toBe(800);
  });

  test('lets words missing before the first or after the last share a neighbour where there is no room', () => {
    const heard = [{ text: 'cat', startMs: 0, endMs: 900 }];
    const aligned = alignWords(['the', 'cat', 'sat'], heard, 900);
    for (const word of aligned) expect(word.endMs - word.startMs).toBeGreaterThan(100);
  });

  test('gives a dash or an emoji no time of its own', () => {
    const aligned = alignWords(['go', '—', 'now', '🎉'], said('go now'), 500);
    expect(aligned[1]).toEqual({ text: '—', startMs: 200, endMs: 200 });
    expect(aligned[2]?.startMs).toBe(250);
    expect(aligned[3]).toEqual({ text: '🎉', startMs: 450, endMs: 450 });
  });

  test('shares the whole by length when nothing was heard', () => {
    const aligned = alignWords(['aaaa', 'aa', 'aa'], [], 800);
    expect(starts(aligned)).toEqual([0, 400, 600]);
    expect(aligned.at(-1)?.endMs).toBe(800);
  });

  test('follows a script in a language written without spaces', () => {
    const heard = said('蛸 に は 心臓 が 三つ ある');
    const aligned = alignWords(['蛸には', '心臓が', '三つ', 'ある'], heard, 2000);
    expect(starts(aligned)).toEqual([0, 750, 1250, 1500]);
  });

  test('keeps a thousand words in step when every tenth is missing and every seventh misheard', () => {
    const script = Array.from({ length: 1000 }, (_, i) => `w${(i * 7919) % 611}x${i % 13}`);
    const truth = said(script.join(' '));
    const heard = truth
      .filter((_, i) => i % 10 !== 3)
      .map((word, i) => (i % 7 === 0 ? { ...word, text: 'mumble' } : word));
    const aligned = alignWords(script, heard, 250_000);
    const errors = aligned.map((word, i) => Math.abs(word.startMs - (truth[i]?.startMs ?? 0)));
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(mean).toBeLessThan(40);
    expect(Math.max(...errors)).toBeLessThan(1000);
  });

  test('stays in order, without overlaps and within the audio, whatever the clock says', () => {
    const time = fc.oneof(fc.integer({ min: -100, max: 6000 }), fc.double());
    const word = fc.oneof(fc.constantFrom('a', 'the', 'three', '3', '—', '', '心'), fc.string());
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 30 }),
        fc.array(fc.record({ text: word, startMs: time, endMs: time }), { maxLength: 30 }),
        fc.integer({ min: 0, max: 5000 }),
        (tokens, heard, totalMs) => {
          const aligned = alignWords(tokens, heard, totalMs);
          expect(aligned.map((each) => each.text)).toEqual(tokens);
          let at = 0;
          for (const each of aligned) {
            expect(each.startMs).toBeGreaterThanOrEqual(at);
            expect(each.endMs).toBeGreaterThanOrEqual(each.startMs);
            at = each.endMs;
          }
          expect(at).toBeLessThanOrEqual(totalMs);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('returns the times heard for any words that were all heard as written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 40 }),
        (tokens) => {
          const heard = said(tokens.join(' '));
          expect(alignWords(tokens, heard, 20_000)).toEqual(heard);
        },
      ),
      { numRuns: 200 },
    );
  });
});
