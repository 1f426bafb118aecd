import type { TimedWord } from '../../server/models/models.ts';

/** A piece of a word as the server tells it: it calls it a word. Times in seconds, by steps of 10 ms. */
export type Token = {
  readonly word: string;
  readonly start: number;
  readonly end: number;
  readonly t_dtw: number;
  readonly probability: number;
};

const MOST_LETTERS = 4;
const WRAP_CHARACTERS = 60;

/** Words in pieces, as a model's alphabet has them: a space before the first, punctuation by itself. */
export function tokensOf(words: readonly TimedWord[]): readonly Token[] {
  return words.flatMap(({ text, startMs, endMs }) => {
    const pieces = piecesOf(` ${text}`);
    const length = pieces.join('').length;
    let passed = 0;
    return pieces.map((word) => {
      const start = ticks(startMs + ((endMs - startMs) * passed) / length);
      passed += word.length;
      const end = ticks(startMs + ((endMs - startMs) * passed) / length);
      return { word, start, end, t_dtw: -1, probability: 0.9 };
    });
  });
}

function piecesOf(word: string): string[] {
  const pieces = word.match(/ ?[\p{L}\p{N}\p{M}]+| ?[^\p{L}\p{N}\p{M} ]/gu) ?? [word];
  return pieces.flatMap((piece) => {
    const letters = [...piece];
    const count = Math.ceil(letters.length / MOST_LETTERS);
    return Array.from({ length: count }, (_, index) =>
      letters.slice(index * MOST_LETTERS, (index + 1) * MOST_LETTERS).join(''),
    );
  });
}

/**
 * Lines of about 60 characters: broken before the piece that would not fit or, where only words may be parted, before
 * the next that begins a word.
 */
export function wrapped(
  tokens: readonly Token[],
  splitsOnWord: boolean,
): readonly (readonly Token[])[] {
  const lines: Token[][] = [];
  let line: Token[] = [];
  let length = 0;
  for (const token of tokens) {
    const mayBreak = !splitsOnWord || token.word.startsWith(' ');
    if (line.length > 0 && mayBreak && length + token.word.length > WRAP_CHARACTERS) {
      lines.push(line);
      line = [];
      length = 0;
    }
    line.push(token);
    length += token.word.length;
  }
  return line.length === 0 ? lines : [...lines, line];
}

const ticks = (ms: number): number => Math.round(ms / 10) * 0.01;
