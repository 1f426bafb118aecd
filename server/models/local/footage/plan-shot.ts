import type { Tagger } from '../text/nouns.ts';
import type { Imagery } from './imagery.ts';
import { choosePalette, type Palette } from './palettes.ts';
import { hashText } from './random.ts';

/** Something in the picture: the word of the prompt, its icon, and how many of it. */
export type Actor = { readonly word: string; readonly icon: string; readonly count: number };

export const LAYOUTS = [
  'landscape',
  'closeup',
  'steps',
  'number',
  'quote',
  'versus',
  'route',
  'timeline',
  'space',
  'underwater',
  'city',
  'growth',
  'crowd',
  'constellation',
  'abstract',
] as const;
export type LayoutName = (typeof LAYOUTS)[number];

/** What a clip shows, decided before anything is drawn. */
export type Shot = {
  readonly layout: LayoutName;
  readonly palette: Palette;
  /** In the order of their weight; at most 6. */
  readonly actors: readonly Actor[];
  /** A figure worth showing large, as written, such as `90 %` or `1969`. */
  readonly figure: string | null;
  readonly years: readonly string[];
  /** Seeds every choice inside the layout. */
  readonly seed: number;
};

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
};

/** Words that begin a shot, tell how it is filmed or join others: never things to be seen. */
const NEVER_SHOWN = new Set(
  'a an the of on in at to by for from with without and or but as is are was were be its it his her their our your my this that these those into onto over under above below between through across near behind beside around up down out off then than so very more most many much some few one once slow fast slowly quickly gentle gently soft softly close closeup shot view wide scene background foreground camera pan zoom motion light lit glowing glow bright dark deep big small large huge tiny giant little long short high low old new young warm cool cold hot clear calm quiet floating drifting moving rising falling standing showing looking against full empty half first second third last next each every two three four five six seven eight nine ten blue red green golden white black pink purple orange yellow colorful vivid cinematic dramatic abstract style simple illustration image picture top bottom left right side center middle front back hand hold holds holding step steps list checklist map timeline versus vs face faces facing steam stage reasons reason tips rules route journey path dashed chart graph compared comparison number percent part parts lies lie way ways line lines shape shapes color colors background light rays'.split(
    ' ',
  ),
);

