import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { BadTermList } from './errors.ts';

export const CATEGORIES = [
  'minors',
  'impersonation',
  'sexual',
  'violence',
  'hate',
  'dangerous_instructions',
  'self_harm',
] as const;
export type Category = (typeof CATEGORIES)[number];

const termSchema = z.strictObject({
  /** Stable; it is what a log line names. */
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, 'an id is of lower-case letters, digits and dashes'),
  category: z.enum(CATEGORIES),
  text: z.string().min(2).max(200),
  /** Found inside longer words too. Only for letters that no innocent word holds. */
  substring: z.boolean().default(false),
  /** `kept`: doubled letters must be doubled, for terms that would else read as an innocent word. */
  repeats: z.enum(['collapsed', 'kept']).default('collapsed'),
});

const listSchema = z.strictObject({
  /** Says which list judged a text. */
  version: z.string().min(1).max(40),
  terms: z.array(termSchema).max(50_000),
});

export type Term = z.infer<typeof termSchema>;
export type TermList = z.infer<typeof listSchema>;

const BUILT_IN = new URL('./terms.json', import.meta.url);

/**
 * The built-in list, and an operator's own on top where `file` is given. Throws `BadTermList` for a file
 * that cannot be read, is not of the form, or uses an id twice.
 */
export async function readTerms(file: string | null): Promise<TermList> {
  const builtIn = await readList(BUILT_IN);
  if (file === null) return builtIn;
  const own = await readList(file);
  const terms = [...builtIn.terms, ...own.terms];
  const ids = new Set<string>();
  for (const { id } of terms) {
    if (ids.has(id)) throw new BadTermList(`the id ${id} stands there twice`);
    ids.add(id);
  }
  return { version: `${builtIn.version}+${own.version}`, terms };
}

async function readList(file: string | URL): Promise<TermList> {
  const read = async (): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));
  const content = await read().catch((error) => {
    throw new BadTermList('it is not a readable JSON file', error);
  });
  const parsed = listSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BadTermList(`${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'not of the form'}`);
}
