import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { OWN_ICONS } from './own-icons.ts';
import { baseForms } from './word-forms.ts';

/**
 * Pictures by word: which drawing shows a word of a prompt. The drawings are Microsoft's Fluent Emoji
 * (flat, MIT) and a few of our own. A word is known by the name of a drawing or because `words.json` lists
 * it; there is no guessing from loose keywords, since a wrong picture is worse than none.
 */
export type Imagery = {
  /**
   * Name of the icon that shows this English word or hyphenated pair (lower case, singular or plural), or
   * null.
   */
  readonly find: (word: string) => string | null;
  /** The icon as an SVG document, drawn `size` pixels wide and high. */
  readonly svg: (icon: string, size: number) => string;
};

const iconSet = z.object({ icons: z.record(z.string(), z.object({ body: z.string() })) });
/** Words by icon, separated by spaces; words with a hyphen are pairs. */
const wordList = z.record(z.string(), z.string());

/** Names of the set that are signs, letters or framed scenes, or that a prompt means otherwise. */
const UNFIT =
  /button|-sign$|^input-|^keycap|^japanese-|^flag|symbol|-arrow|arrow-|square|-circle|-(dark|light|medium)$|oclock|-thirty|^(white|black)-|zodiac|(^|-)diamond$|^(om|aries|taurus|gemini|cancer|leo|virgo|libra|scorpio|sagittarius|capricorn|aquarius|pisces|ophiuchus|trade-mark|copyright|registered|middle-finger|pile-of-poo|toilet|hole|cigarette|no-.*|plus|minus|multiply|divide|information|customs|construction|prohibited|dizzy|collision|clamp|sake|mate|oden|label|link|hook|ring|seat|knot|parts?|wedding|station|minibus|sunrise.*|sunset|cityscape.*|foggy|fog|desert|motorway|milky-way|night-with-stars|bridge-at-night|bikini|restroom|identification-card|mens-room|womens-room|vibration-mode|bust.*-in-silhouette|people-hugging|person-standing|pager|placard|receipt|ticket|shorts|briefs|tram|metro|hut|cricket|two-hearts|custard|melon)$/;

/** Reads the icon set: 4 MB of JSON in about 0.05 CPU seconds, not kept when the answer is let go. */
export function loadImagery(): Imagery {
  const { icons } = iconSet.parse(
    readJson(import.meta.resolve('@iconify-json/fluent-emoji-flat/icons.json')),
  );
  const listed = wordList.parse(readJson(new URL('./words.json', import.meta.url).href));
  const bodyOf = (icon: string) => OWN_ICONS[icon] ?? icons[icon]?.body;
  const byWord = new Map<string, string>();
  for (const [icon, words] of Object.entries(listed))
    for (const word of words.split(' ')) if (bodyOf(icon) !== undefined) byWord.set(word, icon);
  for (const name of Object.keys(icons))
    if (!UNFIT.test(name) && !byWord.has(name)) byWord.set(name, name);
  return {
    find: (word) => {
      const known = baseForms(word).find((form) => byWord.has(form));
      return known === undefined ? null : (byWord.get(known) ?? null);
    },
    svg: (icon, size) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 32 32">${bodyOf(icon) ?? ''}</svg>`,
  };
}

function readJson(url: string): unknown {
  return JSON.parse(readFileSync(new URL(url), 'utf8'));
}
