import type { Tagger } from '../text/nouns.ts';
import type { Imagery } from './imagery.ts';

/** Something in the picture: the word of the prompt, its icon, and how many of it. */
export type Actor = { readonly word: string; readonly icon: string; readonly count: number };

type Thing = { readonly text: string; readonly kind: string };

const NUMBER_WORDS: Readonly<Record<string, number>> = {
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  pair: 2,
  dozen: 12,
  many: 6,
  rows: 6,
  crowd: 7,
  herd: 5,
  swarm: 7,
  flock: 6,
  colony: 7,
  hundreds: 8,
  thousands: 9,
};

/** Words that begin a shot, tell how it is filmed or join others: never things to be seen. */
const NEVER_SHOWN = new Set(
  'a an the of on in at to by for from with without and or but as is are was were be its it his her their our your my this that these those into onto over under above below between through across near behind beside around up down out off then than so very more most many much some few one once slow fast slowly quickly gentle gently soft softly close closeup shot view wide scene background foreground pan zoom motion light lit glowing glow bright dark deep big small large huge tiny giant little long short high low old new young warm cool cold hot clear calm quiet floating drifting moving rising falling standing showing looking against full empty half first second third last next each every two three four five six seven eight nine ten blue red green golden white black pink purple orange yellow colorful vivid cinematic dramatic abstract style simple illustration image picture top bottom left right side center middle front back hold holds holding step steps list checklist map timeline versus vs face faces facing stage reasons reason tips rules route journey path dashed chart graph compared comparison number percent part parts lies lie way ways line lines shape shapes color colors background light rays'.split(
    ' ',
  ),
);

/** Parts of a prompt that tell its light, as in "soft morning light": a mood, not things. */
const LIGHTING =
  /\b(light|lighting|sky|colou?rs|camera|background|mood|glow|style|(?:deep|dark|clear|blue|shallow) water)\s*$/i;

/** A face says little beside the thing that a scene is about, so people stand behind it. */
const PEOPLE = new Set(['person', 'child', 'older-person', 'old-woman', 'baby']);

const MOST_ACTORS = 5;

/** What a prompt shows, the weightiest first, at most 5 and none twice; nothing that is not certain. */
export function castOf(prompt: string, imagery: Imagery, tag: Tagger): readonly Actor[] {
  const things = thingsIn(prompt, tag);
  const named = find(things, imagery);
  // A tagger errs on short prompts; rather an icon for a verb than none.
  const actors =
    named.length > 0
      ? named
      : find(things.filter(({ kind }) => kind !== 'PRON').map(asNoun), imagery).slice(0, 2);
  const [objects, people] = [false, true].map((wanted) =>
    actors.filter(({ icon }) => PEOPLE.has(icon) === wanted),
  );
  return [...(objects ?? []), ...(people ?? [])].slice(0, MOST_ACTORS);
}

const asNoun = ({ text }: Thing): Thing => ({ text, kind: 'NOUN' });

const isNoun = (thing: Thing | undefined): boolean =>
  thing?.kind === 'NOUN' || thing?.kind === 'PROPN';

/** Whether a word names a thing: as a noun, or behind an article with no noun after it ("a key"). */
function names(words: readonly Thing[], index: number): boolean {
  if (isNoun(words[index])) return true;
  const article = /^(?:an?|the)$/.test(words[index - 1]?.text ?? '');
  return article && !isNoun(words[index + 1]) && words[index + 1]?.kind !== 'ADJ';
}

/** The words that may name things: all in order and tagged, lighting left out. */
function thingsIn(prompt: string, tag: Tagger): readonly Thing[] {
  const parts = prompt.slice(0, 2_000).toLowerCase().split(/[,;.]/);
  const kept = parts.filter((part, index) => index === 0 || !LIGHTING.test(part));
  return tag(kept.join(', '))
    .slice(0, 160)
    .filter(({ text }) => /^[a-z0-9]+$/.test(text));
}

/** Icons for the nouns, each once; a number word before one counts it; pairs go before single words. */
function find(words: readonly Thing[], imagery: Imagery): readonly Actor[] {
  const actors: Actor[] = [];
  const texts = words.map(({ text }) => text);
  for (let index = 0; index < words.length; index += 1) {
    const [word, next] = [words[index], texts[index + 1]];
    if (!word) continue;
    const pair = next === undefined ? null : imagery.find(`${word.text}-${next}`);
    if (pair === null && (!names(words, index) || NEVER_SHOWN.has(word.text))) continue;
    const icon = pair ?? imagery.find(word.text);
    const count = countBefore(texts, index);
    if (icon !== null && !actors.some((actor) => actor.icon === icon))
      actors.push({ word: pair === null ? word.text : `${word.text} ${next}`, icon, count });
    if (pair !== null) index += 1;
  }
  return actors;
}

function countBefore(words: readonly string[], index: number): number {
  for (const back of [1, 2, 3]) {
    const word = words[index - back] ?? '';
    const count = NUMBER_WORDS[word] ?? (/^\d{1,2}$/.test(word) ? Number(word) : 0);
    if (count >= 2) return Math.min(count, 12);
    if (!NEVER_SHOWN.has(word) && back > 1) break;
  }
  return 1;
}
