import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Word } from './nouns.ts';

const subjects = z.array(
  z.strictObject({
    /** As it stands after "about". */
    about: z.string(),
    /** The nouns, in small letters, by which a topic names it. */
    names: z.array(z.string()).min(1),
    facts: z
      .array(
        z.strictObject({
          say: z.string(),
          see: z.string(),
          /** Words of a question that this fact answers. */
          tags: z.array(z.string()),
        }),
      )
      .min(3),
  }),
);
export type Subject = z.infer<typeof subjects>[number];
export type Fact = Subject['facts'][number];

let loading: Promise<readonly Subject[]> | undefined;

/** The subjects that clipt knows a few sure facts about (`facts.json`), read once. */
export function loadSubjects(): Promise<readonly Subject[]> {
  loading ??= readFile(new URL('./facts.json', import.meta.url), 'utf8').then((text) =>
    subjects.parse(JSON.parse(text)),
  );
  return loading;
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
