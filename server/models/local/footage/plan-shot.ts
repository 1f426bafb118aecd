import type { Tagger } from '../text/nouns.ts';
import { type Actor, castOf } from './cast.ts';
import { chooseLayout, withoutSetting } from './choose-layout.ts';
import type { Imagery } from './imagery.ts';
import type { LayoutName } from './layout-names.ts';
import { choosePalette, type Palette } from './palettes.ts';
import { hashText } from './random.ts';

/** What a clip shows, decided before anything is drawn. */
export type Shot = {
  readonly layout: LayoutName;
  readonly palette: Palette;
  /** In the order of their weight; at most 5. */
  readonly actors: readonly Actor[];
  /** A figure worth showing large, as written, such as `90 %` or `1969`. */
  readonly figure: string | null;
  readonly years: readonly string[];
  /** Whether the prompt tells of a night. */
  readonly night: boolean;
  /** Seeds every choice inside the layout. */
  readonly seed: number;
};

/** The words of a prompt in lower case, at most 120 of them. */
const wordsOf = (prompt: string): readonly string[] =>
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
  const actors = castOf(prompt, imagery, tag);
  const figure = figureOf(prompt);
  const years = [...new Set(yearsIn(prompt))].slice(0, 4);
  const layout = chooseLayout({ words, actors, figure, years, variant: variant ^ seed });
  return {
    layout,
    palette: choosePalette(moodWords(words, layout), seed, variant),
    actors: withoutSetting(actors, layout),
    figure,
    years,
    night: words.some((word) => NIGHT.has(word)),
    seed: (variant ^ Math.imul(seed, 0x9e3779b1)) >>> 0,
  };
}

const NIGHT = new Set(['night', 'moon', 'moonlight', 'moonlit', 'starry', 'midnight']);

/** Four-digit years, and three-digit ones where the prompt speaks of a history. */
function yearsIn(prompt: string): readonly string[] {
  const years = /timeline|century|centuries|history|\bfrom\b/i.test(prompt)
    ? /\b(?:1\d|20)\d\d\b|\b[1-9]\d\d\b(?![,.]?\d| ?%)/g
    : /\b(?:1\d|20)\d\d\b/g;
  return prompt.match(years) ?? [];
}

/** A percentage, an amount of money, a multiple or a number with thousands; years and counts are not figures. */
function figureOf(prompt: string): string | null {
  const found =
    /[$€£]\s?\d[\d,.]*\d*\s?(?:k|m|bn|million|billion)?|\d[\d,.]*\s?(?:%|percent\b|×|x\b|million\b|billion\b|trillion\b|km\b|kg\b|years?\b|days?\b|hours?\b|minutes?\b|seconds?\b|pages?\b|degrees?\b|times\b)|\b\d{1,3}(?:,\d{3})+\b/i.exec(
      prompt,
    )?.[0];
  if (found === undefined || found.length > 14) return null;
  return found
    .replace(/\s?percent/i, '%')
    .replace(/[.,]$/, '')
    .trim();
}

/** A setting brings its own mood where the words name none. */
function moodWords(words: readonly string[], layout: LayoutName): readonly string[] {
  if (layout === 'underwater') return [...words, 'underwater', 'sea', 'marine', 'water'];
  if (layout === 'space') return [...words, 'space', 'star'];
  return words;
}
