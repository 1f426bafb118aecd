import { captionsVersion, planCaptions } from '../../compose/captions/captions.ts';
import { type Compositor, composerVersion, wordsInScene } from '../../compose/compose.ts';
import { FILM_FPS, FRAME_SIZE } from '../../media/formats.ts';
import { FilmRejected } from '../errors.ts';
import { timelineOf } from '../film-timeline.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step } from '../step.ts';

/** Measures the finished film against its plan, and fails the run rather than hand out a bad file. */
export function checkStep({ compositor }: { readonly compositor: Compositor }): Step {
  return defineStep(
    { kind: 'check', version: 1, deadlineMs: 600_000, maxFailures: 2, output: stepOutputs.check },
    (film) => {
      const timeline = timelineOf(film);
      return {
        versions: [composerVersion, captionsVersion],
        film: film.output('finish').film,
        sound: film.output('soundtrack').goal,
        frames: timeline.frames,
        look: { format: film.look.format, captionStyle: film.look.captionStyle },
        language: film.brief.language,
        scenes: film.scenes.map((scene, index) => ({
          text: scene.narration,
          words: film.output('words', scene.id).words,
          startFrame: timeline.scenes[index]?.startFrame ?? 0,
          frames: timeline.scenes[index]?.frames ?? 0,
        })),
      };
    },
    async (input, work) => {
      const scenes = input.scenes.map(({ text, words: spoken, startFrame, frames }) => {
        const words = wordsInScene(spoken);
        const captions = planCaptions({
          text,
          words,
          frames,
          fps: FILM_FPS,
          format: input.look.format,
          style: input.look.captionStyle,
          language: input.language,
        });
        return { startFrame, words, captions };
      });
      const report = await compositor.check(
        await work.open(input.film),
        {
          frames: input.frames,
          size: FRAME_SIZE[input.look.format],
          sound: input.sound,
          footage: 'filmed',
          scenes,
        },
        { ...work, timeoutMs: 300_000 },
      );
      const failed = report.measures.filter((measure) => !measure.ok);
      if (failed.length > 0) throw new FilmRejected(failed.map((measure) => measure.name));
      return { done: { report } };
    },
  );
}
