import { resolveConfusablesTransformer } from 'obscenity';

/** Raise when the same text would fold otherwise; part of every verdict's version. */
export const FOLD_VERSION = 1;

const confusables = resolveConfusablesTransformer();

/** Characters that stand for letters; `1` and `|` stand for two, and so there are two readings. */
const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '+': 't',
  '€': 'e',
  '£': 'l',
};
const LEET_AS_I: Readonly<Record<string, string>> = { ...LEET, '1': 'i', '|': 'i' };
const LEET_AS_L: Readonly<Record<string, string>> = { ...LEET, '1': 'l', '|': 'l' };

/** How repeated letters are read: each run as one letter, or runs of three and more as two. */
export type Repeats = 'collapsed' | 'kept';

/**
 * The readings of a text that terms are looked for in: words of letters and digits with one space between
 * and one at each end. As written, and with figures read as letters (1 as i, and as l). Undoes case,
 * accents, zero-width characters, look-alike letters of other scripts, full-width and circled letters,
 * letters set apart (`k.i.l.l`), and repeated letters.
 */
export function foldReadings(text: string, repeats: Repeats): string[] {
  const plain = toPlainLetters(text);
  const readings = [plain, readLeet(plain, LEET_AS_I), readLeet(plain, LEET_AS_L)];
  return [...new Set(readings)].map((reading) => toWords(reading, repeats));
}

/** A term as it stands in a reading, without the spaces at the ends. */
export function foldTerm(term: string, repeats: Repeats): string {
  return toWords(toPlainLetters(term), repeats).trim();
}

function toPlainLetters(text: string): string {
  const lower = text
    .normalize('NFKD')
    .replaceAll(/[\p{Mn}\p{Me}\p{Cf}]/gu, '')
    .toLowerCase();
  // Only what is not ASCII: mapped too, m would read as rn and 1 as l.
  return lower.replaceAll(/[^\0-\x7f]/gu, (character) => {
    const code = confusables.transform(character.codePointAt(0) ?? 0);
    return code === undefined ? character : String.fromCodePoint(code).toLowerCase();
  });
}

function readLeet(text: string, letters: Readonly<Record<string, string>>): string {
  return text.replaceAll(/[\d@$!+€£|]/g, (character) => letters[character] ?? character);
}

function toWords(text: string, repeats: Repeats): string {
  const words = text.replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim();
  const joined = ` ${words} `.replaceAll(/(?<= )(?:[\p{L}\p{N}] ){2,}[\p{L}\p{N}](?= )/gu, (run) =>
    run.replaceAll(' ', ''),
  );
  return repeats === 'collapsed'
    ? joined.replaceAll(/([^ ])\1+/gu, '$1')
    : joined.replaceAll(/([^ ])\1{2,}/gu, '$1$1');
}
