import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Idea } from '../../models.ts';
import { type Guide, rankFacts, type Subject } from './knowledge.ts';
import { makeChooser } from './random.ts';
import { capital, headline, numberWord, type Topic } from './topic.ts';
import type { Understood } from './understand-topic.ts';

/** As many as may be asked for: every set alone can answer. */
const MOST_IDEAS = 10;
const idea = z.strictObject({ title: z.string(), hook: z.string(), angle: z.string() });
const set = z.array(idea).length(MOST_IDEAS);
/** Ways to look at anything (`ideas.json`), filled in like the frames of scripts. */
const ideaSets = z.strictObject({ subject: set, action: set, pair: set, claim: set });
type IdeaSets = z.infer<typeof ideaSets>;

let loading: Promise<IdeaSets> | undefined;

function loadIdeas(): Promise<IdeaSets> {
  loading ??= readFile(new URL('./ideas.json', import.meta.url), 'utf8').then((text) =>
    ideaSets.parse(JSON.parse(text)),
  );
  return loading;
}

/** `count` (at most 10) ideas with different titles: those that are known to be true first, then ways to look at it. */
export async function writeIdeas(
  { topic, asked, subject, guide }: Understood,
  count: number,
): Promise<readonly Idea[]> {
  const sets = await loadIdeas();
  const known = subject ? ofFacts(subject, asked) : guide ? ofTips(guide) : [];
  const about = subject?.about ?? guide?.about;
  const general = about
    ? turned(sets.subject, topic.title).map(filled({ subject: about }))
    : framed(topic, sets);
  const different = new Map<string, Idea>();
  for (const each of [...known, ...general]) {
    const name = each.title.toLowerCase();
    if (!different.has(name)) different.set(name, each);
  }
  return [...different.values()].slice(0, count);
}

const LISTED = 5;
const FACT_HOOKS = [
  'Before you scroll on, one thing about {about}.',
  'How much do you really know about {about}?',
  'Here is something about {about} to tell somebody today.',
  'Stop for one fact about {about}.',
  'You will look at {about} differently after this.',
  'One question about {about}: did you know this?',
  'This one is hard to believe, and it is true.',
  'Twenty seconds about {about}. Worth it.',
] as const;

/** A list, a quiz, and a film for each fact that can stand alone in a heading. */
function ofFacts(subject: Subject, asked: readonly string[]): readonly Idea[] {
  const { about, hook } = subject;
  const count = Math.min(LISTED, subject.facts.length);
  const list = {
    title: `${capital(numberWord(count))} facts about ${about}`,
    hook,
    angle: 'A countdown: the quickest facts first, the strangest last, and a vote at the end.',
  };
  const quiz = {
    title: `True or false? ${capital(about)}`,
    hook: `Count your points: how well do you know ${about}?`,
    angle: 'A quiz: each statement stands for two seconds before the answer comes.',
  };
  const single = rankFacts(subject, asked)
    .facts.filter(({ say }) => standsAlone(firstSentence(say), subject.names))
    .map(({ say, see }, index) => ({
      title: headline(firstSentence(say).replace(/\.$/, '')),
      hook: (FACT_HOOKS[index % FACT_HOOKS.length] ?? FACT_HOOKS[0]).replace('{about}', about),
      angle: `One fact, told slowly: “${say}” On screen: ${see}.`,
    }));
  return [list, ...single.slice(0, 2), quiz, ...single.slice(2)];
}

const TIP_HOOKS = [
  'If you change one thing this week, make it this.',
  'Nobody starts with ten habits. Start with this one.',
  'Try this once, and see for yourself.',
  'The smallest step is the one that you take today.',
  'You could do this before tonight.',
  'Forget the rest for now. Do this.',
] as const;

function ofTips({ about, hook, tips }: Guide): readonly Idea[] {
  const count = Math.min(LISTED, tips.length);
  const list = {
    title: `${capital(numberWord(count))} tips for ${about}`,
    hook,
    angle: 'One tip a scene, from the easiest to the most rewarding.',
  };
  const told = tips.filter(({ say }) => !firstSentence(say).endsWith('?'));
  const single = told.map(({ say, see }, index) => ({
    title: headline(`${capital(about)}: ${firstSentence(say).replace(/\.$/, '')}`),
    hook: TIP_HOOKS[index % TIP_HOOKS.length] ?? TIP_HOOKS[0],
    angle: `One tip, shown being done: “${say}” On screen: ${see}.`,
  }));
  return [list, ...single];
}

function framed({ title, form }: Topic, sets: IdeaSets): readonly Idea[] {
  switch (form.kind) {
    case 'how-to':
      return turned(sets.action, title).map(filled({ action: form.action }));
    case 'versus':
      return turned(sets.pair, title).map(filled({ first: form.first, second: form.second }));
    case 'reason':
    case 'question':
    case 'statement':
    case 'text': {
      const marked = /[?!…]$/u.test(title) ? title : `${title}:`;
      return turned(sets.claim, title).map(filled({ title: marked }));
    }
    default:
      return turned(sets.subject, title).map(filled({ subject: form.subject }));
  }
}

/** The set from another beginning for another topic, so that not all topics begin alike. */
function turned(ideas: readonly Idea[], seed: string): readonly Idea[] {
  const from = makeChooser(seed)([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  return [...ideas.slice(from), ...ideas.slice(0, from)];
}

function filled(values: Readonly<Record<string, string>>): (idea: Idea) => Idea {
  const fill = (text: string) =>
    text.replace(/\{(\w)(\w+)\}/g, (_, initial: string, rest: string) => {
      const value = values[initial.toLowerCase() + rest] ?? '';
      return initial === initial.toUpperCase() ? capital(value) : value;
    });
  return ({ title, hook, angle }) => ({ title: fill(title), hook: fill(hook), angle: fill(angle) });
}

const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/u.exec(text)?.[0] ?? text;

const REFERRING = /\b(?:it|its|they|their|them|that|this|these|those|he|she)\b/i;

/** A heading names its subject before it refers to anything. */
function standsAlone(sentence: string, names: readonly string[]): boolean {
  const words = sentence.toLowerCase();
  const at = Math.min(
    ...names.map((name) => {
      const found = words.search(new RegExp(`\\b${name}\\b`));
      return found < 0 ? words.length : found;
    }),
  );
  const referring = words.search(REFERRING);
  return at < words.length && (referring < 0 || at < referring);
}
