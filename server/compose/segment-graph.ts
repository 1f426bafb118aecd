import { FILM_FPS } from '../media/formats.ts';
import type { VideoInfo } from '../media/media.ts';
import { footageChain } from './footage.ts';
import { CROSSFADE_FRAMES, type Segment } from './segments.ts';

/** Caption pictures as an input of the graph: where they stand, and the frame each one begins at. */
export type StripInput = {
  readonly y: number;
  /** Ascending, the first 0; one for each picture of the list. */
  readonly startFrames: readonly number[];
};

/**
 * The graph of a segment, ending in `[out]`, one spare frame longer than the segment. Inputs: the scene's
 * clip, the clip that fades out (for a crossfade), the caption pictures (where there are any), in this order.
 */
export function segmentGraph(
  segment: Segment,
  clip: VideoInfo,
  outgoing: VideoInfo | null,
  strips: StripInput | null,
): string {
  const shown = { size: segment.size, frames: segment.frames };
  const scene = footageChain(clip, { ...shown, fromFrame: segment.fromFrame });
  const parts = [`[0:v]${scene}[scene]`];
  let picture = 'scene';
  let input = 1;
  if (segment.outgoing && outgoing) {
    const before = footageChain(outgoing, { ...shown, fromFrame: segment.outgoing.fromFrame });
    const seconds = CROSSFADE_FRAMES / FILM_FPS;
    // FFmpeg 5.1 gives the last faded frame the time of the one after it.
    const count = `settb=1/${FILM_FPS},setpts=N`;
    // `xfade` asks for a stated rate, which `setpts` takes off.
    parts.push(`[1:v]${before},fps=${FILM_FPS}[before]`, `[scene]fps=${FILM_FPS}[after]`);
    parts.push(`[before][after]xfade=transition=fade:duration=${seconds}:offset=0,${count}[faded]`);
    picture = 'faded';
    input = 2;
  }
  if (strips) {
    parts.push(`[${input}:v]${stripChain(strips)}[strips]`);
    // The strip is as wide as the picture and only as high as its text: the rest is not touched.
    parts.push(`[${picture}][strips]overlay=x=0:y=${strips.y}:format=yuv420[captioned]`);
    picture = 'captioned';
  }
  return [...parts, `[${picture}]null[out]`].join(';');
}

/**
 * Times the pictures by their number: the list's own times pass through a demuxer that counts in
 * 1/25 s and would be up to a frame off. Alpha stays straight and colours become BT.709 like the film's
 * (the default, BT.601, turns a caption's yellow orange).
 */
export function stripChain({ startFrames }: StripInput): string {
  const steps = startFrames.slice(1).map((frame, i) => {
    const length = frame - (startFrames[i] ?? 0);
    return `${length}*gte(N\\,${i + 1})`;
  });
  return [
    `settb=1/${FILM_FPS}`,
    `setpts=${balancedSum(steps)}`,
    'scale=out_color_matrix=bt709:out_range=limited:flags=accurate_rnd',
    'format=yuva420p',
  ].join(',');
}

/** FFmpeg reads no expression deeper than about a hundred, and a plain sum is as deep as it is long. */
function balancedSum(terms: readonly string[]): string {
  if (terms.length <= 2) return terms.join('+') || '0';
  const half = Math.floor(terms.length / 2);
  return `(${balancedSum(terms.slice(0, half))})+(${balancedSum(terms.slice(half))})`;
}
