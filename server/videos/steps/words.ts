import { alignWords } from '../../compose/align.ts';
import { captionWords } from '../../compose/captions/captions.ts';
import type { TranscriptionModel } from '../../models/models.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step } from '../step.ts';
import { sceneOf } from './scene-of.ts';

/** Times the caption words: the script is the text, the voice (or a recogniser of it) only the clock. */
export function wordsStep(transcription: TranscriptionModel): Step {
  return defineStep(
    { kind: 'words', version: 1, deadlineMs: 180_000, maxFailures: 5, output: stepOutputs.words },
    (film, sceneId) => {
      const { audio, seconds, words } = film.output('voice', sceneId);
      const text = sceneOf(film, sceneId).narration;
      const { language } = film.brief;
      // A voice that tells its words needs no recogniser, and its sound does not matter here.
      const clock = words ? { words } : { audio, model: transcription.id };
      return { text, language, seconds, clock };
    },
    async ({ text, language, seconds, clock }, work) => {
      const heard =
        clock.words ??
        (await transcription.transcribe(
          { file: await work.open(clock.audio), text, language },
          work,
        ));
      const words = alignWords(captionWords(text, language), heard, seconds * 1000);
      return { done: { words: [...words] } };
    },
  );
}
