import { createHash } from 'node:crypto';
import { AhoCorasick } from '@monyone/aho-corasick/fast';
import { FOLD_VERSION, foldReadings, foldTerm, type Repeats } from './fold.ts';
import { type Category, readTerms, type Term } from './terms.ts';

/** What may be said and logged about a rejected text: never the text, nor a part of it. */
export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly category: Category; readonly ruleId: string };

export type Moderation = {
  /** Changes with the terms and with the way they are looked for. */
  readonly version: string;
  /** The first rule that any of the texts breaks. Takes well under a millisecond for 500 characters. */
  check(texts: readonly string[]): Verdict;
};

type Matcher = { readonly repeats: Repeats; find(reading: string): Term | null };

/** Looks for `terms` in every text, through the usual ways of hiding a word (see `foldReadings`). */
export function makeModeration({ terms }: { readonly terms: readonly Term[] }): Moderation {
  const matchers = (['collapsed', 'kept'] as const)
    .map((repeats) => makeMatcher(terms, repeats))
    .filter((matcher) => matcher !== null);
  const identity = JSON.stringify([FOLD_VERSION, terms]);
  return {
    version: createHash('sha256').update(identity).digest('hex').slice(0, 16),
    check(texts) {
      for (const text of texts) {
        for (const { repeats, find } of matchers) {
          for (const reading of foldReadings(text, repeats)) {
            const broken = find(reading);
            if (broken) return { allowed: false, category: broken.category, ruleId: broken.id };
          }
        }
      }
      return { allowed: true };
    },
  };
}

/** The moderation with the built-in list and the operator's own (`file`, or null for none). */
export async function loadModeration(file: string | null): Promise<Moderation> {
  return makeModeration(await readTerms(file));
}

/** Null when no term is looked for in this way. */
function makeMatcher(terms: readonly Term[], repeats: Repeats): Matcher | null {
  const rules = new Map<string, Term>();
  for (const term of terms) {
    if (term.repeats !== repeats) continue;
    // A phrase is also written as one word: in a hashtag, or with every letter set apart.
    for (const written of [term.text, term.text.replaceAll(/\s+/g, '')]) {
      const form = foldTerm(written, repeats);
      if (form !== '' && !rules.has(form)) rules.set(form, term);
    }
  }
  if (rules.size === 0) return null;
  const automaton = new AhoCorasick([...rules.keys()]);
  return {
    repeats,
    find(reading) {
      for (const { begin, keyword } of automaton.matchInText(reading)) {
        const rule = rules.get(keyword);
        const whole = reading[begin - 1] === ' ' && reading[begin + keyword.length] === ' ';
        if (rule && (whole || rule.substring)) return rule;
      }
      return null;
    },
  };
}
