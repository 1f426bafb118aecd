import type { TimedWord } from '../../server/models/models.ts';

/** When each character of a text is spoken, as the vendor tells it. */
export type Alignment = {
  readonly characters: readonly string[];
  readonly character_start_times_seconds: readonly number[];
  readonly character_end_times_seconds: readonly number[];
};

/**
 * The times of the characters from those of the words, which are the text's own, parted by white space: the
 * characters of a word share its time, and white space lasts until the next word.
 */
export function alignCharacters(text: string, words: readonly TimedWord[], speed = 1): Alignment {
  const characters = [...text];
  const starts: number[] = [];
  const ends: number[] = [];
  let word = -1;
  let place = 0;
  for (const [index, character] of characters.entries()) {
    const isSpace = /\s/u.test(character);
    const isFirst = !isSpace && (index === 0 || /\s/u.test(characters[index - 1] ?? ''));
    if (isFirst) {
      word += 1;
      place = 0;
    }
    const { startMs, endMs, length } = spanOf(words, word, isSpace);
    const from = isSpace ? startMs : startMs + ((endMs - startMs) * place) / length;
    const to = isSpace ? endMs : startMs + ((endMs - startMs) * (place + 1)) / length;
    place += 1;
    starts.push(seconds(from / speed));
    ends.push(seconds(to / speed));
  }
  return {
    characters,
    character_start_times_seconds: starts,
    character_end_times_seconds: ends,
  };
}

/** The time of a word, or of the gap after it. */
function spanOf(words: readonly TimedWord[], index: number, isGap: boolean) {
  const word = words[index] ?? { text: '', startMs: 0, endMs: 0 };
  if (!isGap) {
    return { startMs: word.startMs, endMs: word.endMs, length: Math.max(1, [...word.text].length) };
  }
  return { startMs: word.endMs, endMs: words[index + 1]?.startMs ?? word.endMs, length: 1 };
}

/** The vendor gives milliseconds. */
const seconds = (ms: number): number => Math.round(ms) / 1000;
