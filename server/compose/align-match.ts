import type { TimedWord } from '../models/models.ts';

/** Tokens `tokenStart..tokenEnd` (exclusive) are what was heard as words `heardStart..heardEnd`. */
export type Match = {
  readonly tokenStart: number;
  readonly tokenEnd: number;
  readonly heardStart: number;
  readonly heardEnd: number;
};

/** One word against one, or one against up to four written apart or together, as `[tokens, heard]`. */
const STEPS = [
  [1, 1],
  [2, 1],
  [1, 2],
  [3, 1],
  [1, 3],
  [4, 1],
  [1, 4],
] as const;

/** In the table of moves: skip a token, skip a heard word, else the index in `STEPS` plus `STEP`. */
const SKIP_TOKEN = 0;
const SKIP_HEARD = 1;
const STEP = 2;

/** Two words less alike than this are different words. */
const MIN_LIKENESS = 0.5;
/** Joined words must be nearly the one word they stand against, or any neighbours would do. */
const MIN_JOINED_LIKENESS = 0.8;
/** Bounds the memory of one alignment to 16 MB (4,000 x 4,000 words); longer lists are halved. */
const MAX_CELLS = 16_000_000;
/** What a match in the far corner counts less than one on the diagonal; it decides ties alone. */
const OFF_DIAGONAL_COST = 0.05;

/**
 * The best global alignment of two word lists: the pairing in order, one word against up to four,
 * whose likeness sums highest. Words without a letter or digit match nothing.
 */
export function matchWords(tokens: readonly string[], heard: readonly TimedWord[]): Match[] {
  if (tokens.length * heard.length > MAX_CELLS) return matchHalves(tokens, heard);
  const left = tokens.map(normalise);
  const right = heard.map((word) => normalise(word.text));
  const width = right.length + 1;
  const moves = new Uint8Array((left.length + 1) * width);
  const gainOf = makeGain(left, right);
  // The best sums so far, this row first; four rows back are needed, as a step takes up to four tokens.
  let rows: readonly Float64Array[] = [new Float64Array(width)];
  for (let i = 1; i <= left.length; i += 1) {
    rows = [new Float64Array(width), ...rows.slice(0, 4)];
    fillRow(i, rows, moves.subarray(i * width, (i + 1) * width), gainOf);
  }
  return readBack(moves, left.length, right.length);
}

/** A list too long for one table, as two: the seam may lose a word or two, which then share the time there. */
function matchHalves(tokens: readonly string[], heard: readonly TimedWord[]): Match[] {
  const t = Math.ceil(tokens.length / 2);
  const h = Math.ceil(heard.length / 2);
  const second = matchWords(tokens.slice(t), heard.slice(h)).map((match) => ({
    tokenStart: match.tokenStart + t,
    tokenEnd: match.tokenEnd + t,
    heardStart: match.heardStart + h,
    heardEnd: match.heardEnd + h,
  }));
  return [...matchWords(tokens.slice(0, t), heard.slice(0, h)), ...second];
}

type Gain = (step: number, i: number, j: number) => number;

function fillRow(i: number, rows: readonly Float64Array[], moves: Uint8Array, gainOf: Gain): void {
  const [row, above] = rows;
  if (!row || !above) return;
  for (let j = 1; j < row.length; j += 1) {
    let best = above[j] ?? 0;
    let move = SKIP_TOKEN;
    const withoutHeard = row[j - 1] ?? 0;
    if (withoutHeard > best) {
      best = withoutHeard;
      move = SKIP_HEARD;
    }
    for (let step = 0; step < STEPS.length; step += 1) {
      const gain = gainOf(step, i, j);
      if (gain <= 0) continue;
      const [a, b] = STEPS[step] ?? STEPS[0];
      const sum = (rows[a]?.[j - b] ?? 0) + gain;
      if (sum > best) {
        best = sum;
        move = step + STEP;
      }
    }
    row[j] = best;
    moves[j] = move;
  }
}

