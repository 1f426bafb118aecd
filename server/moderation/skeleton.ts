import { resolveConfusablesTransformer } from 'obscenity';
import confusables from './confusables.json' with { type: 'json' };

/** What nobody sees: accents and other marks, zero-width and direction characters, fillers. */
const UNSEEN = /[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

const alike = new Map(
  Object.entries(confusables.letters).flatMap(([letters, characters]) =>
    [...characters].map((character) => [character, letters] as const),
  ),
);
/** A wider table, drawn up by hand, for what Unicode's does not know. */
const others = resolveConfusablesTransformer();

/**
 * A text as it looks: compatibility forms (full-width, circled, bold) as plain letters, without what nobody sees,
 * look-alikes of every script as the ASCII letters they are taken for, and all in lower case. The skeleton of a
 * skeleton is itself.
 */
export function toSkeleton(text: string): string {
  const seen = text.normalize('NFKD').replaceAll(UNSEEN, '');
  // Before the case is lost, since a capital may look like another letter than its small one; and once more after.
  return readAlike(readAlike(seen).toLowerCase());
}

/** Only what is not ASCII is read: by Unicode's table alone, m would become rn and 1 become l. */
function readAlike(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/gu, look);
}

/** What a character looks like in the end: a look-alike may have its own. */
function look(character: string): string {
  const code = others.transform(character.codePointAt(0) ?? 0);
  const like =
    alike.get(character) ??
    (code === undefined ? character : String.fromCodePoint(code).toLowerCase());
  return like === character || /^[\0-\x7f]+$/.test(like) ? like : look(like);
}
