import { toSkeleton } from './skeleton.ts';

/** Raise when the same text would be read otherwise; part of what a verdict depends on. */
export const FOLD_VERSION = 2;

/** How repeated letters are read: each run as one letter, or runs of three and more as two. */
export type Repeats = 'collapsed' | 'kept';

/**
 * A text as its letters and figures alone, one after the other, so that nothing set between them hides a word. `marks`
 * has for each UTF-16 unit of `letters` what of `MARK` is true there.
 */
export type Reading = { readonly letters: string; readonly marks: Uint8Array };

export const MARK = {
  /** A word begins here. */
  begins: 1,
  /** A word ends here. */
  ends: 2,
  /** White space stands before, not only a sign as in `k.i.l.l`. */
  spaced: 4,
} as const;

/** Figures and signs that stand for letters; `1` and `|` stand for two, and so there are two readings. */
const FIGURES: Readonly<Record<string, string>> = {
  ...{ '0': 'o', '3': 'e', '4': 'a', '5': 's', '6': 'g', '7': 't', '8': 'b', '9': 'g' },
  ...{ '@': 'a', $: 's', '!': 'i', '+': 't', '€': 'e', '£': 'l' },
};
const READ_AS_I: Readonly<Record<string, string>> = { ...FIGURES, '1': 'i', '|': 'i' };
const READ_AS_L: Readonly<Record<string, string>> = { ...FIGURES, '1': 'l', '|': 'l' };

/** A text as it may be meant; `isLeet` where figures are read as letters. */
export type Spelling = { readonly text: string; readonly isLeet: boolean };

/**
 * A text as it looks and as it would look in small letters (other scripts' capitals look like other letters); then each
 * with figures read as letters: 1 as i or l, and signs as letters or as signs. Most texts have one or two spellings.
 */
export function spell(text: string): readonly Spelling[] {
  const plain = new Set([toSkeleton(text), toSkeleton(text.toLowerCase())]);
  const leet = new Set([...plain].flatMap(readFigures)).difference(plain);
  return [
    ...[...plain].map((spelling) => ({ text: spelling, isLeet: false })),
    ...[...leet].map((spelling) => ({ text: spelling, isLeet: true })),
  ];
}

function readFigures(text: string): readonly string[] {
  return [READ_AS_I, READ_AS_L].flatMap((letters) => {
    const withFigures = text.replaceAll(/\d/g, (figure) => letters[figure] ?? figure);
    const withSigns = withFigures.replaceAll(/[@$!+€£|]/g, (sign) => letters[sign] ?? sign);
    return [withFigures, withSigns];
  });
}

/**
 * Reads a spelling. Words of scripts without spaces count as so many words of one letter, and `porn2` as a word and a
 * figure.
 */
export function read(spelling: string, repeats: Repeats): Reading {
  const most = repeats === 'collapsed' ? 1 : 2;
  const marks = new Uint8Array(spelling.length);
  let letters = '';
  let last = '';
  let run = 0;
  let inWord: Kind | null = null;
  let spaced = true;
  const mark = (at: number, what: number) => {
    marks[at] = (marks[at] ?? 0) | what;
  };
  const endWord = () => {
    if (inWord !== null) mark(letters.length - 1, MARK.ends);
    inWord = null;
  };
  for (const character of spelling) {
    const kind = kindOf(character);
    if (kind === 'space' || kind === 'sign') {
      endWord();
      spaced ||= kind === 'space';
      continue;
    }
    if (kind === 'word' || kind !== inWord) endWord();
    run = character === last ? run + 1 : 1;
    last = character;
    // Letters beyond the most are one with the last; a word may begin or end within it, but nothing is set apart there.
    if (run <= most) letters += character;
    const at = letters.length - character.length;
    if (inWord === null) mark(at, spaced && run <= most ? MARK.begins | MARK.spaced : MARK.begins);
    spaced = false;
    inWord = kind;
  }
  endWord();
  return { letters, marks: marks.subarray(0, letters.length) };
}

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** `word` is a letter of a script without spaces, where a word may begin and end anywhere. */
type Kind = 'letter' | 'figure' | 'word' | 'space' | 'sign';

function kindOf(character: string): Kind {
  if (character <= '\x7f') {
    if (/[a-z]/.test(character)) return 'letter';
    if (/\d/.test(character)) return 'figure';
    return character <= ' ' ? 'space' : 'sign';
  }
  if (/\p{L}/u.test(character)) return UNSPACED.test(character) ? 'word' : 'letter';
  if (/\p{N}/u.test(character)) return 'figure';
  return /\s/u.test(character) ? 'space' : 'sign';
}
