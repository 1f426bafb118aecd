import { FILM_FPS } from '../media/formats.ts';
import type { TimedWord } from '../models/models.ts';

export type SpokenScene = {
  readonly startFrame: number;
  readonly frames: number;
  readonly text: string;
  /** Timed from the scene's start, as captions are. */
  readonly words: readonly TimedWord[];
};

/** What is said in a film and when, in milliseconds from its start. */
export type Transcript = {
  readonly title: string;
  readonly durationMs: number;
  /** The whole text, one paragraph a scene. */
  readonly text: string;
  readonly scenes: readonly {
    readonly startMs: number;
    readonly endMs: number;
    readonly text: string;
    readonly words: readonly TimedWord[];
  }[];
};

/** The transcript of a whole film from its scenes, in order. */
export function writeTranscript(title: string, scenes: readonly SpokenScene[]): Transcript {
  const timed = scenes.map(({ startFrame, frames, text, words }) => {
    const startMs = toMs(startFrame);
    const inFilm = words.map((word) => ({
      text: word.text,
      startMs: Math.round(startMs + word.startMs),
      endMs: Math.round(startMs + word.endMs),
    }));
    return { startMs, endMs: toMs(startFrame + frames), text: text.trim(), words: inFilm };
  });
  return {
    title,
    durationMs: timed.at(-1)?.endMs ?? 0,
    text: timed.map(({ text }) => text).join('\n\n'),
    scenes: timed,
  };
}

function toMs(frame: number): number {
  return Math.round((frame * 1000) / FILM_FPS);
}
