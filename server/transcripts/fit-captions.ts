import type { CaptionTrack } from '../compose/captions/captions.ts';
import { FORMATS, type Format, FRAME_SIZE, type Size } from '../media/formats.ts';
import type { VideoInfo } from '../media/media.ts';

/** No finished picture is larger, upright or lying: a film is made for a phone's screen. */
const MAX_SHORT_SIDE = 1080;
const MAX_LONG_SIDE = 1920;

/** The size in which footage is shown: its own, upright, even, and scaled down where it is larger than a film. */
export function shownSize({ width, height, rotationDegrees }: VideoInfo): Size {
  const lies = rotationDegrees === 90 || rotationDegrees === 270;
  const upright = lies ? { width: height, height: width } : { width, height };
  const short = Math.min(width, height);
  const long = Math.max(width, height);
  const scale = Math.min(1, MAX_SHORT_SIDE / short, MAX_LONG_SIDE / long);
  return { width: even(upright.width * scale), height: even(upright.height * scale) };
}

/** The format whose shape is nearest. */
export function nearestFormat({ width, height }: Size): Format {
  const unlike = (format: Format) => {
    const size = FRAME_SIZE[format];
    return Math.abs(Math.log((width * size.height) / (height * size.width)));
  };
  return FORMATS.reduce((best, format) => (unlike(format) < unlike(best) ? format : best));
}

/**
 * Captions planned for a format's size, scaled into a picture of another size and nearly the same
 * shape: centred across, and as far down as they were.
 */
export function fitCaptions(track: CaptionTrack, size: Size): CaptionTrack {
  const scale = Math.min(size.width / track.size.width, size.height / track.size.height);
  const centerY = track.area.y + track.area.height / 2;
  const left = (size.width - track.size.width * scale) / 2;
  const top = (centerY / track.size.height) * size.height - centerY * scale;
  const across = (x: number) => left + x * scale;
  const down = (y: number) => top + y * scale;
  const pages = track.pages.map((page) => ({
    ...page,
    lines: page.lines.map((line) => ({
      words: line.words.map(({ box, pieces, ...word }) => ({
        ...word,
        box: {
          x: across(box.x),
          y: down(box.y),
          width: box.width * scale,
          height: box.height * scale,
        },
        pieces: pieces.map((piece) => ({
          ...piece,
          sizePx: piece.sizePx * scale,
          x: across(piece.x),
          width: piece.width * scale,
          baseline: down(piece.baseline),
        })),
      })),
    })),
  }));
  return { ...track, size, pages, area: rowsWithin(down, track.area, size) };
}

/** Whole pairs of rows that hold the scaled area and lie in the picture. */
function rowsWithin(
  down: (y: number) => number,
  area: CaptionTrack['area'],
  size: Size,
): CaptionTrack['area'] {
  const y = Math.min(size.height - 2, Math.max(0, 2 * Math.floor(down(area.y) / 2)));
  const end = Math.min(size.height, 2 * Math.ceil(down(area.y + area.height) / 2));
  return { y, height: Math.max(2, end - y) };
}

function even(px: number): number {
  // Float dust must not cost two pixels.
  return Math.max(2, 2 * Math.floor(px / 2 + 1e-6));
}
