/**
 * Cuts a text into the words that captions show and light up. Pure and cheap: no font is touched.
 */

/** Scripts written without spaces, where only a dictionary knows the words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30FC]/u;
/** Something to see: a token of joiners and marks of direction alone would be an empty word. */
const VISIBLE = /[^\p{Default_Ignorable_Code_Point}\p{Cc}\p{Z}]/u;
/** Never begins a line (JIS X 4051 and its like): closing marks, small kana, the long-vowel sign. */
const CLINGS_TO_BEFORE =
  /^[\p{Pe}\p{Pf}\p{Po}\p{M}\p{Lm}\u30FC\u3005\u303B%°℃%ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ~~〜…‥–—-]/u;
/** Never ends a line: opening marks and signs of currency. */
const CLINGS_TO_AFTER = /[\p{Ps}\p{Pi}\p{Sc}]$/u;
const OPENS = /^[\p{Ps}\p{Pi}]/u;

/** A word and whether a space parts it from the one before. */
export type Token = { readonly text: string; readonly spaced: boolean };

/**
 * The words of `text` in order. White space parts them and is dropped (but for that before a lone mark); punctuation stays with its word;
 * runs of scripts without spaces are cut where their readers see words.
 */
export function tokenize(text: string, language: string | null): readonly Token[] {
  const chunks = text.split(/[\s\u200B]+/u).filter((chunk) => VISIBLE.test(chunk));
  return joinLoneMarks(chunks).flatMap((chunk) =>
    splitChunk(chunk, language).map((word, i) => ({ text: word, spaced: i === 0 })),
  );
}

/** French sets a space before `!` and inside `« »`: such a mark stays with its word all the same. */
const LONE_CLOSING = /^[!?:;»%…”’)\]]+$/u;
const LONE_OPENING = /^[«“‘¿¡([]+$/u;
const NO_BREAK_SPACE = '\u00A0';

function joinLoneMarks(chunks: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let opening = '';
  for (const chunk of chunks) {
    const before = joined.at(-1);
    if (LONE_OPENING.test(chunk)) opening += chunk + NO_BREAK_SPACE;
    else if (LONE_CLOSING.test(chunk) && before !== undefined && opening === '') {
      joined[joined.length - 1] = before + NO_BREAK_SPACE + chunk;
    } else {
      joined.push(opening + chunk);
      opening = '';
    }
  }
  return opening === '' ? joined : [...joined, opening.trimEnd()];
}

function splitChunk(chunk: string, language: string | null): readonly string[] {
  // Korean is written with spaces, the Chinese characters among it included.
  if (!UNSPACED.test(chunk) || /^ko\b/i.test(language ?? '')) return [chunk];
  const words: string[] = [];
  let opening = '';
  for (const { segment } of wordSegmenter(language).segment(chunk)) {
    const before = words.at(-1);
    if (opening !== '') {
      opening += segment;
      if (CLINGS_TO_AFTER.test(segment)) continue;
      words.push(opening);
      opening = '';
    } else if (CLINGS_TO_AFTER.test(segment) && !isClosing(segment)) {
      opening = segment;
    } else if (before !== undefined && belongsTo(before, segment)) {
      words[words.length - 1] = before + segment;
    } else {
      words.push(segment);
    }
  }
  if (opening !== '') words.push((words.pop() ?? '') + opening);
  return words;
}

/** Marks go with the word before them, and so does what another script writes without a space. */
function belongsTo(before: string, segment: string): boolean {
  if (OPENS.test(segment)) return false;
  return CLINGS_TO_BEFORE.test(segment) || !(UNSPACED.test(before) || UNSPACED.test(segment));
}

function isClosing(segment: string): boolean {
  return CLINGS_TO_BEFORE.test(segment);
}

const segmenters = new Map<string, Intl.Segmenter>();

/** Costly to make (10 ms), so each language's is kept. An unknown tag means the default rules. */
function wordSegmenter(language: string | null): Intl.Segmenter {
  const locale = knownLocale(language);
  const kept = segmenters.get(locale);
  if (kept) return kept;
  const made = new Intl.Segmenter(locale, { granularity: 'word' });
  segmenters.set(locale, made);
  return made;
}

function knownLocale(language: string | null): string {
  try {
    return Intl.getCanonicalLocales(language ?? 'und')[0] ?? 'und';
  } catch {
    return 'und';
  }
}
