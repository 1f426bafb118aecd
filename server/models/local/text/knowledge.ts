import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Word } from './nouns.ts';

const subjects = z.array(
  z.strictObject({
    /** As it stands after "about". */
    about: z.string(),
    /** The nouns, in small letters, by which a topic names it. */
    names: z.array(z.string()).min(1),
    /** The film's first sentences. */
    hook: z.string(),
    /** What opens and ends the film: the subject itself, as something that can be drawn. */
    scene: z.string(),
    facts: z
      .array(
        z.strictObject({
          say: z.string(),
          see: z.string(),
          /** Words of a question that this fact answers. */
          tags: z.array(z.string()),
        }),
      )
      .min(4),
  }),
);
export type Subject = z.infer<typeof subjects>[number];
export type Fact = Subject['facts'][number];

const guides = z.array(
  z.strictObject({
    about: z.string(),
    /** Words of a topic that ask for this advice. */
    names: z.array(z.string()).min(1),
    hook: z.string(),
    scene: z.string(),
    tips: z.array(z.strictObject({ say: z.string(), see: z.string() })).min(5),
  }),
);
export type Guide = z.infer<typeof guides>[number];

export type Knowledge = {
  readonly subjects: readonly Subject[];
  readonly guides: readonly Guide[];
  /** Small words that stand inside the sentences of the store: they are no names. */
  readonly commonWords: ReadonlySet<string>;
};

let loading: Promise<Knowledge> | undefined;

/** What clipt knows for certain (`facts.json`) and may advise (`tips.json`), read once. */
export function loadKnowledge(): Promise<Knowledge> {
  loading ??= readKnowledge();
  return loading;
}

async function readKnowledge(): Promise<Knowledge> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(new URL(name, import.meta.url), 'utf8'));
  const known = subjects.parse(await read('./facts.json'));
  const advised = guides.parse(await read('./tips.json'));
  const texts = [...known.flatMap(({ facts }) => facts), ...advised.flatMap(({ tips }) => tips)];
  const words = texts.flatMap(({ say, see }) => `${say} ${see}`.match(/(?<= )[a-z]+/g) ?? []);
  return { subjects: known, guides: advised, commonWords: new Set(words) };
}

/** The advice whose longest name a topic holds as whole words; null when it asks for none that is known. */
export function findGuide(topic: string, known: readonly Guide[]): Guide | null {
  const words = ` ${topic
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()} `;
  let best: { length: number; guide: Guide } | null = null;
  for (const guide of known)
    for (const name of guide.names)
      if (words.includes(` ${name} `) && name.length > (best?.length ?? 0))
        best = { length: name.length, guide };
  return best?.guide ?? null;
}

/** Adjectives that leave a noun what it is: a giant octopus is an octopus, a hot dog is no dog. */
const PLAIN_ADJECTIVES = new Set(
  'big giant huge small little tiny wild baby human cute smart clever real ancient old young amazing beautiful strange weird incredible common good better best healthy black-and-white colorful dangerous dark blue deep cold electric'.split(
    ' ',
  ),
);
/** Words after a noun that make no compound with it, though the tagger may call them nouns. */
const HEADINGS = new Set(
  'facts trivia explained secrets work works beat sink sank fly live purr'.split(' '),
);
const NAMING = new Set(['NOUN', 'PROPN', 'ADJ', 'X']);

/**
 * The first known subject that a topic names as a thing by itself: "cats" but not "cat food", "stars"
 * but not "Star Wars", "dogs" but not "hot dogs".
 */
export function findSubject(words: readonly Word[], known: readonly Subject[]): Subject | null {
  const small = words.map(({ text }) => text.toLowerCase());
  let best: { at: number; length: number; subject: Subject } | null = null;
  for (const subject of known)
    for (const name of subject.names) {
      const parts = name.split(' ');
      const at = small.findIndex(
        (_, from) =>
          parts.every((part, index) => small[from + index] === part) &&
          standsAlone(words, from, from + parts.length, parts.length > 1),
      );
      if (at < 0) continue;
      if (!best || at < best.at || (at === best.at && parts.length > best.length))
        best = { at, length: parts.length, subject };
    }
  return best?.subject ?? null;
}

function standsAlone(words: readonly Word[], from: number, to: number, phrase: boolean): boolean {
  const before = words[from - 1];
  const after = words[to];
  const last = words[to - 1]?.text ?? '';
  // A plural names the animals themselves ("cats rule"), whatever the tagger makes of the next word.
  const compound =
    after !== undefined &&
    !/[^s]s$/i.test(last) &&
    !HEADINGS.has(after.text.toLowerCase()) &&
    (after.kind === 'NOUN' || after.kind === 'PROPN');
  const hyphen = after?.text === '-' || before?.text === '-';
  if (compound || hyphen) return false;
  if (!before || phrase || !NAMING.has(before.kind)) return true;
  return PLAIN_ADJECTIVES.has(before.text.toLowerCase());
}

const EMPTY_WORDS = new Set(
  'a an the of and or to in on at for with from by about as is are was were be been do does did can could should would will has have had why how what who when where which that this these those it its they their them you your we our us so very really actually always never ever not no more most there facts fact things thing tips story history i my me'.split(
    ' ',
  ),
);

/**
 * The facts, those that speak to the topic's own words first, and how many of them do. "Why octopuses
 * have three hearts" puts the hearts before the camouflage.
 */
export function rankFacts(
  subject: Subject,
  topic: readonly string[],
): { readonly facts: readonly Fact[]; readonly answering: number } {
  const names = new Set(subject.names.flatMap((name) => name.split(' ')));
  const asked = topic
    .map((word) => word.toLowerCase())
    .filter((word) => !EMPTY_WORDS.has(word) && !names.has(word));
  const scored = subject.facts.map((fact, index) => ({
    fact,
    index,
    score: asked.filter((word) => fact.tags.includes(word)).length,
  }));
  scored.sort((a, b) => b.score - a.score || a.index - b.index);
  return {
    facts: scored.map(({ fact }) => fact),
    answering: scored.filter(({ score }) => score > 0).length,
  };
}
