import type { Format } from '../../media/formats.ts';
import { FRAME_SIZE } from '../../media/formats.ts';
import { MONTSERRAT, NOTO_SANS, POPPINS } from '../fonts/fonts.ts';
import type { CaptionStyle } from '../look.ts';

/** How each caption style looks and where each format has room for it. Lengths in em are of the text's size. */

type Typeface = typeof MONTSERRAT;

export type StyleLook = {
  readonly display: Typeface;
  readonly weight: 500 | 600 | 700 | 800 | 900;
  /** Text size over the format's own. */
  readonly scale: number;
  readonly color: string;
  /** Colour of the current word (or of the words said, or of the pill behind the current word). */
  readonly accent: string;
  readonly outlineEm: number;
  readonly spaceEm: number;
  /** The same between words of a script without spaces, so that one can be told from the next. */
  readonly joinEm: number;
  /** Size of the current word over that of the others. */
  readonly grow: number;
  /** In how many steps a word lights up; 0 for a style that lights none. */
  readonly steps: number;
  /** A page's aim and bound in words of a spaced script, and its bound in lines. */
  readonly aimWords: number;
  readonly maxWords: number;
  readonly maxLines: 1 | 2;
};

export const STYLE_LOOKS: { readonly [S in CaptionStyle]: StyleLook } = {
  pop: {
    display: MONTSERRAT,
    weight: 900,
    scale: 1,
    color: '#FFFFFF',
    accent: '#FFDD1F',
    outlineEm: 0.085,
    spaceEm: 0.37,
    joinEm: 0.05,
    grow: 1.08,
    steps: 1,
    aimWords: 3.5,
    maxWords: 5,
    maxLines: 2,
  },
  box: {
    display: MONTSERRAT,
    weight: 800,
    scale: 0.9,
    color: '#FFFFFF',
    accent: '#7A3CFF',
    outlineEm: 0.06,
    spaceEm: 0.36,
    joinEm: 0.13,
    grow: 1,
    steps: 1,
    aimWords: 3.5,
    maxWords: 5,
    maxLines: 2,
  },
  karaoke: {
    display: POPPINS,
    weight: 800,
    scale: 0.94,
    color: '#FFFFFF',
    accent: '#2BE8C8',
    outlineEm: 0.075,
    spaceEm: 0.28,
    joinEm: 0,
    grow: 1,
    steps: 3,
    aimWords: 4,
    maxWords: 6,
    maxLines: 2,
  },
  plain: {
    display: NOTO_SANS,
    weight: 600,
    scale: 0.62,
    color: '#FFFFFF',
    accent: '#FFFFFF',
    outlineEm: 0,
    spaceEm: 0.27,
    joinEm: 0,
    grow: 1,
    steps: 0,
    aimWords: 8,
    maxWords: 14,
    maxLines: 2,
  },
};

/** Where captions stand in a frame, in pixels. */
export type Placement = {
  readonly sizePx: number;
  /** Centre of the page's lines. */
  readonly centerY: number;
  readonly maxLineWidth: number;
  /** For a word alone on its line, which grows when it is current. */
  readonly maxWordWidth: number;
  /** Nothing is drawn above or below, not even a shadow. */
  readonly top: number;
  readonly bottom: number;
};

/**
 * Short-video apps draw their buttons over the right 12 % and their text over the bottom 20 % of a
 * vertical film, so captions stay in the middle above them; other formats keep the lower third.
 */
const PLACES: {
  readonly [F in Format]: { size: number; center: number; width: number; bottom: number };
} = {
  '9:16': { size: 92, center: 0.685, width: 0.76, bottom: 0.8 },
  '16:9': { size: 72, center: 0.82, width: 0.76, bottom: 0.97 },
  '1:1': { size: 72, center: 0.8, width: 0.86, bottom: 0.97 },
  '4:5': { size: 78, center: 0.77, width: 0.84, bottom: 0.95 },
};

export function placementOf(format: Format, style: CaptionStyle): Placement {
  const { width, height } = FRAME_SIZE[format];
  const place = PLACES[format];
  return {
    sizePx: Math.round(place.size * STYLE_LOOKS[style].scale),
    centerY: Math.round(height * place.center),
    maxLineWidth: Math.round(width * place.width),
    maxWordWidth: Math.round((width * place.width) / STYLE_LOOKS[style].grow),
    top: Math.round(height * (format === '9:16' ? 0.5 : 0.55)),
    bottom: Math.round(height * place.bottom),
  };
}
