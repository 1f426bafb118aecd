import { languageNotSpoken } from './errors.ts';
import type { SpokenWord } from './spoken-words.ts';

/** A few foreign words in an English text are passed over in silence; more than this share is another language. */
const MOST_FOREIGN_LETTERS = 0.2;

/** Throws `language_not_spoken` unless the text is English by its label and its script, and says something. */
export function requireEnglish(text: string, language: string, words: readonly SpokenWord[]): void {
  const labelled = /^en(?:[-_]|$)/i.test(language);
  const letters = [...text].filter((character) => /\p{L}/u.test(character));
  const foreign = letters.filter((character) => !/\p{Script=Latin}/u.test(character)).length;
  const spoken = words.some(({ say }) => say !== '');
  if (!labelled || !spoken || foreign > letters.length * MOST_FOREIGN_LETTERS)
    throw languageNotSpoken();
}
