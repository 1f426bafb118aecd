import bidiFactory from 'bidi-js/dist/bidi.mjs';
import type { FontChoice } from '../fonts/fonts.ts';
import type { Placement, StyleLook } from './looks.ts';
import { drawnText, type Shape, shapeWord } from './shape.ts';
import type { Token } from './tokens.ts';
import type { Box, CaptionLine, CaptionWord, Piece } from './track.ts';

/** A word shaped but not yet placed. `space` is the gap before it within a line. */
export type ShapedWord = {
  readonly text: string;
  readonly shapes: readonly Shape[];
  readonly widthEm: number;
  readonly spaced: boolean;
  readonly spaceEm: number;
  readonly spaceLevel: number;
};

const bidi = bidiFactory();

/** Shapes a scene's words, each stretch with its direction in the whole text. Throws `MissingGlyph`. */
export function shapeWords(
  tokens: readonly Token[],
  look: StyleLook,
  fonts: FontChoice,
): readonly ShapedWord[] {
  const texts = tokens.map(({ text }) => drawnText(text));
  const whole = tokens.map(({ spaced }, i) => (spaced && i > 0 ? ' ' : '') + texts[i]).join('');
  const { levels } = bidi.getEmbeddingLevels(whole);
  let at = 0;
  return tokens.map(({ text, spaced }, i) => {
    const hasSpace = spaced && i > 0;
    const spaceLevel = levels[at] ?? 0;
    if (hasSpace) at += 1;
    const length = texts[i]?.length ?? 0;
    const shapes = shapeWord(text, [...levels.subarray(at, at + length)], fonts);
    at += length;
    const widthEm = shapes.reduce((sum, shape) => sum + shape.widthEm, 0);
    return {
      text,
      shapes,
      widthEm,
      spaceEm: hasSpace ? look.spaceEm : look.joinEm,
      spaced: hasSpace,
      spaceLevel,
    };
  });
}

/** Timing and place in the scene of a word that is laid out. */
export type WordToPlace = ShapedWord & {
  readonly index: number;
  readonly startMs: number;
  readonly endMs: number;
};

type Item = { readonly level: number; readonly widthPx: number } & (
  | { readonly shape: Shape; readonly word: number }
  | { readonly shape: null }
);

/** Lays lines one under the other around the placement's centre. */
export function layPage(
  lines: readonly (readonly WordToPlace[])[],
  place: Placement,
  frameWidth: number,
): readonly CaptionLine[] {
  const leading = Math.max(
    1.1,
    ...lines.flat().flatMap(({ shapes }) => shapes.map((shape) => shape.leading)),
  );
  const lineHeight = Math.round(place.sizePx * leading);
  const top = place.centerY - (lineHeight * lines.length) / 2;
  return lines.map((words, i) => {
    // Only a word alone on its line can be too wide for it.
    const widthEm = Math.max(0.01, ...words.map((word) => word.widthEm));
    const limit = words.length === 1 ? place.maxWordWidth : place.maxLineWidth;
    const sizePx = Math.max(1, Math.min(place.sizePx, limit / widthEm));
    const centerY = top + lineHeight * (i + 0.5);
    return layLine(words, {
      sizePx,
      baseline: Math.round(centerY + sizePx * HALF_CAPITAL_EM),
      box: {
        y: Math.round(centerY - (sizePx * leading) / 2),
        height: Math.round(sizePx * leading),
      },
      frameWidth,
    });
  });
}

/** Capitals of all faces in use are near 0.7 em: half of that under a line's middle is its baseline. */
const HALF_CAPITAL_EM = 0.35;

type Row = {
  readonly sizePx: number;
  readonly baseline: number;
  readonly box: { readonly y: number; readonly height: number };
  readonly frameWidth: number;
};

function layLine(words: readonly WordToPlace[], row: Row): CaptionLine {
  const { sizePx } = row;
  const items = words.flatMap((word, i): Item[] => {
    const shapes = word.shapes.map((shape) => ({
      level: shape.level,
      widthPx: shape.widthEm * sizePx,
      shape,
      word: i,
    }));
    if (i === 0 || word.spaceEm === 0) return shapes;
    return [{ level: word.spaceLevel, widthPx: word.spaceEm * sizePx, shape: null }, ...shapes];
  });
  const width = items.reduce((sum, item) => sum + item.widthPx, 0);
  const pieces: Piece[][] = words.map(() => []);
  let x = (row.frameWidth - width) / 2;
  for (const item of reorder(items)) {
    if (item.shape) {
      const { text, family, isEmoji, rtl, scale } = item.shape;
      pieces[item.word]?.push({
        text,
        family,
        sizePx: rounded(sizePx * scale),
        isEmoji,
        rtl,
        x: rounded(x),
        width: rounded(item.widthPx),
        baseline: row.baseline,
      });
    }
    x += item.widthPx;
  }
  return { words: words.map((word, i) => placed(word, pieces[i] ?? [], row)) };
}

function placed(word: WordToPlace, pieces: readonly Piece[], row: Row): CaptionWord {
  const { text, index, startMs, endMs, spaced } = word;
  const { left, right } = widestStretch(pieces);
  const box: Box = { x: rounded(left), width: rounded(right - left), ...row.box };
  return { text, spaced, index, startMs, endMs, box, pieces };
}

/** A pixel hundredth of rounding on each side still counts as touching. */
const TOUCHING_PX = 0.05;

function widestStretch(pieces: readonly Piece[]): { left: number; right: number } {
  const stretches: { left: number; right: number }[] = [];
  for (const { x, width } of pieces) {
    const last = stretches.at(-1);
    if (last && Math.abs(x - last.right) <= TOUCHING_PX) last.right = x + width;
    else stretches.push({ left: x, right: x + width });
  }
  const byWidth = stretches.toSorted((a, b) => b.right - b.left - (a.right - a.left));
  return byWidth[0] ?? { left: 0, right: 0 };
}

/** Rule L2 of the Unicode bidirectional algorithm: from the highest level down, runs are turned around. */
function reorder(items: readonly Item[]): readonly Item[] {
  let order = [...items];
  const highest = Math.max(0, ...items.map(({ level }) => level));
  for (let level = highest; level >= 1; level -= 1) {
    const turned: Item[] = [];
    let run: Item[] = [];
    for (const item of order) {
      if (item.level >= level) run.unshift(item);
      else {
        turned.push(...run, item);
        run = [];
      }
    }
    order = [...turned, ...run];
  }
  return order;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