function readBack(moves: Uint8Array, tokenCount: number, heardCount: number): Match[] {
  const matches: Match[] = [];
  let i = tokenCount;
  let j = heardCount;
  while (i > 0 && j > 0) {
    const move = moves[i * (heardCount + 1) + j] ?? SKIP_TOKEN;
    const step = STEPS[move - STEP];
    if (step) {
      const [a, b] = step;
      matches.push({ tokenStart: i - a, tokenEnd: i, heardStart: j - b, heardEnd: j });
      i -= a;
      j -= b;
    } else if (move === SKIP_TOKEN) i -= 1;
    else j -= 1;
  }
  return matches.reverse();
}

/** What a step that ends at token `i` and heard word `j` (both counted from 1) adds; 0 when unlike. */
function makeGain(left: readonly string[], right: readonly string[]): Gain {
  const single = makeSingleLikeness(left, right);
  return (step, i, j) => {
    const [a, b] = STEPS[step] ?? STEPS[0];
    const alike = step === 0 ? single(i - 1, j - 1) : joinedLikeness(left, i, a, right, j, b);
    if (alike < (step === 0 ? MIN_LIKENESS : MIN_JOINED_LIKENESS)) return 0;
    const offDiagonal = Math.abs(i / left.length - j / right.length);
    return alike * ((a + b) / 2) - OFF_DIAGONAL_COST * offDiagonal;
  };
}

/** The likeness of one word and one other, worked out once for each pair of different words. */
function makeSingleLikeness(left: readonly string[], right: readonly string[]) {
  const [leftIds, leftWords] = numberWords(left);
  const [rightIds, rightWords] = numberWords(right);
  const known = new Float32Array(leftWords.length * rightWords.length).fill(-1);
  return (i: number, j: number): number => {
    const a = leftIds[i] ?? 0;
    const b = rightIds[j] ?? 0;
    const at = a * rightWords.length + b;
    const found = known[at] ?? 0;
    if (found >= 0) return found;
    const one = leftWords[a] ?? '';
    const other = rightWords[b] ?? '';
    const alike = one === '' || other === '' ? 0 : likeness(one, other);
    known[at] = alike;
    return alike;
  };
}

/** Equal words get equal numbers; the list holds each word once, at its number. */
function numberWords(words: readonly string[]): [Uint32Array, string[]] {
  const numbers = new Map<string, number>();
  const ids = Uint32Array.from(words, (word) => {
    const id = numbers.get(word) ?? numbers.size;
    numbers.set(word, id);
    return id;
  });
  return [ids, [...numbers.keys()]];
}

/** The likeness of the `a` words up to `left[i]` and the `b` up to `right[j]` (exclusive), each written as one. */
function joinedLikeness(
  left: readonly string[],
  i: number,
  a: number,
  right: readonly string[],
  j: number,
  b: number,
): number {
  if (a > i || b > j) return 0;
  // The cheap tests first, without building a string: this runs for every pair of places.
  if (left[i - a]?.charCodeAt(0) !== right[j - b]?.charCodeAt(0)) return 0;
  const leftChars = charsOf(left, i, a);
  const rightChars = charsOf(right, j, b);
  const longest = Math.max(leftChars, rightChars);
  if (!(Math.abs(leftChars - rightChars) <= longest * (1 - MIN_JOINED_LIKENESS))) return 0;
  return likeness(left.slice(i - a, i).join(''), right.slice(j - b, j).join(''));
}

/** The letters of `count` words up to `end`; not a number where one is empty, as it would join anything for free. */
function charsOf(words: readonly string[], end: number, count: number): number {
  let sum = 0;
  for (let at = end - count; at < end; at += 1) sum += words[at]?.length || Number.NaN;
  return sum;
}

/** 1 for equal words down to 0: one less the edits it takes, over the longer word's length. */
function likeness(a: string, b: string): number {
  if (a === b) return 1;
  const longest = Math.max(a.length, b.length);
  if (Math.abs(a.length - b.length) > longest * (1 - MIN_LIKENESS)) return 0;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return 1 - (row[b.length] ?? longest) / longest;
}

/** A longer "word" is no word; cutting it bounds the edit distance's cost. */
const MAX_WORD_CHARS = 64;

/** Letters and digits alone, in lower case, without accents of Latin, Greek or Cyrillic letters. */
function normalise(word: string): string {
  return word
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}]/gu, '')
    .slice(0, MAX_WORD_CHARS);
}
