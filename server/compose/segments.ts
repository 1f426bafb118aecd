import type { Size } from '../media/formats.ts';
import { FILM_FPS, type Format, FRAME_SIZE } from '../media/formats.ts';
import type { VideoEncoding, VideoInfo } from '../media/media.ts';
import type { CaptionTrack } from './captions/captions.ts';
import { BadPlan } from './errors.ts';
import type { Preset, Transition } from './look.ts';

/**
 * What is encoded on its own: the body of one scene, or the short crossfade between two. A segment
 * carries captions but no sound, and depends on nothing outside of it, so it is encoded the moment
 * its clip arrives and kept for as long as its key stays the same.
 */

/** Raise when the same plan would give other pixels: every cached segment is then made anew. */
export const composerVersion = 'composer/1';

/** Half a second. It lies wholly at the start of the later scene, so it needs no footage before frame 0. */
export const CROSSFADE_FRAMES = 15;

/** One keyframe every two seconds at least: quick to seek, small in the file. */
const GOP_FRAMES = 2 * FILM_FPS;
const CRF = 23;
const X264_PRESET = { draft: 'ultrafast', fast: 'superfast', default: 'veryfast' } as const;

/** How every segment of a film is encoded. */
export type SegmentLook = {
  readonly size: Size;
  readonly preset: Preset;
  readonly transition: Transition;
};

export function lookOf(format: Format, preset: Preset, transition: Transition): SegmentLook {
  return { size: FRAME_SIZE[format], preset, transition };
}

/** A clip and where in it the scene begins. Shorter than its scene: padded by its last frame. */
export type Footage = {
  readonly file: string;
  /** 0 by default. */
  readonly offsetSeconds?: number;
  /** The clip's picture where it has been probed already; saves probing it again. */
  readonly video?: VideoInfo;
};

export type SegmentScene = {
  readonly footage: Footage;
  /** Whole length of the scene on the timeline. */
  readonly frames: number;
  /** Timed from the start of the scene; null for none. */
  readonly captions: CaptionTrack | null;
};

export type Segment = {
  readonly kind: 'body' | 'crossfade';
  readonly scene: SegmentScene;
  /** First frame of the scene that is shown, and how many are. */
  readonly fromFrame: number;
  readonly frames: number;
  /** Crossfade only: the clip that fades out, from this frame of its own scene on. */
  readonly outgoing: { readonly footage: Footage; readonly fromFrame: number } | null;
  readonly size: Size;
  readonly encoding: VideoEncoding & { readonly codec: 'h264' };
};

/**
 * The segments of one scene, in film order: its body, after the crossfade that leads into it where
 * there is one. `before` is the scene ahead of it (null for the first). The frames always sum to
 * the scene's own. Throws `BadPlan` for a scene too short to fade into.
 */
export function planSegments(
  scene: SegmentScene,
  before: Pick<SegmentScene, 'footage' | 'frames'> | null,
  look: SegmentLook,
): readonly Segment[] {
  assertWhole(scene.frames);
  const encoding = encodingOf(look.preset);
  const common = { scene, size: look.size, encoding };
  if (before === null || look.transition === 'cut') {
    return [{ ...common, kind: 'body', fromFrame: 0, frames: scene.frames, outgoing: null }];
  }
  assertWhole(before.frames);
  if (scene.frames <= CROSSFADE_FRAMES) {
    throw new BadPlan('A scene of half a second or less has no room for a crossfade.');
  }
  return [
    {
      ...common,
      kind: 'crossfade',
      fromFrame: 0,
      frames: CROSSFADE_FRAMES,
      outgoing: { footage: before.footage, fromFrame: before.frames },
    },
    {
      ...common,
      kind: 'body',
      fromFrame: CROSSFADE_FRAMES,
      frames: scene.frames - CROSSFADE_FRAMES,
      outgoing: null,
    },
  ];
}

function assertWhole(frames: number): void {
  if (!Number.isSafeInteger(frames) || frames < 1) {
    throw new BadPlan('A scene needs a whole number of frames.');
  }
}

function encodingOf(preset: Preset): Segment['encoding'] {
  return {
    codec: 'h264',
    preset: X264_PRESET[preset],
    crf: CRF,
    fps: FILM_FPS,
    gopFrames: GOP_FRAMES,
  };
}
