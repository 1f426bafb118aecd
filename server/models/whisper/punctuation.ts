import type { TimedWord } from '../models.ts';
import { isBoundary } from '../timed-words.ts';

/** How far on in the text a word is looked for: beyond, it would be another one. */
const REACH_CHARACTERS = 120;
/** With fewer of the words found, the text is another text. */
const LEAST_FOUND = 0.8;

type Place = { readonly from: number; readonly to: number; readonly word: TimedWord };

/**
 * `whisper-1` times words without their punctuation; the text beside them has it. Answers the text's own words
 * (white space parts them; among scripts without spaces, the places of the timed words do) with the times of the
 * words found in each. One that nothing was timed in, such as a dash, has no length. When the text is not that of
 * the words, the words are answered as they are.
 */
export function punctuated(words: readonly TimedWord[], text: string): readonly TimedWord[] {
  const places = findWords(words, text);
  if (places.length === 0 || places.length < words.length * LEAST_FOUND) return words;
  let edge = places[0]?.word.startMs ?? 0;
  let next = 0;
  return cutText(text, places).map(({ from, to }) => {
    const first = places[next];
    while ((places[next]?.from ?? Number.POSITIVE_INFINITY) < to) next += 1;
    const last = places[next - 1];
    const isTimed = first !== undefined && last !== undefined && first.from < to;
    const startMs = isTimed ? first.word.startMs : edge;
    edge = isTimed ? last.word.endMs : edge;
    return { text: text.slice(from, to), startMs, endMs: edge };
  });
}

/** Where each word stands in the text, in order; those that are not found are left out. */
function findWords(words: readonly TimedWord[], text: string): readonly Place[] {
  const folded = foldCase(text);
  const places: Place[] = [];
  let at = 0;
  for (const word of words) {
    const wanted = foldCase(word.text.trim());
    const reach = at + REACH_CHARACTERS + wanted.length;
    const from = wanted === '' ? -1 : folded.slice(at, reach).indexOf(wanted);
    if (from === -1) continue;
    places.push({ from: at + from, to: at + from + wanted.length, word });
    at += from + wanted.length;
  }
  return places;
}

/** Lower case of the same length, so that places in it are places in the text. */
function foldCase(text: string): string {
  return Array.from(text, (character) => {
    const lower = character.toLowerCase();
    return lower.length === character.length ? lower : character;
  }).join('');
}

function cutText(text: string, places: readonly Place[]): { from: number; to: number }[] {
  const starts = new Set(places.map(({ from }) => beforeOpening(text, from)));
  const chunks: { from: number; to: number }[] = [];
  for (const { index, 0: chunk } of text.matchAll(/\S+/gu)) {
    const end = index + chunk.length;
    let from = index;
    for (let at = index + 1; at < end; at += 1) {
      if (!starts.has(at) || !isBoundary(text.slice(from, at), text.slice(at, end))) continue;
      chunks.push({ from, to: at });
      from = at;
    }
    chunks.push({ from, to: end });
  }
  return chunks;
}

/** An opening mark goes with the word after it. */
function beforeOpening(text: string, at: number): number {
  const [marks = ''] = /[\p{Ps}\p{Pi}]*$/u.exec(text.slice(Math.max(0, at - 8), at)) ?? [];
  return at - marks.length;
}
