import { join } from 'node:path';
import type { Compositor } from '../../compose/compose.ts';
import { composerVersion } from '../../compose/compose.ts';
import type { MediaEngine } from '../../media/media.ts';
import { type MakeMusic, musicVersion, pickMood } from '../../models/local/music/music.ts';
import type { FilmState } from '../film-state.ts';
import { timelineOf } from '../film-timeline.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step } from '../step.ts';

/** The film's one audio track: every voice in its place, music ducked under them, mastered as a whole. */
export function soundtrackStep(tools: {
  readonly compositor: Compositor;
  readonly engine: MediaEngine;
  readonly music: MakeMusic;
}): Step {
  const { compositor, engine, music } = tools;
  return defineStep(
    {
      kind: 'soundtrack',
      version: 2,
      deadlineMs: 600_000,
      maxFailures: 4,
      output: stepOutputs.soundtrack,
    },
    (film) => {
      const timeline = timelineOf(film);
      return {
        versions: [engine.version, composerVersion, musicVersion],
        samples: timeline.samples,
        seconds: timeline.seconds,
        voices: film.scenes.map((scene, index) => ({
          audio: film.output('voice', scene.id).audio,
          startSample: timeline.scenes[index]?.voiceStartSample ?? 0,
        })),
        mood: moodOf(film),
        seed: film.seed,
      };
    },
    async ({ samples, seconds, voices, mood, seed }, work) => {
      const call = { ...work, timeoutMs: 300_000 };
      const musicFile = join(work.dir, 'music.wav');
      if (mood !== null) await music({ mood, seconds, seed }, musicFile, call);
      const file = join(work.dir, 'soundtrack.m4a');
      const placed = await Promise.all(
        voices.map(async ({ audio, startSample }) => ({
          file: await work.open(audio),
          startSample,
        })),
      );
      const plan = { samples, voices: placed, music: mood === null ? null : { file: musicFile } };
      const { goal } = await compositor.makeSoundtrack(plan, file, call);
      return { done: { audio: await work.keep(file, 'audio/mp4'), goal } };
    },
  );
}

/** The mood asked for; `auto` goes by what the film is about, from words that an edit seldom touches. */
function moodOf(film: FilmState) {
  const { music } = film.look;
  if (music === 'none') return null;
  if (music !== 'auto') return music;
  const { brief } = film;
  return pickMood(brief.kind === 'topic' ? brief.topic : brief.title);
}
