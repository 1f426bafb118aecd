import { AUDIO_RATE_HZ, FILM_FPS } from '../media/formats.ts';
import type { TimedWord } from '../models/models.ts';
import { BadPlan } from './errors.ts';

/**
 * The film's clock. Every scene is a whole number of frames, and a scene starts where the ones before
 * it end, so start frames are sums of integers: nothing can drift, and a change in one scene never
 * alters the length of another.
 */

/** Silence before a scene's first word: the eye arrives before the voice. Whole frames (6 at 30). */
export const LEAD_IN_SECONDS = 0.2;
/** Silence after a scene's last word; with the next lead-in it makes 0.55 s, a speaker's full stop. */
export const PAUSE_SECONDS = 0.35;
/** Silence after the film's last word, in which the music fades. */
export const FINAL_TAIL_SECONDS = 1.2;
/** Shorter scenes flash by and leave no room for a transition. */
export const MIN_SCENE_SECONDS = 1;
/** One spoken scene longer than this is a mistake in a unit. */
const MAX_SCENE_SECONDS = 3600;

/** Exact: 48 000 / 30. A film's sound is cut at whole frames, so picture and sound end together. */
export const SAMPLES_PER_FRAME = AUDIO_RATE_HZ / FILM_FPS;
const LEAD_IN_FRAMES = Math.round(LEAD_IN_SECONDS * FILM_FPS);

/** Float dust below a microsecond must not cost a whole frame. */
const DUST_FRAMES = 1e-6;

/**
 * Frames of a scene whose voice lasts `voiceSeconds` (0 for a silent scene), lead-in and pause
 * included. Depends on nothing but its own voice and whether it is the film's last scene.
 * Throws `BadPlan` for a length that is negative, not finite or above an hour.
 */
export function sceneFrames(voiceSeconds: number, { isLast }: { isLast: boolean }): number {
  if (!(voiceSeconds >= 0 && voiceSeconds <= MAX_SCENE_SECONDS)) {
    throw new BadPlan('A scene needs a voice between 0 seconds and an hour.');
  }
  const after = isLast ? FINAL_TAIL_SECONDS : PAUSE_SECONDS;
  const seconds = Math.max(MIN_SCENE_SECONDS, LEAD_IN_SECONDS + voiceSeconds + after);
  return wholeFrames(seconds);
}

/** The least number of frames that covers `seconds`. */
export function wholeFrames(seconds: number): number {
  return Math.ceil(seconds * FILM_FPS - DUST_FRAMES);
}

/** Seconds of footage that fill a scene: what to ask a video model for. */
export function sceneSeconds(frames: number): number {
  return frames / FILM_FPS;
}

export type TimedScene = {
  readonly startFrame: number;
  readonly frames: number;
  /** Where the scene's voice begins in the film, in samples at 48 kHz. */
  readonly voiceStartSample: number;
};

export type Timeline = {
  readonly scenes: readonly TimedScene[];
  readonly frames: number;
  /** Exact length of the sound, in samples at 48 kHz. */
  readonly samples: number;
  readonly seconds: number;
};

/** Lays scenes of whole `frames` one after another. Throws `BadPlan` for none, or for a broken count. */
export function layTimeline(sceneFrameCounts: readonly number[]): Timeline {
  if (sceneFrameCounts.length === 0) throw new BadPlan('A film needs at least one scene.');
  let startFrame = 0;
  const scenes = sceneFrameCounts.map((frames) => {
    if (!Number.isSafeInteger(frames) || frames < 1) {
      throw new BadPlan('A scene needs a whole number of frames.');
    }
    const voiceStartSample = (startFrame + LEAD_IN_FRAMES) * SAMPLES_PER_FRAME;
    const scene = { startFrame, frames, voiceStartSample };
    startFrame += frames;
    return scene;
  });
  return {
    scenes,
    frames: startFrame,
    samples: startFrame * SAMPLES_PER_FRAME,
    seconds: startFrame / FILM_FPS,
  };
}

/** The timeline of a film from the lengths of its voices, in order. */
export function planTimeline(voiceSeconds: readonly number[]): Timeline {
  const last = voiceSeconds.length - 1;
  return layTimeline(voiceSeconds.map((v, i) => sceneFrames(v, { isLast: i === last })));
}

/** Words timed from the start of their voice, timed from the start of their scene. */
export function wordsInScene(words: readonly TimedWord[]): readonly TimedWord[] {
  const shiftMs = LEAD_IN_SECONDS * 1000;
  return words.map((w) => ({ ...w, startMs: w.startMs + shiftMs, endMs: w.endMs + shiftMs }));
}
