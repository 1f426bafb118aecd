import type { Tagger, Word } from './nouns.ts';
import { capital } from './topic.ts';

const LIGHT = [
  'soft morning light',
  'golden evening light',
  'clear blue sky',
  'dramatic light',
  'warm colors, slow camera',
] as const;
const VAGUE = new Set(
  'thing things way ways lot part parts kind kinds one ones time times bit day today second minute something everything nothing anything somebody everybody video comments question answer question questions fact facts number reason reasons'.split(
    ' ',
  ),
);

/** Runs of nouns with the adjectives and numbers before them, in order, without repeats. */
export function nounPhrases(words: readonly Word[]): readonly string[] {
  const phrases: string[] = [];
  let run: Word[] = [];
  const close = () => {
    const noun = run.findLastIndex(({ kind }) => kind === 'NOUN' || kind === 'PROPN');
    const phrase = run.slice(0, noun + 1).map(({ text }) => text);
    const head = phrase.at(-1)?.toLowerCase() ?? '';
    if (phrase.length > 0 && !VAGUE.has(head)) phrases.push(phrase.slice(-4).join(' '));
    run = [];
  };
  for (const word of words) {
    const naming = ['ADJ', 'NOUN', 'PROPN', 'NUM'].includes(word.kind);
    const afterNoun = run.at(-1)?.kind === 'NOUN' || run.at(-1)?.kind === 'PROPN';
    if (!naming || (afterNoun && (word.kind === 'ADJ' || word.kind === 'NUM'))) close();
    if (naming) run.push(word);
  }
  close();
  return [...new Map(phrases.map((phrase) => [phrase.toLowerCase(), phrase])).values()];
}

/** A prompt for each narration from its own nouns; where it has none, from the title's. */
export function visualsOf(
  title: string,
  narrations: readonly string[],
  tag: Tagger,
): readonly string[] {
  const subject = nounPhrases(tag(title))[0];
  return narrations.map((narration, index) => {
    const own = nounPhrases(tag(narration)).slice(0, 3);
    const things = own.length > 0 ? own : [subject ?? 'an open landscape'];
    const light = LIGHT[index % LIGHT.length] ?? LIGHT[0];
    return `${capital(listing(things))}, ${light}`;
  });
}

function listing(things: readonly string[]): string {
  if (things.length < 2) return things.join('');
  return `${things.slice(0, -1).join(', ')} and ${things.at(-1)}`;
}
