/**
 * Parts a scene's words into pages and pages into lines. Pure: widths come in, ranges go out. The best
 * of all ways is found by dynamic programming over a cost; every page fits its lines.
 */

/** A word as the page breaker sees it. Widths in px; times in ms. */
export type Block = {
  readonly text: string;
  readonly width: number;
  /** Width of the space before it when it does not begin a line. */
  readonly space: number;
  /** A real space parts it from the word before. */
  readonly spaced: boolean;
  readonly startMs: number;
  readonly endMs: number;
};

export type PageLimits = {
  readonly maxLineWidth: number;
  readonly maxLines: 1 | 2;
  readonly aimWords: number;
  readonly maxWords: number;
};

/** First word and the one after the last of each line. */
export type LineRange = readonly [from: number, to: number];
export type PageRange = readonly LineRange[];

/** A page on show for less cannot be read. */
export const MIN_PAGE_MS = 300;
/** A silence this long belongs between pages, not in one. */
const PAUSE_MS = 350;

const SENTENCE_END = /[.!?…。!?؟।॥]["'”’»)\]」』)]*$/u;
/** A title or an initial, whose full stop ends nothing. */
const ABBREVIATION = /^(?:dr|mr|mrs|ms|prof|st|sr|sra|mme|vs|\p{L})\.$/iu;
const CLAUSE_END = /[,;:،؛、,;:—–-]["'”’»)\]」』)]*$/u;
/** A dash on its own belongs to the end of a line. */
const DASH = /^[–—-]+$/u;
/** A Japanese particle or ending: it belongs to the word before it. */
const HIRAGANA = /^[\p{Script=Hiragana}ー]+[、。]?$/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const THAI_LIKE = /^[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
/** A dictionary's word in these scripts is about half of what a space parts elsewhere. */
const UNSPACED_WEIGHT = 0.55;

export function choosePages(blocks: readonly Block[], limits: PageLimits): readonly PageRange[] {
  const best: { cost: number; lines: PageRange; from: number }[] = [];
  const costBefore = (from: number) => (from === 0 ? 0 : (best[from - 1]?.cost ?? 0));
  for (let to = 1; to <= blocks.length; to += 1) {
    let choice: { cost: number; lines: PageRange; from: number } | null = null;
    for (let from = to - 1; from >= 0; from -= 1) {
      const lines = breakLines(blocks, from, to, limits);
      if (lines === null) break;
      if (to - from > 1 && weigh(blocks, from, to) > limits.maxWords) break;
      const cost = costBefore(from) + pageCost(blocks, from, to, lines, limits);
      if (choice === null || cost < choice.cost) choice = { cost, lines, from };
    }
    if (choice) best.push(choice);
  }
  const pages: PageRange[] = [];
  for (let to = blocks.length; to > 0; ) {
    const page = best[to - 1];
    if (!page) break;
    pages.unshift(page.lines);
    to = page.from;
  }
  return pages;
}

function weigh(blocks: readonly Block[], from: number, to: number): number {
  let weight = 0;
  for (let i = from; i < to; i += 1) {
    weight += UNSPACED.test(blocks[i]?.text ?? '') ? UNSPACED_WEIGHT : 1;
  }
  return weight;
}

function pageCost(
  blocks: readonly Block[],
  from: number,
  to: number,
  lines: PageRange,
  { aimWords }: PageLimits,
): number {
  const last = blocks[to - 1];
  const next = blocks[to];
  const isSentence = next === undefined || endsSentence(last?.text ?? '');
  const isClause = isSentence || CLAUSE_END.test(last?.text ?? '') || isThaiPause(next);
  const off = (weigh(blocks, from, to) - aimWords) / aimWords;
  let cost = 0.25 + (off > 0 ? 1.2 : 1) * off * off * (isSentence ? 0.6 : 1);
  if (!isSentence) cost += isClause ? 0.15 : 0.6;
  if (!isClause && isShort(last?.text ?? '')) cost += 0.25;
  if (next && ABBREVIATION.test(last?.text ?? '')) cost += 1;
  if (next && clings(next)) cost += 1;
  if (next && !next.spaced && !isClause) cost += 0.2;
  for (let i = from; i < to - 1; i += 1) {
    const text = blocks[i]?.text ?? '';
    if (endsSentence(text)) cost += 1.5;
    else if (CLAUSE_END.test(text) || isThaiPause(blocks[i + 1])) cost += 0.3;
    const pauseMs = (blocks[i + 1]?.startMs ?? 0) - (blocks[i]?.endMs ?? 0);
    if (pauseMs >= PAUSE_MS) cost += 1;
  }
  const shownMs = (next?.startMs ?? last?.endMs ?? 0) - (blocks[from]?.startMs ?? 0);
  if (shownMs < MIN_PAGE_MS) cost += 50;
  return cost + unevenness(blocks, lines);
}

function endsSentence(text: string): boolean {
  return SENTENCE_END.test(text) && !ABBREVIATION.test(text);
}

/** Wants the word before it on the same line. */
function clings(block: Block | undefined): boolean {
  if (block === undefined) return false;
  return DASH.test(block.text) || (!block.spaced && HIRAGANA.test(block.text));
}

/** These scripts write a space where others write a comma or a full stop. */
function isThaiPause(next: Block | undefined): boolean {
  return next?.spaced === true && THAI_LIKE.test(next.text);
}

/** An article or a preposition wants the word after it on the same page. */
function isShort(text: string): boolean {
  return text.length <= 3 && !UNSPACED.test(text) && /^\p{L}+$/u.test(text);
}

function unevenness(blocks: readonly Block[], lines: PageRange): number {
  if (lines.length < 2) return 0;
  const widths = lines.map(([from, to]) => lineWidth(blocks, from, to));
  const wide = Math.max(...widths);
  return wide === 0 ? 0 : 0.1 + (0.3 * (wide - Math.min(...widths))) / wide;
}

/** The best lines for a page of these words, or null when they do not fit. One word always does. */
function breakLines(
  blocks: readonly Block[],
  from: number,
  to: number,
  { maxLineWidth, maxLines }: PageLimits,
): PageRange | null {
  if (to - from === 1 || lineWidth(blocks, from, to) <= maxLineWidth) return [[from, to]];
  if (maxLines === 1) return null;
  let best: { cost: number; lines: PageRange } | null = null;
  for (let cut = from + 1; cut < to; cut += 1) {
    const above = lineWidth(blocks, from, cut);
    const below = lineWidth(blocks, cut, to);
    if (Math.max(above, below) > maxLineWidth && !areLoneWords(blocks, from, cut, to, maxLineWidth))
      continue;
    const text = blocks[cut - 1]?.text ?? '';
    let cost = Math.abs(above - below) / maxLineWidth;
    if (CLAUSE_END.test(text) || endsSentence(text)) cost -= 0.3;
    else if (isShort(text)) cost += 0.2;
    if (clings(blocks[cut])) cost += 0.5;
    if (best === null || cost < best.cost) {
      best = {
        cost,
        lines: [
          [from, cut],
          [cut, to],
        ],
      };
    }
  }
  return best?.lines ?? null;
}

/** A line wider than it may be is fine only as a single word, which is drawn smaller. */
function areLoneWords(
  blocks: readonly Block[],
  from: number,
  cut: number,
  to: number,
  maxLineWidth: number,
): boolean {
  return (
    (cut - from === 1 || lineWidth(blocks, from, cut) <= maxLineWidth) &&
    (to - cut === 1 || lineWidth(blocks, cut, to) <= maxLineWidth)
  );
}

function lineWidth(blocks: readonly Block[], from: number, to: number): number {
  let width = 0;
  for (let i = from; i < to; i += 1) {
    const block = blocks[i];
    if (block) width += block.width + (i > from ? block.space : 0);
  }
  return width;
}
