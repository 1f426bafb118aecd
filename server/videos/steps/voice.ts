import { join } from 'node:path';
import type { SpeechModel } from '../../models/models.ts';
import { Problem } from '../../platform/problem.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step } from '../step.ts';
import { sceneOf } from './scene-of.ts';

/** Speaks one scene's narration. It comes before the clip, so that the seconds are known before they are bought. */
export function voiceStep(speech: SpeechModel): Step {
  return defineStep(
    { kind: 'voice', version: 1, deadlineMs: 180_000, maxFailures: 5, output: stepOutputs.voice },
    (film, sceneId) => ({
      model: speech.id,
      text: sceneOf(film, sceneId).narration,
      voice: chooseVoice(speech, film.look.voice),
      language: film.brief.language,
    }),
    async ({ text, voice, language }, work) => {
      const file = join(work.dir, 'voice.wav');
      const { seconds, words } = await speech.speak({ text, voice, language }, file, work);
      const audio = await work.keep(file, 'audio/wav');
      return { done: { audio, seconds, words: words && [...words] } };
    },
  );
}

function chooseVoice(speech: SpeechModel, wanted: string | null): string {
  const voice = speech.voices.find(({ id }) => wanted === null || id === wanted);
  if (voice) return voice.id;
  throw new Problem({
    kind: 'invalid',
    code: 'voice_unknown',
    message: 'There is no such voice.',
    action: `Choose one of: ${speech.voices.map(({ id }) => id).join(', ')}.`,
  });
}
