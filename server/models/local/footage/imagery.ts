import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SYNONYMS } from './synonyms.ts';

/**
 * Pictures by word: which drawing of the icon set shows a word of a prompt. The set is Microsoft's Fluent
 * Emoji (flat, MIT); emojilib gives the words that people use for each.
 */
export type Imagery = {
  /** Name of the icon that shows this English word (singular, lower case), or null. */
  readonly find: (word: string) => string | null;
  /** The icon as an SVG document, drawn `size` pixels wide and high. */
  readonly svg: (icon: string, size: number) => string;
};

const iconSet = z.object({ icons: z.record(z.string(), z.object({ body: z.string() })) });
const namesByCodePoint = z.record(z.string(), z.string());
const keywordsByEmoji = z.record(z.string(), z.array(z.string()));

/** Signs, letters, flags, clocks and skin-tone variants: they say little or show text. */
const UNFIT =
  /button|-sign$|^input-|^keycap|^japanese-|^flag|symbol|-arrow|arrow-|square|-circle|-(dark|light|medium)$|oclock|-thirty|^(white|black)-|zodiac|^(om|id-button|trade-mark|copyright|registered|middle-finger|pile-of-poo|toilet|hole|cigarette|no-)|(^|-)diamond$|^(aries|taurus|gemini|cancer|leo|virgo|libra|scorpio|sagittarius|capricorn|aquarius|pisces|ophiuchus)$/;

/** Keywords that describe how something looks or feels match far too many icons. */
const VAGUE = new Set(
  'good great new old big small face body part nature thing type symbol sign person people animal food object place travel activity color day feel emotion look up down left right over happy sad fun cute pretty nice go stop see show make take drive play move turn open close inside outside top side line point group set band circle cloth wave blanket note station way net tower end spark snout terrace hole edge piece row cross metal wood center sign area field stand frame scale field trace blow hit surface'.split(
    ' ',
  ),
);

/** Reads the icon set: 9 MB of JSON in about 0.1 CPU seconds, not kept when the answer is let go. */
export function loadImagery(): Imagery {
  const { icons } = iconSet.parse(readJson('@iconify-json/fluent-emoji-flat/icons.json'));
  const chars = namesByCodePoint.parse(readJson('@iconify-json/fluent-emoji-flat/chars.json'));
  const keywords = keywordsByEmoji.parse(readJson('emojilib'));
  const byWord = indexWords(icons, chars, keywords);
  return {
    find: (word) => byWord.get(word) ?? null,
    svg: (icon, size) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 32 32">${icons[icon]?.body ?? ''}</svg>`,
  };
}

function readJson(specifier: string): unknown {
  return JSON.parse(readFileSync(new URL(import.meta.resolve(specifier)), 'utf8'));
}

function indexWords(
  icons: Readonly<Record<string, unknown>>,
  chars: Readonly<Record<string, string>>,
  keywords: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, string> {
  const byWord = new Map<string, string>();
  const claim = (word: string, icon: string | undefined) => {
    if (icon !== undefined && icon in icons && !byWord.has(word)) byWord.set(word, icon);
  };
  for (const [word, icon] of Object.entries(SYNONYMS)) claim(word, icon);
  const fit = Object.keys(icons).filter((name) => !UNFIT.test(name));
  for (const name of fit) claim(name, name);
  for (const name of fit) {
    const parts = name.split('-');
    if (parts.length <= 2 && !/face|cat-|hand|woman|man|person/.test(name)) {
      const last = parts.at(-1);
      if (last !== undefined && last.length > 3 && !VAGUE.has(last)) claim(last, name);
    }
  }
  for (const [emoji, words] of Object.entries(keywords)) {
    const code = [...emoji].map((part) => part.codePointAt(0)?.toString(16)).join('-');
    const icon = chars[code] ?? chars[code.replace(/-fe0f/g, '')];
    if (icon === undefined || UNFIT.test(icon) || /^(person|woman|man|people)-/.test(icon))
      continue;
    for (const word of words.slice(0, 5))
      if (/^[a-z]{4,}$/.test(word) && !VAGUE.has(word)) claim(word, icon);
  }
  return byWord;
}
