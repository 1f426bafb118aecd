import { FILM_FPS } from '../media/formats.ts';
import type { MediaInput, TranscodeTask } from '../media/media.ts';
import type { TimedScene } from './timeline.ts';

/** Which moments of a film become its poster, its three snapshots and its contact sheet. */

export type Moment = { readonly frame: number };

/** Four frames are decoded at once: a task's start is paid once, and four decoders fit its memory. */
export const MOMENTS_PER_TASK = 4;
const JPEG_QUALITY = 3;

/**
 * `count` moments spread over the film, in order. Each lies in the later part of its scene, where
 * pictures have come to rest and captions stand whole. A film with fewer frames gets fewer moments.
 */
export function pickMoments(scenes: readonly TimedScene[], count: number): readonly Moment[] {
  const last = scenes.at(-1);
  const total = last ? last.startFrame + last.frames : 0;
  const shares = scenes.map(() => 0);
  for (let k = 0; k < count; k += 1) {
    const at = ((k + 0.5) / count) * total;
    const index = scenes.findLastIndex((scene) => scene.startFrame <= at);
    shares[index] = (shares[index] ?? 0) + 1;
  }
  const frames = scenes.flatMap((scene, i) => framesWithin(scene, shares[i] ?? 0));
  return [...new Set(frames)].map((frame) => ({ frame }));
}

/** `share` frames of a scene, evenly between 35 % and 90 % of it. */
function framesWithin(scene: TimedScene, share: number): readonly number[] {
  return Array.from({ length: share }, (_, j) => {
    const part = 0.35 + (0.55 * (j + 1)) / (share + 1);
    return scene.startFrame + Math.min(scene.frames - 1, Math.floor(part * scene.frames));
  });
}

/** A task that writes the film's frames at `moments` as JPEG files, one for each. */
export function momentsTask(
  film: string,
  moments: readonly Moment[],
  files: readonly string[],
): TranscodeTask {
  const inputs: MediaInput[] = moments.map(({ frame }) => ({
    kind: 'media',
    file: film,
    // A quarter frame early, so that rounding cannot skip the frame itself.
    seekSeconds: Math.max(0, (frame - 0.25) / FILM_FPS),
  }));
  return {
    inputs,
    graph: moments.map((_, i) => `[${i}:v]trim=end_frame=1[p${i}]`).join(';'),
    outputs: files.map((file, i) => ({
      file,
      video: { from: `p${i}`, frames: 1, encoding: { codec: 'jpeg', quality: JPEG_QUALITY } },
    })),
  };
}

/**
 * How well a picture would serve as the poster, from its pixels (RGBA) and its place in the film
 * (0–1): contrast and colour count, near-black and near-white pictures lose, earlier ones win ties.
 */
export function posterScore(rgba: Uint8ClampedArray, place: number): number {
  let sum = 0;
  let squares = 0;
  let colour = 0;
  const pixels = rgba.length / 4;
  for (let i = 0; i < rgba.length; i += 4) {
    const [r = 0, g = 0, b = 0] = rgba.subarray(i, i + 3);
    const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    sum += luma;
    squares += luma * luma;
    colour += Math.max(r, g, b) - Math.min(r, g, b);
  }
  const mean = sum / pixels;
  const contrast = Math.sqrt(Math.max(0, squares / pixels - mean * mean));
  const visible = Math.min(1, mean / 40) * Math.min(1, (255 - mean) / 25);
  return visible * (contrast + (0.5 * colour) / pixels) * (1 - 0.2 * place);
}

/** The places in a list of `count` pictures that stand for its beginning, middle and end. */
export function pickSnapshots(count: number): readonly number[] {
  return [1 / 6, 3 / 6, 5 / 6].map((part) => Math.min(count - 1, Math.floor(part * count)));
}
