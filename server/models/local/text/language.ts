import { languageNotWritten } from './errors.ts';

/** Everyday words of languages that share our letters; one that is English too is left out. */
const FOREIGN = new Set(
  'el los las una por qué que porque cómo como para con del es son y le les des une est sont pourquoi comment avec dans sur et der das und ist sind warum wie für mit ein eine nicht il lo gli perché sono della che di o os uma são não em'.split(
    ' ',
  ),
);
const ENGLISH = new Set(
  'the a an of and to in is are was were do does did how why what who when where which that this with for on at from by my your our it you we i have has had can not'.split(
    ' ',
  ),
);
const MOST_FOREIGN_LETTERS = 0.2;

/** Throws `language_not_written` unless the topic is English by its label, its letters and its small words. */
export function requireEnglish(text: string, language: string): void {
  const letters = [...text].filter((character) => /\p{L}/u.test(character));
  const foreign = letters.filter((character) => !/\p{Script=Latin}/u.test(character)).length;
  const words = text.toLowerCase().split(/[^\p{L}']+/u);
  const hits = new Set(words.filter((word) => FOREIGN.has(word))).size;
  const english = words.filter((word) => ENGLISH.has(word)).length;
  if (
    !/^en(?:[-_]|$)/i.test(language) ||
    foreign > letters.length * MOST_FOREIGN_LETTERS ||
    (hits >= 2 && hits > english)
  )
    throw languageNotWritten();
}
