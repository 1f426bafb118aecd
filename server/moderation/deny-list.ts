import { createHash } from 'node:crypto';
import { makeFindTerm } from './find-terms.ts';
import { FOLD_VERSION } from './fold.ts';
import { readTerms, type Term, type TermList } from './terms.ts';

export type DenyList = {
  /** Changes with the terms and with the way they are looked for. */
  readonly version: string;
  /**
   * The first term that stands in any text of `content`: a text, or lists and objects of them however deep, so that a
   * field that is added to a request is looked at like the others. Takes well under a millisecond for 500 characters.
   */
  find(content: unknown): Term | null;
};

export function makeDenyList(list: Pick<TermList, 'terms' | 'contexts'>): DenyList {
  const findIn = makeFindTerm(list);
  const { terms, contexts } = list;
  const identity = JSON.stringify([FOLD_VERSION, contexts, terms]);
  return {
    version: createHash('sha256').update(identity).digest('hex').slice(0, 16),
    find(content) {
      for (const text of textsIn(content)) {
        const term = findIn(text);
        if (term) return term;
      }
      return null;
    },
  };
}

/** The built-in list with the operator's own (`file`, or null for none). Throws `BadTermList`. */
export async function loadDenyList(file: string | null): Promise<DenyList> {
  return makeDenyList(await readTerms(file));
}

function* textsIn(content: unknown): Generator<string> {
  if (typeof content === 'string') yield content;
  else if (typeof content === 'object' && content !== null) {
    for (const value of Object.values(content)) yield* textsIn(value);
  }
}
