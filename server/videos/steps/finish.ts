import { join } from 'node:path';
import { type Compositor, composerVersion } from '../../compose/compose.ts';
import type { MediaEngine } from '../../media/media.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step } from '../step.ts';

/** Joins the segments and the soundtrack into the film; nothing is encoded again. */
export function finishStep(tools: {
  readonly compositor: Compositor;
  readonly engine: MediaEngine;
}): Step {
  const { compositor, engine } = tools;
  return defineStep(
    { kind: 'finish', version: 1, deadlineMs: 300_000, maxFailures: 4, output: stepOutputs.finish },
    (film) => ({
      versions: [engine.version, composerVersion],
      title: film.output('script').title,
      pieces: film.scenes.flatMap((scene) => film.output('segment', scene.id).pieces),
      soundtrack: film.output('soundtrack').audio,
    }),
    async ({ title, pieces, soundtrack }, work) => {
      const frames = pieces.reduce((sum, piece) => sum + piece.frames, 0);
      const file = join(work.dir, 'film.mp4');
      const segments = await Promise.all(pieces.map((piece) => work.open(piece.file)));
      await compositor.finish(
        { segments, soundtrack: await work.open(soundtrack), frames, title },
        file,
        work,
      );
      return { done: { film: await work.keep(file, 'video/mp4'), frames } };
    },
  );
}
