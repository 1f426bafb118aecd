import type { Size } from '../../media/formats.ts';
import type { CaptionStyle } from '../look.ts';

/**
 * A scene's captions laid out in full: plain JSON that holds all that drawing needs, so equal tracks are
 * equal pictures. Frames count from the scene's start, `toFrame` is the first one after. Pixels count
 * from the picture's top left corner.
 */
export type CaptionTrack = {
  readonly style: CaptionStyle;
  readonly size: Size;
  readonly frames: number;
  /** Rows that the strips cover; even, because chroma has half the lines. */
  readonly area: { readonly y: number; readonly height: number };
  readonly pages: readonly CaptionPage[];
  /** In order, without gap or overlap, from frame 0 to `frames`. */
  readonly states: readonly CaptionState[];
};

export type CaptionPage = {
  readonly fromFrame: number;
  readonly toFrame: number;
  readonly lines: readonly CaptionLine[];
};

export type CaptionLine = { readonly words: readonly CaptionWord[] };

export type CaptionWord = {
  readonly text: string;
  /** A space parts it from the word before. */
  readonly spaced: boolean;
  /** Place among all words of the scene. */
  readonly index: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Its widest stretch without another word in between: mixed directions can part a word from its comma. */
  readonly box: Box;
  readonly pieces: readonly Piece[];
};

export type Box = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** A stretch of a word drawn by one call: one face, one direction. */
export type Piece = {
  readonly text: string;
  readonly family: string;
  readonly sizePx: number;
  readonly isEmoji: boolean;
  readonly rtl: boolean;
  readonly x: number;
  readonly width: number;
  readonly baseline: number;
};

export type CaptionState = {
  readonly fromFrame: number;
  readonly toFrame: number;
  /** Index of the page on show; null for none. */
  readonly page: number | null;
  /** Index (among the scene's words) of the current word; null while none is. */
  readonly word: number | null;
  /** Share of the current word that is filled with colour, above 0; 1 where words do not fill. */
  readonly filled: number;
};
