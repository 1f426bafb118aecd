import type { MediaCall, MediaCost, MediaEngine } from '../media/media.ts';
import { type CheckReport, checkGraph, type FilmExpectations, judgeFilm } from './check.ts';
import { encodeSegment } from './encode-segment.ts';
import { makeSoundtrack, type SoundtrackResult } from './make-soundtrack.ts';
import { readPrinted } from './printed.ts';
import type { Segment } from './segments.ts';
import type { SoundtrackPlan } from './soundtrack.ts';
import { type Pictures, type PicturesPlan, takePictures } from './take-pictures.ts';

export type { CheckReport, FilmExpectations } from './check.ts';
export { footageChain } from './footage.ts';
export type { SoundtrackResult } from './make-soundtrack.ts';
export { stripChain } from './segment-graph.ts';
export {
  CROSSFADE_FRAMES,
  composerVersion,
  lookOf,
  planSegments,
  type Segment,
  type SegmentScene,
} from './segments.ts';
export type { SoundtrackPlan } from './soundtrack.ts';
export { writeStrips } from './strips.ts';
export type { Pictures, PicturesPlan } from './take-pictures.ts';
export {
  planTimeline,
  sceneFrames,
  sceneSeconds,
  type Timeline,
  wordsInScene,
} from './timeline.ts';

export { type Transcript, writeTranscript } from './transcript.ts';

export type FinishPlan = {
  /** Encoded segments in film order. */
  readonly segments: readonly string[];
  readonly soundtrack: string;
  readonly frames: number;
  readonly title: string;
};

/**
 * The compositor: runs the pure plans of this folder on a media engine. Every file appears whole under
 * its name or not at all. All methods reject with a `Problem` and stop soon after `call.signal` aborts.
 */
export type Compositor = {
  /** Encodes one segment (`.mp4`, picture only), exactly `segment.frames` long. */
  encodeSegment(segment: Segment, file: string, call: MediaCall): Promise<MediaCost>;
  /** Mixes and masters the film's one audio track (`.m4a`). */
  makeSoundtrack(plan: SoundtrackPlan, file: string, call: MediaCall): Promise<SoundtrackResult>;
  /** Joins segments and soundtrack, neither encoded again; the frames are counted after. */
  finish(plan: FinishPlan, file: string, call: MediaCall): Promise<MediaCost>;
  /** Writes poster, snapshots and contact sheet of a finished film beside `stem` (`/out/octopus`). */
  takePictures(film: string, plan: PicturesPlan, stem: string, call: MediaCall): Promise<Pictures>;
  /** Measures a finished film against what it should be. The caller fails the run when `ok` is false. */
  check(film: string, expected: FilmExpectations, call: MediaCall): Promise<CheckReport>;
};

/** The compositor on `engine`; `workDir` holds the folders of calls under way. */
export function makeCompositor(deps: {
  readonly engine: MediaEngine;
  readonly workDir: string;
}): Compositor {
  const { engine } = deps;
  return {
    encodeSegment: (segment, file, call) => encodeSegment(deps, segment, file, call),
    makeSoundtrack: (plan, file, call) => makeSoundtrack(engine, plan, file, call),
    finish: ({ segments, soundtrack, frames, title }, file, call) =>
      engine.join({ segments, audio: soundtrack, file, frames, title }, call),
    takePictures: (film, plan, stem, call) => takePictures(engine, film, plan, stem, call),
    async check(film, expected, call) {
      const info = await engine.probe(film, call);
      const inputs = [{ kind: 'media', file: film }] as const;
      const printed = await engine.measure({ inputs, graph: checkGraph(expected) }, call);
      return judgeFilm(info, readPrinted(printed), expected);
    },
  };
}
