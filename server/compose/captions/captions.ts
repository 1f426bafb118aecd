import { type Format, FRAME_SIZE } from '../../media/formats.ts';
import type { TimedWord } from '../../models/models.ts';
import type { FontChoice } from '../fonts/fonts.ts';
import type { CaptionStyle } from '../look.ts';
import { layPage, type ShapedWord, shapeWords, type WordToPlace } from './layout.ts';
import { placementOf, STYLE_LOOKS } from './looks.ts';
import { choosePages } from './pages.ts';
import { facesOf } from './shape.ts';
import { listStates, timePages } from './states.ts';
import { type Token, tokenize } from './tokens.ts';
import type { CaptionPage, CaptionTrack } from './track.ts';

export { drawStrips } from './draw.ts';
export { cuesOf, toSrt, toVtt } from './subtitles.ts';
export type { CaptionTrack } from './track.ts';

/** Raise when the same track would give other pictures: it enters the key of every cached segment. */
export const captionsVersion = 'captions/2';

/**
 * The words of `text` as captions show them, in order: parted by white space, punctuation kept, scripts
 * without spaces cut where their readers see words. `language` is a BCP 47 tag or null.
 */
export function captionWords(text: string, language: string | null): string[] {
  return tokenize(text, language).map((token) => token.text);
}

/** Throws `MissingGlyph` when a character of `text` has no glyph in any installed font. */
export function assertDrawable(
  text: string,
  style: CaptionStyle,
  language: string | null = null,
): void {
  for (const word of captionWords(text, language)) facesOf(word, fontsOf(style, language));
}

export type CaptionInput = {
  readonly text: string;
  /** The words of `captionWords(text)`, with times in ms from the scene's start. */
  readonly words: readonly TimedWord[];
  readonly frames: number;
  readonly fps: number;
  readonly format: Format;
  readonly style: CaptionStyle;
  readonly language: string | null;
};

/**
 * Lays out a scene's captions: pages of at most two lines of whole words, when each is on show and
 * which word is current. Words said after the scene's end are left out. Throws `MissingGlyph`.
 */
export function planCaptions(input: CaptionInput): CaptionTrack {
  const { style, format, frames, fps, language } = input;
  const look = STYLE_LOOKS[style];
  const size = FRAME_SIZE[format];
  const place = placementOf(format, style);
  const words = wordsWithin(input);
  const tokens = spacedLike(input.text, words, language);
  const shaped = shapeWords(tokens, look, fontsOf(style, language));
  const pages = choosePages(
    shaped.map((word, i) => ({
      text: word.text,
      width: word.widthEm * place.sizePx,
      space: word.spaceEm * place.sizePx,
      spaced: word.spaced,
      startMs: words[i]?.startMs ?? 0,
      endMs: words[i]?.endMs ?? 0,
    })),
    { ...look, maxLineWidth: place.maxLineWidth },
  );
  const spans = timePages(pages, words, { frames, fps });
  const laid = pages.map((lines, i): CaptionPage => {
    const toPlace = lines.map(([from, to]) => wordsToPlace(shaped, words, from, to));
    return {
      fromFrame: spans[i]?.fromFrame ?? 0,
      toFrame: spans[i]?.toFrame ?? 0,
      lines: layPage(toPlace, place, size.width),
    };
  });
  const states = listStates(pages, spans, words, { frames, fps, steps: look.steps });
  return { style, size, frames, area: areaOf(laid, place), pages: laid, states };
}

function fontsOf(style: CaptionStyle, language: string | null): FontChoice {
  const { display, weight } = STYLE_LOOKS[style];
  return { display, weight, language };
}

/** Times in order, whatever the clock said, and nothing that begins after the scene's end. */
function wordsWithin({ words, frames, fps }: CaptionInput): readonly TimedWord[] {
  const endMs = (frames * 1000) / fps;
  let at = 0;
  return words.flatMap(({ text, ...time }) => {
    const startMs = Math.max(at, time.startMs);
    if (!(startMs < endMs) || text.trim() === '') return [];
    at = Math.min(endMs, Math.max(startMs, time.endMs));
    return [{ text, startMs, endMs: at }];
  });
}

/** The words with the text's own spacing; words that are not the text's are parted by spaces. */
function spacedLike(
  text: string,
  words: readonly TimedWord[],
  language: string | null,
): readonly Token[] {
  const own = tokenize(text, language);
  return words.map((word, i) => {
    const token = own[i];
    return { text: word.text, spaced: token?.text === word.text ? token.spaced : true };
  });
}

function wordsToPlace(
  shaped: readonly ShapedWord[],
  words: readonly TimedWord[],
  from: number,
  to: number,
): readonly WordToPlace[] {
  return shaped.slice(from, to).map((word, i) => {
    const { startMs, endMs } = words[from + i] ?? { startMs: 0, endMs: 0 };
    return { ...word, index: from + i, startMs, endMs };
  });
}

/** Rows from the highest to the lowest line with room for outline, shadow and the grown word. */
function areaOf(pages: readonly CaptionPage[], place: ReturnType<typeof placementOf>) {
  const boxes = pages.flatMap((page) => page.lines.flatMap((line) => line.words.map((w) => w.box)));
  if (boxes.length === 0) return { y: even(place.centerY), height: 2 };
  const margin = place.sizePx * 0.4;
  const top = Math.max(place.top, Math.min(...boxes.map(({ y }) => y)) - margin);
  const bottom = Math.min(
    place.bottom,
    Math.max(...boxes.map(({ y, height }) => y + height)) + margin,
  );
  const y = even(top);
  return { y, height: Math.max(2, even(bottom - y)) };
}

function even(px: number): number {
  return 2 * Math.floor(px / 2);
}
