import { foldToAscii } from './ascii.ts';
import { sayToken } from './say-token.ts';

export type SpokenWord = {
  /** The word as written: what the captions show. */
  readonly text: string;
  /** What the voice is told to say for it, without punctuation; empty for an emoji or a lone dash. */
  readonly say: string;
  /** Punctuation that the voice hears after the word: `,` or `.` or `?` or `!` or nothing. */
  readonly pause: '' | ',' | '.' | '?' | '!';
};

/** The whitespace-separated words of a text, each with what is said for it. */
export function spokenWords(text: string): readonly SpokenWord[] {
  const written = text.split(/\s+/u).filter((word) => word !== '');
  const calm = isShouted(written);
  const folded = written.map((word) => {
    const plain = foldToAscii(word).trim();
    return calm ? plain.toLowerCase() : plain;
  });
  const words: SpokenWord[] = [];
  for (const [index, word] of written.entries()) {
    const say = sayToken(folded[index] ?? '', folded[index + 1] ?? '', folded[index - 1] ?? '');
    const pause = pauseAfter(folded[index] ?? '', index === written.length - 1);
    const previous = words.at(-1);
    if (say === '' && previous && previous.pause === '' && pause !== '') {
      words[words.length - 1] = { ...previous, pause };
    }
    words.push({ text: word, say, pause: say === '' ? '' : pause });
  }
  return words;
}

/** What the voice reads: every word said, with the pauses between. Empty when nothing can be said. */
export function spokenText(words: readonly SpokenWord[]): string {
  return words
    .filter(({ say }) => say !== '')
    .map(({ say, pause }) => say + pause)
    .join(' ');
}

/** Text all in capitals is read as words, not spelled out letter by letter. */
function isShouted(words: readonly string[]): boolean {
  const letters = words.join('').replace(/[^\p{Lu}\p{Ll}]/gu, '');
  const capitals = letters.replace(/\P{Lu}/gu, '').length;
  return words.length >= 3 && letters.length >= 10 && capitals / letters.length > 0.7;
}

function pauseAfter(folded: string, last: boolean): SpokenWord['pause'] {
  const end = /[^A-Za-z0-9%$]*$/.exec(folded)?.[0] ?? '';
  if (end.includes('?')) return '?';
  if (end.includes('!')) return '!';
  if (isAbbreviation(folded)) return last ? '.' : end.includes(',') ? ',' : '';
  if (end.includes('.')) return '.';
  if (/[,;:()]/.test(end) || /(^|\s)-+\s*$/.test(end)) return ',';
  return '';
}

function isAbbreviation(folded: string): boolean {
  return /^\W*(e\.g|i\.e|dr|mr|mrs|ms|prof|vs|approx|no|st|jr|sr|([A-Za-z]\.)+[A-Za-z])\.\W*$/i.test(
    folded,
  );
}
