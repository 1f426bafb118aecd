import type { TimedWord } from './models.ts';

/** A piece of what was said as a vendor times it: a character, a token, a word. White space in it counts. */
export type Piece = { readonly text: string; readonly startMs: number; readonly endMs: number };

/** Scripts written without spaces: there every piece that a vendor times stands for itself. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30FC]/u;
/** Goes with what stands before it: marks, closing punctuation, what only joins or directs. */
const CLINGS = /^(?:[\p{M}\p{Lm}\p{Default_Ignorable_Code_Point}]|(?![\p{Ps}\p{Pi}])\p{P})/u;
/** More marks after a character are not looked past. */
const MOST_CLINGING = 32;
/** Goes with what stands after it. */
const OPENS = /[\p{Ps}\p{Pi}]$/u;

/**
 * The words of pieces that follow one another without a gap in the text, as long as the sound of `soundMs`. White
 * space parts words; among scripts without spaces each piece is one, with its marks and punctuation. A word lasts
 * from its first piece to its last. Joined without white space, the words are the pieces' text.
 */
export function wordsOfPieces(pieces: readonly Piece[], soundMs: number): TimedWord[] {
  const words: TimedWord[] = [];
  let open = false;
  for (const { text, startMs, endMs } of pieces.flatMap(apartBySpace)) {
    if (isSpace(text)) {
      open = false;
      continue;
    }
    const before = words.at(-1);
    if (before && open && !isBoundary(before.text, text)) {
      words[words.length - 1] = { text: before.text + text, startMs: before.startMs, endMs };
    } else words.push({ text, startMs, endMs });
    open = true;
  }
  return inOrder(words, soundMs);
}

/** True where a new word begins without a space. Both sides are not empty. */
export function isBoundary(before: string, after: string): boolean {
  if (CLINGS.test(after) || OPENS.test(before)) return false;
  const last = lastCharacter(before.slice(-MOST_CLINGING));
  return UNSPACED.test(last) || UNSPACED.test(firstCharacter(after));
}

/** True where no space stands between two words of a text: both are of scripts without spaces, their marks aside. */
export function joinsWithoutSpace(before: string, after: string): boolean {
  const last = lastCharacter(before.slice(-MOST_CLINGING));
  const first = firstCharacter(after.replace(/^[\p{Ps}\p{Pi}]+/u, ''));
  return UNSPACED.test(last) && UNSPACED.test(first);
}

const isSpace = (text: string): boolean => /^\s*$/u.test(text);
const firstCharacter = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 0);

/** The last one that is neither a mark nor punctuation: `。` after a Chinese character does not make it Latin. */
function lastCharacter(text: string): string {
  const characters = [...text];
  return characters.findLast((character) => !CLINGS.test(character)) ?? characters.at(-1) ?? '';
}

/** A piece that holds white space inside, as several, which share its time by their length. */
function apartBySpace({ text, startMs, endMs }: Piece): readonly Piece[] {
  const parts = text.split(/(\s+)/u).filter((part) => part !== '');
  if (parts.length < 2) return parts.length === 0 ? [] : [{ text, startMs, endMs }];
  const spoken = parts.reduce((sum, part) => sum + spokenLength(part), 0);
  let passed = 0;
  return parts.map((part) => {
    const from = startMs + ((endMs - startMs) * passed) / Math.max(1, spoken);
    passed += spokenLength(part);
    const to = startMs + ((endMs - startMs) * passed) / Math.max(1, spoken);
    return { text: part, startMs: from, endMs: to };
  });
}

const spokenLength = (text: string): number => (isSpace(text) ? 0 : text.length);

/**
 * The words with times as promised, whatever a vendor said: whole milliseconds within the sound, each word ending
 * no earlier than it starts and no later than the next one starts.
 */
export function inOrder(words: readonly TimedWord[], soundMs: number): TimedWord[] {
  const last = Math.max(0, Math.floor(soundMs));
  let edge = 0;
  const starts = words.map(({ startMs }) => {
    edge = Math.min(last, Math.max(edge, wholeMs(startMs)));
    return edge;
  });
  return words.map(({ text, endMs }, index) => {
    const startMs = starts[index] ?? last;
    const latest = starts[index + 1] ?? last;
    return { text, startMs, endMs: Math.max(startMs, Math.min(latest, wholeMs(endMs))) };
  });
}

const wholeMs = (ms: number): number => (Number.isNaN(ms) ? 0 : Math.round(ms));
