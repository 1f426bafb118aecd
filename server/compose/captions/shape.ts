import type { SKRSContext2D } from '@napi-rs/canvas';
import { type Face, type FontChoice, faceFor } from '../fonts/fonts.ts';
import { skia } from '../skia.ts';
import { MissingGlyph } from './errors.ts';

/** A stretch of one word in one face and one direction: what is drawn by one call. Lengths in em. */
export type Shape = {
  readonly text: string;
  readonly family: string;
  /** Size over the size of the text around it, so that all scripts look equally large. */
  readonly scale: number;
  readonly leading: number;
  readonly isEmoji: boolean;
  readonly rtl: boolean;
  readonly widthEm: number;
  readonly level: number;
};

/** Direction marks and control characters have done their work in the plan, or have none in a caption. */
const UNDRAWN = /[\p{Cc}\p{Bidi_Control}\u00AD\uFEFF]/gu;
const MEASURE_PX = 200;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The faces of a word, cluster by cluster. Throws `MissingGlyph` for a character nobody can draw. */
export function facesOf(word: string, fonts: FontChoice): readonly { text: string; face: Face }[] {
  const runs: { text: string; face: Face }[] = [];
  for (const { segment } of graphemes.segment(drawnText(word))) {
    const found = faceFor(segment, fonts);
    if ('missing' in found) throw new MissingGlyph(found.missing, found.packages);
    const last = runs.at(-1);
    if (last && last.face.family === found.face.family) last.text += segment;
    else runs.push({ text: segment, face: found.face });
  }
  return runs;
}

/** The text that is drawn for a word: composed, so that an accent finds its letter's own glyph. */
export function drawnText(word: string): string {
  return word.normalize('NFC').replace(UNDRAWN, '');
}

/** A word's shapes for the given embedding levels, one level for each unit of its drawn text. */
export function shapeWord(
  word: string,
  levels: readonly number[],
  fonts: FontChoice,
): readonly Shape[] {
  const shapes: Shape[] = [];
  let at = 0;
  for (const { text, face } of facesOf(word, fonts)) {
    let from = at;
    const end = at + text.length;
    for (let i = at + 1; i <= end; i += 1) {
      if (i < end && levels[i] === levels[from]) continue;
      const piece = text.slice(from - at, i - at);
      shapes.push(measure(piece, face, levels[from] ?? 0));
      from = i;
    }
    at = end;
  }
  return shapes;
}

function measure(text: string, face: Face, level: number): Shape {
  const context = measuringContext();
  const rtl = level % 2 === 1;
  context.font = fontOf(face.family, MEASURE_PX);
  context.direction = rtl ? 'rtl' : 'ltr';
  return {
    text,
    family: face.family,
    scale: face.scale,
    leading: face.leading,
    isEmoji: face.isEmoji,
    rtl,
    widthEm: rounded((context.measureText(text).width / MEASURE_PX) * face.scale),
    level,
  };
}

export function fontOf(family: string, sizePx: number): string {
  return `${sizePx}px "${family}"`;
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

let measuring: SKRSContext2D | null = null;

function measuringContext(): SKRSContext2D {
  measuring ??= skia().createCanvas(1, 1).getContext('2d');
  measuring.textAlign = 'left';
  return measuring;
}
