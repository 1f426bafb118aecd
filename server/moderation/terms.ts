import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { BadTermList } from './errors.ts';
import { lineOf, lineOfFault } from './json-line.ts';

/** The categories of docs/acceptable-use.md. */
export const CATEGORIES = [
  'minors',
  'impersonation',
  'sexual',
  'violence',
  'extremism',
  'hate',
  'harassment',
  'dangerous_instructions',
  'fraud',
  'self_harm',
] as const;

const phrase = z.string().trim().min(2).max(200);

const termSchema = z.strictObject({
  /** Stable; it is what a log line names. */
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, 'an id is of lower-case letters, digits and dashes'),
  category: z.enum(CATEGORIES),
  text: phrase,
  /** Found inside longer words too. Only for letters that no innocent word holds. */
  substring: z.boolean().default(false),
  /** `kept`: doubled letters must be doubled, for terms that would else read as an innocent word. */
  repeats: z.enum(['collapsed', 'kept']).default('collapsed'),
  /** False: figures and signs are not read as letters, for terms that a number or price would else be read as. */
  leet: z.boolean().default(true),
  /** Found only within about eight words of a phrase of the context of that name. */
  near: z.string().nullable().default(null),
  /** Phrases that hold the term and mean no harm, such as `naked eye`. */
  unless: z.array(phrase).max(100).default([]),
});

const listSchema = z.strictObject({
  /** Says which list judged a text. */
  version: z.string().min(1).max(40),
  date: z.iso.date(),
  /** Phrases by the name under which terms speak of them as `near`. */
  contexts: z.record(z.string().min(1).max(40), z.array(phrase).max(1_000)).default({}),
  terms: z.array(termSchema).max(50_000),
});

export type Term = z.infer<typeof termSchema>;
export type TermList = z.infer<typeof listSchema>;

const BUILT_IN = new URL('./terms.json', import.meta.url);

/**
 * The built-in list, and an operator's own on top where `file` is given; terms of either may stand near contexts of
 * both. Throws `BadTermList` with line and fix for a file that cannot be read or used.
 */
export async function readTerms(file: string | null): Promise<TermList> {
  const builtIn = await readList(BUILT_IN, { ids: new Set(), contexts: new Set() });
  if (file === null) return builtIn;
  const own = await readList(file, {
    ids: new Set(builtIn.terms.map(({ id }) => id)),
    contexts: new Set(Object.keys(builtIn.contexts)),
  });
  return {
    version: `${builtIn.version}+${own.version}`,
    date: own.date,
    contexts: { ...builtIn.contexts, ...own.contexts },
    terms: [...builtIn.terms, ...own.terms],
  };
}

type Taken = { readonly ids: ReadonlySet<string>; readonly contexts: ReadonlySet<string> };

async function readList(file: string | URL, taken: Taken): Promise<TermList> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new BadTermList(
      'the file cannot be read',
      'Check that it exists and may be read.',
      error,
    );
  });
  const parsed = listSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.filter((key) => typeof key !== 'symbol') ?? [];
    const what = `${path.join('.') || 'the list'}: ${issue?.message ?? 'not of the form'}`;
    throw new BadTermList(`line ${lineOf(text, path)}: ${what}`, 'Correct that line.');
  }
  const fault = faultOf(parsed.data, taken);
  if (fault) throw new BadTermList(`line ${lineOf(text, fault.path)}: ${fault.what}`, fault.fix);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const fix = 'Look for a comma, quote or bracket that is missing or too many there.';
    throw new BadTermList(`line ${lineOfFault(text)}: it is not JSON from there on`, fix, error);
  }
}

/** What no schema tells: an id or a context that is there already, and a context that is nowhere. */
function faultOf({ terms, contexts }: TermList, taken: Taken) {
  const again = Object.keys(contexts).find((name) => taken.contexts.has(name));
  if (again !== undefined) {
    const what = `the context ${again} is one of the built-in list`;
    return { path: ['contexts', again], what, fix: 'Give it another name.' };
  }
  const ids = new Set(taken.ids);
  for (const [index, { id, near }] of terms.entries()) {
    if (ids.has(id)) {
      const what = `the id ${id} stands for another term already`;
      return { path: ['terms', index, 'id'], what, fix: 'Give the term another id.' };
    }
    ids.add(id);
    if (near !== null && !Object.hasOwn(contexts, near) && !taken.contexts.has(near)) {
      const what = `there is no context ${near}`;
      return {
        path: ['terms', index, 'near'],
        what,
        fix: 'Add it to `contexts`, or correct its name.',
      };
    }
  }
  return null;
}
