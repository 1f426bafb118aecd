import type { MediaCall, MediaCost } from '../media/media.ts';
import type { CheckReport, FilmExpectations } from './check.ts';
import type { Pictures, PicturesPlan } from './pictures.ts';
import type { Segment } from './segments.ts';
import type { Loudness, SoundtrackPlan } from './soundtrack.ts';

export type { CheckReport, FilmExpectations } from './check.ts';
export type { Pictures, PicturesPlan } from './pictures.ts';
export {
  CROSSFADE_FRAMES,
  type Footage,
  lookOf,
  planFilmSegments,
  planSegments,
  type Segment,
  type SegmentLook,
  type SegmentScene,
} from './segments.ts';
export type { Loudness, SoundtrackPlan } from './soundtrack.ts';
export {
  LEAD_IN_SECONDS,
  layTimeline,
  planTimeline,
  sceneFrames,
  sceneSeconds,
  type TimedScene,
  type Timeline,
  wordsInScene,
} from './timeline.ts';

export type FinishPlan = {
  /** Encoded segments in film order. */
  readonly segments: readonly string[];
  readonly soundtrack: string;
  readonly frames: number;
  readonly title: string;
};

/**
 * The compositor: runs the pure plans on a media engine. Every file appears whole under its name or
 * not at all. All methods reject with a `Problem` and stop soon after `call.signal` aborts.
 */
export type Compositor = {
  /** Key of a segment's bytes on this engine; equal keys, equal segment. */
  segmentKey(segment: Segment): string;
  /** Encodes one segment (`.mp4`, picture only), exactly `segment.frames` long. */
  encodeSegment(segment: Segment, file: string, call: MediaCall): Promise<MediaCost>;
  /** Mixes and masters the film's one audio track (`.m4a`). */
  makeSoundtrack(plan: SoundtrackPlan, file: string, call: MediaCall): Promise<SoundtrackResult>;
  /** Joins segments and soundtrack without encoding either again. */
  finish(plan: FinishPlan, file: string, call: MediaCall): Promise<MediaCost>;
  /** Writes poster, snapshots and contact sheet of a finished film, named after `stem` (`/out/octopus`). */
  takePictures(film: string, plan: PicturesPlan, stem: string, call: MediaCall): Promise<Pictures>;
  /** Measures a finished film against what it should be. The caller fails the run when `ok` is false. */
  check(film: string, expected: FilmExpectations, call: MediaCall): Promise<CheckReport>;
};

export type SoundtrackResult = { readonly loudness: Loudness; readonly cost: MediaCost };