/** Plural to singular, well enough for looking words up. */
export function singular(word: string): string {
  if (word === 'leaves') return 'leaf';
  if (word === 'mice') return 'mouse';
  if (word === 'wolves') return 'wolf';
  if (/(ss|us|is)$/.test(word) || word.length < 4) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(ches|shes|xes|sses|oes)$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

/** The words of a prompt in lower case, at most 120 of them. */
export const wordsOf = (prompt: string): readonly string[] =>
  (
    prompt
      .slice(0, 2_000)
      .toLowerCase()
      .match(/[a-z]+(?:'[a-z]+)?|\d+/g) ?? []
  ).slice(0, 120);

/** Decides what a clip shows. The same prompt and seed give the same shot. */
export function planShot(
  prompt: string,
  seed: number,
  { imagery, tag }: { readonly imagery: Imagery; readonly tag: Tagger },
): Shot {
  const words = wordsOf(prompt);
  const variant = hashText(prompt);
  const things = thingsIn(prompt, tag);
  const named = castOf(things, imagery);
  // A tagger errs on short prompts; rather an icon for a verb than none.
  const actors =
    named.length > 0
      ? named
      : castOf(things.filter(({ kind }) => kind !== 'PRON').map(asNoun), imagery).slice(0, 2);
  const figure = figureOf(prompt);
  const years = [...new Set(yearsIn(prompt))].slice(0, 4);
  const layout = layoutOf({ words, actors, figure, years, variant: variant ^ seed });
  return {
    layout,
    palette: choosePalette(moodWords(words, layout), seed, variant),
    actors: withoutSetting(actors, layout),
    figure,
    years,
    seed: (variant ^ Math.imul(seed, 0x9e3779b1)) >>> 0,
  };
}

/** Four-digit years, and three-digit ones where the prompt speaks of a history. */
function yearsIn(prompt: string): readonly string[] {
  const years = /timeline|century|centuries|history|\bfrom\b/i.test(prompt)
    ? /\b(?:1\d|20)\d\d\b|\b[1-9]\d\d\b(?![,.]?\d| ?%)/g
    : /\b(?:1\d|20)\d\d\b/g;
  return prompt.match(years) ?? [];
}

/** Parts of a prompt that tell its light, as in "soft morning light": a mood, not things. */
const LIGHTING = /\b(light|lighting|sky|colou?rs|camera|background|mood|glow|style)\s*$/i;

type Thing = { readonly text: string; readonly kind: string };

const asNoun = ({ text }: Thing): Thing => ({ text, kind: 'NOUN' });

const isNoun = ({ kind }: Thing): boolean => kind === 'NOUN' || kind === 'PROPN';

/** The words that may name things: all in order and tagged, lighting left out. */
function thingsIn(prompt: string, tag: Tagger): readonly Thing[] {
  const parts = prompt.slice(0, 2_000).toLowerCase().split(/[,;.]/);
  const kept = parts.filter((part, index) => index === 0 || !LIGHTING.test(part));
  return tag(kept.join(', '))
    .slice(0, 160)
    .filter(({ text }) => /^[a-z0-9]+$/.test(text));
}

/** Icons for the nouns, each once, the earlier the weightier; a number word before one counts it. */
function castOf(words: readonly Thing[], imagery: Imagery): readonly Actor[] {
  const actors: Actor[] = [];
  const texts = words.map(({ text }) => text);
  for (const [index, word] of words.entries()) {
    const { text } = word;
    const pair = pairIcon(texts, index, imagery);
    if (pair === null && (!isNoun(word) || NEVER_SHOWN.has(text))) continue;
    const icon = pair ?? imagery.find(singular(text)) ?? imagery.find(text);
    if (icon === null || actors.some((actor) => actor.icon === icon)) continue;
    actors.push({ word: text, icon, count: countBefore(texts, index) });
  }
  return actors.slice(0, 6);
}

/** Two words that are one thing, such as "hot dog" or "polar bear". */
function pairIcon(words: readonly string[], index: number, imagery: Imagery): string | null {
  const [word, next] = [words[index], words[index + 1]];
  if (word === undefined || next === undefined) return null;
  return imagery.find(`${word}-${singular(next)}`);
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

/** A percentage, an amount of money, a multiple or a number with thousands; years and counts are not figures. */
function figureOf(prompt: string): string | null {
  const found =
    /[$€£]\s?\d[\d,.]*\d*\s?(?:k|m|bn|million|billion)?|\d[\d,.]*\s?(?:%|percent\b|×|x\b|million\b|billion\b|trillion\b|km\b|kg\b|years?\b|days?\b|hours?\b|degrees?\b|times\b)|\b\d{1,3}(?:,\d{3})+\b/i.exec(
      prompt,
    )?.[0];
  if (found === undefined || found.length > 14) return null;
  return found
    .replace(/\s?percent/i, '%')
    .replace(/[.,]$/, '')
    .trim();
}

type Clues = {
  readonly words: readonly string[];
  readonly actors: readonly Actor[];
  readonly figure: string | null;
  readonly years: readonly string[];
  readonly variant: number;
};

/** What each layout answers to. Structure (numbers, lists, contrasts) speaks before the setting does. */
const CALLS: readonly (readonly [LayoutName, string])[] = [
  ['versus', 'versus vs compared comparison compare contrast difference instead'],
  [
    'timeline',
    'timeline history century centuries decades era evolution chronology milestones years',
  ],
  ['steps', 'steps step list checklist tips ingredients recipe stages rules reasons ways habits'],
  [
    'growth',
    'chart graph growth growing rising increase profit statistics economy stock sales invest percent curve bars data',
  ],
  ['route', 'map route journey path travel voyage trip road trail migration explorer expedition'],
  ['quote', 'quote quotation saying says said speech statement lesson question think wonder'],
  [
    'underwater',
    'underwater ocean sea reef octopus fish whale shark dolphin squid jellyfish coral seabed diver marine crab submarine turtle tentacles',
  ],
  [
    'space',
    'space galaxy planet planets universe astronaut rocket orbit moon star stars cosmic solar comet meteor saturn jupiter mars telescope satellite nebula night',
  ],
  [
    'city',
    'city street skyline building buildings traffic town urban downtown office skyscraper skyscrapers neighborhood',
  ],
  [
    'landscape',
    'landscape mountain mountains hill hills forest field farm meadow desert valley village sunrise sunset island beach river lake snow countryside garden jungle tree trees volcano castle savanna',
  ],
  ['closeup', 'close closeup detail macro portrait object single product cup portrait holding'],
  [
    'constellation',
    'connected network connections together system internet parts brain neurons nervous nerves web ideas',
  ],
];

/** Without a call these take turns by the prompt, so that the scenes of a film differ. */
const FREE_CAST: readonly [LayoutName, ...LayoutName[]] = [
  'closeup',
  'constellation',
  'landscape',
  'closeup',
];

function layoutOf({ words, actors, figure, years, variant }: Clues): LayoutName {
  if (figure !== null) return 'number';
  if (years.length >= 2) return 'timeline';
  const scored = CALLS.map(([name, calls]) => ({
    name,
    score: words.filter((word) => calls.split(' ').includes(word)).length,
  })).filter(({ name, score }) => score > 0 && canCarry(name, actors));
  const best = Math.max(0, ...scored.map(({ score }) => score));
  const called = scored.find(({ score }) => score === best);
  if (called) return called.name;
  if (actors.some(({ count }) => count >= 3)) return 'crowd';
  if (actors.length === 0) return 'abstract';
  if (actors.length >= 4) return variant % 3 === 0 ? 'steps' : 'constellation';
  const free = FREE_CAST[(variant >>> 3) % FREE_CAST.length] ?? 'closeup';
  return canCarry(free, actors) ? free : 'closeup';
}

/** Some layouts are empty without their actors. */
function canCarry(layout: LayoutName, actors: readonly Actor[]): boolean {
  if (layout === 'versus' || layout === 'steps' || layout === 'constellation')
    return actors.length >= 2;
  if (layout === 'closeup') return actors.length >= 1;
  return true;
}

/** What a layout draws itself; the icon of it would stand there twice. */
const DRAWN_BY: { readonly [Name in LayoutName]?: RegExp } = {
  landscape:
    /mountain|tree|sunrise|sunset|^sun$|cityscape|^herb$|national-park|^desert$|camping|cloud$|beach|motorway/,
  underwater: /^(water-wave|droplet|bubbles|ice)$/,
  space: /^(milky-way|glowing-star|star|night-with-stars|ringed-planet|crescent-moon)$/,
  city: /^(cityscape.*|motorway|office-building|houses|bridge-at-night|crescent-moon|night-with-stars)$/,
  growth: /chart/,
  route: /^(world-map|motorway|compass)$/,
  timeline: /^(hourglass-not-done|spiral-calendar|scroll)$/,
  quote: /^(speech-balloon|red-question-mark)$/,
};

function withoutSetting(actors: readonly Actor[], layout: LayoutName): readonly Actor[] {
  const drawn = DRAWN_BY[layout];
  const others = actors.filter(({ icon }) => !drawn?.test(icon));
  return others.length > 0 ? others : actors.slice(0, 1);
}

/** A setting brings its own mood where the words name none. */
function moodWords(words: readonly string[], layout: LayoutName): readonly string[] {
  if (layout === 'underwater') return [...words, 'underwater', 'sea', 'marine', 'water'];
  if (layout === 'space') return [...words, 'space', 'star'];
  return words;
}
