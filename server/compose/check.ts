import type { Size } from '../media/formats.ts';
import type { TimedWord } from '../models/models.ts';
import type { CaptionTrack } from './captions/captions.ts';

export type FilmExpectations = {
  readonly frames: number;
  readonly size: Size;
  /** False for a film without any voice or music: loudness is then reported, not judged. */
  readonly audible: boolean;
  /** `given` for a user's own recording: black and still spans are then reported, not judged. */
  readonly footage: 'filmed' | 'given';
  /** Per scene, for caption timing; words and captions timed from the scene's start. */
  readonly scenes: readonly {
    readonly startFrame: number;
    readonly words: readonly TimedWord[];
    readonly captions: CaptionTrack | null;
  }[];
};

/** One measure of a finished film. `limit` says in words or numbers what would be accepted. */
export type Measure = {
  readonly name: string;
  readonly value: number | string | boolean | null | readonly (readonly [number, number])[];
  readonly limit: string;
  readonly ok: boolean;
};

export type CheckReport = { readonly ok: boolean; readonly measures: readonly Measure[] };
