/** Two scenes with fewer words in common than this are different scenes. */
const SAME_SCENE = 0.5;
/** An edit keeps its place: between the same unchanged neighbours less likeness is enough. */
const SAME_PLACE = 0.25;

type WithNarration = { readonly narration: string };

/**
 * Which former scene each new one continues: its index in `former`, or null for a new scene. Unchanged
 * scenes keep their identity wherever they moved; of the rest, those that stand between the same
 * neighbours or share most of their words do. No former scene is continued twice.
 */
export function matchScenes(
  former: readonly WithNarration[],
  next: readonly WithNarration[],
): readonly (number | null)[] {
  const was = former.map(({ narration }) => keyOf(narration));
  const is = next.map(({ narration }) => keyOf(narration));
  const matches: (number | null)[] = next.map(() => null);
  const free = new Set(was.keys());
  const pair = (at: number, index: number) => {
    matches[at] = index;
    free.delete(index);
  };
  for (const [at, index] of commonScenes(is, was)) pair(at, index);
  for (const [at, key] of is.entries()) {
    if (matches[at] !== null) continue;
    const moved = [...free].find((index) => was[index] === key);
    if (moved !== undefined) pair(at, moved);
  }
  for (const { at, index } of likelyPairs(is, was, matches, free)) {
    if (matches[at] === null && free.has(index)) pair(at, index);
  }
  return matches;
}

/** A change of case, spacing or punctuation alone leaves a scene what it was. */
function keyOf(narration: string): string {
  const words = wordsOf(narration);
  return words.length > 0 ? words.join(' ') : narration.trim();
}

function wordsOf(text: string): readonly string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
  return [...segmenter.segment(text.normalize('NFKC').toLowerCase())]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment);
}

/** The longest common subsequence, as pairs of indexes. */
function commonScenes(is: readonly string[], was: readonly string[]): readonly [number, number][] {
  const columns = was.length + 1;
  const longest = new Uint16Array((is.length + 1) * columns);
  const at = (row: number, column: number) => longest[row * columns + column] ?? 0;
  for (let row = is.length - 1; row >= 0; row--)
    for (let column = was.length - 1; column >= 0; column--)
      longest[row * columns + column] =
        is[row] === was[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  const pairs: [number, number][] = [];
  let [row, column] = [0, 0];
  while (row < is.length && column < was.length) {
    if (is[row] === was[column]) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row++;
    else column++;
  }
  return pairs;
}

/** Open scenes that may continue one another, the likeliest first. */
function likelyPairs(
  is: readonly string[],
  was: readonly string[],
  matches: readonly (number | null)[],
  free: ReadonlySet<number>,
) {
  const pairs: { at: number; index: number; score: number }[] = [];
  for (const [at, key] of is.entries()) {
    if (matches[at] !== null) continue;
    for (const index of free) {
      const alike = likeness(key, was[index] ?? '');
      const inPlace = standsBetween(at, index, matches, was.length);
      if (alike >= SAME_SCENE || (inPlace && alike >= SAME_PLACE))
        pairs.push({ at, index, score: alike + (inPlace ? 0.2 : 0) });
    }
  }
  return pairs.sort((a, b) => b.score - a.score || a.at - b.at || a.index - b.index);
}

/** True when both are the only ones between the same two unchanged neighbours (or an end of the script). */
function standsBetween(
  at: number,
  index: number,
  matches: readonly (number | null)[],
  formerCount: number,
): boolean {
  const before = at === 0 ? -1 : (matches[at - 1] ?? null);
  const after = at === matches.length - 1 ? formerCount : (matches[at + 1] ?? null);
  return before === index - 1 && after === index + 1;
}

/** Share of words in common (Dice), order aside: 0 to 1. */
function likeness(a: string, b: string): number {
  const counts = new Map<string, number>();
  const first = a.split(' ');
  const second = b.split(' ');
  for (const word of first) counts.set(word, (counts.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of second) {
    const left = counts.get(word) ?? 0;
    if (left > 0) common++;
    counts.set(word, left - 1);
  }
  return (2 * common) / (first.length + second.length);
}
