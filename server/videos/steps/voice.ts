import { join } from 'node:path';
import type { Moderated } from '../../moderation/moderation.ts';
import type { SceneId } from '../../platform/ids.ts';
import type { FilmState } from '../film-state.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step } from '../step.ts';
import { sceneOf } from './scene-of.ts';

/** Speaks one scene's narration. It comes before the clip, so that the seconds are known before they are bought. */
export function voiceStep(speech: Moderated['speech']): Step {
  return defineStep(
    {
      kind: 'voice',
      version: 2,
      deadlineMs: 300_000,
      maxFailures: 5,
      output: stepOutputs.voice,
      model: speech.id,
    },
    (film, sceneId) => ({
      model: speech.id,
      text: sceneOf(film, sceneId).narration,
      voice: film.look.voice ?? speech.defaultVoice,
      language: film.brief.language,
    }),
    async ({ text, voice, language }, work, neighbours = NO_NEIGHBOURS) => {
      const file = join(work.dir, 'voice.wav');
      const narration = { text, voice, language, ...neighbours };
      const { seconds, words } = await work.buy(
        { kind: 'narration', model: speech.id },
        speech.estimate(text),
        (bought) => speech.speak(narration, file, { ...work, bought }),
      );
      const audio = await work.keep(file, 'audio/wav');
      return { done: { audio, seconds, words: words && [...words] } };
    },
    { hints: neighboursOf, lane: () => speech.lane },
  );
}

/** What is said before and after: the voice carries its tone over, and an edit there need not be spoken anew here. */
type Neighbours = { readonly previousText: string | null; readonly nextText: string | null };

const NO_NEIGHBOURS: Neighbours = { previousText: null, nextText: null };

function neighboursOf(film: FilmState, sceneId: SceneId | null): Neighbours {
  const { position } = sceneOf(film, sceneId);
  return {
    previousText: film.scenes[position - 1]?.narration ?? null,
    nextText: film.scenes[position + 1]?.narration ?? null,
  };
}
