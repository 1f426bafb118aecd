import { AhoCorasick } from '@monyone/aho-corasick';
import { MARK, type Reading, type Repeats, read, spell } from './fold.ts';
import type { Term, TermList } from './terms.ts';

/** Finds the first term of a list that stands in a text, through the usual ways of hiding a word; null for none. */
export type FindTerm = (text: string) => Term | null;

/** How near, in letters, a word of its context must stand for a term that needs one: about eight words. */
const NEAR_LETTERS = 40;
/** A word set apart by spaces is put together again when its pieces have at most so many letters on average. */
const PIECE_LETTERS = 2;

/** A phrase as it stands in readings: its letters, and where its own words begin. */
type Phrase = Reading & { readonly role: Role };
type Role =
  | { readonly is: 'term'; readonly term: Term }
  | { readonly is: 'context'; readonly name: string }
  /** Explains a term away where it holds it. */
  | { readonly is: 'excuse'; readonly of: Term };
type Span = { readonly begin: number; readonly end: number; readonly role: Role };

export function makeFindTerm(list: Pick<TermList, 'terms' | 'contexts'>): FindTerm {
  const finders = (['collapsed', 'kept'] as const)
    .filter((repeats) => list.terms.some((term) => term.repeats === repeats))
    .map((repeats) => ({ repeats, find: makeFinder(phrasesOf(list, repeats)) }));
  return (text) => {
    const spellings = spell(text);
    for (const { repeats, find } of finders) {
      for (const { text: spelling, isLeet } of spellings) {
        const term = find(read(spelling, repeats), isLeet);
        if (term) return term;
      }
    }
    return null;
  };
}

function phrasesOf(
  { terms, contexts }: Pick<TermList, 'terms' | 'contexts'>,
  repeats: Repeats,
): readonly Phrase[] {
  // As texts are spelled, so that `12 year old` is found where figures are read as letters.
  const spelled = (text: string, role: Role) =>
    spell(text).map((spelling) => ({ ...read(spelling.text, repeats), role }));
  const looked = terms.filter((term) => term.repeats === repeats);
  const named = new Set(looked.map(({ near }) => near));
  return [
    ...looked.flatMap((term) => spelled(term.text, { is: 'term', term })),
    ...looked.flatMap((of) => of.unless.flatMap((text) => spelled(text, { is: 'excuse', of }))),
    ...Object.entries(contexts)
      .filter(([name]) => named.has(name))
      .flatMap(([name, texts]) => texts.flatMap((text) => spelled(text, { is: 'context', name }))),
  ].filter(({ letters }) => letters !== '');
}

function makeFinder(phrases: readonly Phrase[]) {
  const byLetters = Map.groupBy(phrases, ({ letters }) => letters);
  const automaton = new AhoCorasick([...byLetters.keys()]);

  return (reading: Reading, isLeet: boolean): Term | null => {
    const spans: Span[] = [];
    for (const { begin, end, keyword } of automaton.matchInText(reading.letters)) {
      for (const phrase of byLetters.get(keyword) ?? []) {
        const { role } = phrase;
        if (role.is === 'term' && isLeet && !role.term.leet) continue;
        const inside = role.is === 'term' && role.term.substring;
        if (!inside && !standsAt(reading, begin, phrase)) continue;
        if (role.is === 'term' && isPlain(role.term)) return role.term;
        spans.push({ begin, end, role });
      }
    }
    for (const span of spans) {
      const { role } = span;
      if (role.is === 'term' && isMeant(role.term, span, spans)) return role.term;
    }
    return null;
  };
}

function isPlain({ near, unless }: Term): boolean {
  return near === null && unless.length === 0;
}

/** Whether a term that depends on what stands around it is broken there. */
function isMeant({ near, id }: Term, { begin, end }: Span, spans: readonly Span[]): boolean {
  const excused = spans.some(
    ({ role, ...by }) =>
      role.is === 'excuse' && role.of.id === id && by.begin <= begin && by.end >= end,
  );
  if (excused) return false;
  return (
    near === null ||
    spans.some(
      ({ role, ...by }) =>
        role.is === 'context' &&
        role.name === near &&
        by.begin - end <= NEAR_LETTERS &&
        begin - by.end <= NEAR_LETTERS,
    )
  );
}

/**
 * Whether the phrase stands there as whole words. They may be written in one, as in a hashtag; and each may be set apart
 * by signs, or by spaces into pieces too short to be words of their own (`bo mb`, but not `second hand jobs`).
 */
function standsAt({ marks }: Reading, begin: number, phrase: Phrase): boolean {
  const has = (at: number, mark: number) => ((marks[at] ?? 0) & mark) !== 0;
  const { length } = phrase.letters;
  if (!has(begin, MARK.begins) || !has(begin + length - 1, MARK.ends)) return false;
  let pieces = 1;
  let letters = 1;
  for (let at = 1; at < length; at += 1) {
    if (((phrase.marks[at] ?? 0) & MARK.begins) !== 0) {
      if (pieces > 1 && letters > pieces * PIECE_LETTERS) return false;
      pieces = 1;
      letters = 0;
    } else if (has(begin + at, MARK.spaced)) pieces += 1;
    letters += 1;
  }
  return pieces === 1 || letters <= pieces * PIECE_LETTERS;
}
