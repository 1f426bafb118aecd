import { join } from 'node:path';
import { captionsVersion, planCaptions } from '../../compose/captions/captions.ts';
import {
  type Compositor,
  composerVersion,
  lookOf,
  planSegments,
  sceneFrames,
  wordsInScene,
} from '../../compose/compose.ts';
import { FILM_FPS } from '../../media/formats.ts';
import type { MediaEngine } from '../../media/media.ts';
import type { ObjectRef } from '../contract.ts';
import type { FilmState, Scene } from '../film-state.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step, type StepWork } from '../step.ts';
import { isLastScene, sceneOf } from './scene-of.ts';

/** Encodes one scene with its captions, the moment its clip is there, while others are still being filmed. */
export function segmentStep(tools: {
  readonly compositor: Compositor;
  readonly engine: MediaEngine;
}): Step {
  const { compositor, engine } = tools;
  return defineStep(
    {
      kind: 'segment',
      version: 1,
      deadlineMs: 900_000,
      maxFailures: 4,
      output: stepOutputs.segment,
    },
    (film, sceneId) => {
      const scene = sceneOf(film, sceneId);
      const before = film.look.transition === 'cut' ? null : film.scenes[scene.position - 1];
      const { format, preset, transition, captionStyle } = film.look;
      return {
        versions: [engine.version, composerVersion, captionsVersion],
        footage: footageOf(film, scene),
        before: before ? footageOf(film, before) : null,
        text: scene.narration,
        words: film.output('words', scene.id).words,
        language: film.brief.language,
        look: { format, preset, transition, captionStyle },
      };
    },
    async ({ footage, before, text, words, language, look }, work) => {
      const { frames } = footage;
      const captions = planCaptions({
        text,
        words: wordsInScene(words),
        frames,
        fps: FILM_FPS,
        format: look.format,
        style: look.captionStyle,
        language,
      });
      const scene = { footage: await open(footage.clip, work), frames, captions };
      const ahead = before && {
        footage: await open(before.clip, work),
        frames: before.frames,
      };
      const segments = planSegments(
        scene,
        ahead,
        lookOf(look.format, look.preset, look.transition),
      );
      const pieces = [];
      for (const [index, segment] of segments.entries()) {
        const file = join(work.dir, `segment-${index}.mp4`);
        await compositor.encodeSegment(segment, file, { ...work, timeoutMs: 600_000 });
        pieces.push({ file: await work.keep(file, 'video/mp4'), frames: segment.frames });
      }
      return { done: { pieces } };
    },
  );
}

function footageOf(film: FilmState, scene: Scene) {
  const isLast = isLastScene(film, scene);
  return {
    clip: film.output('clip', scene.id).clip,
    frames: sceneFrames(film.output('voice', scene.id).seconds, { isLast }),
  };
}

async function open(clip: ObjectRef, work: StepWork) {
  return { file: await work.open(clip) };
}
