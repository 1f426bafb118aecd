import { join } from 'node:path';
import { alignWords } from '../../compose/align.ts';
import { captionWords } from '../../compose/captions/captions.ts';
import type { MediaEngine } from '../../media/media.ts';
import type { Moderated } from '../../moderation/moderation.ts';
import type { ObjectRef } from '../contract.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step, type StepWork } from '../step.ts';
import { sceneOf } from './scene-of.ts';

/** What recognisers listen to. */
const CLOCK_RATE_HZ = 16_000;

/** Times the caption words: the script is the text, the voice (or a recogniser of it) only the clock. */
export function wordsStep(tools: {
  readonly transcription: Moderated['transcription'];
  readonly engine: MediaEngine;
}): Step {
  const { transcription } = tools;
  return defineStep(
    { kind: 'words', version: 2, deadlineMs: 300_000, maxFailures: 5, output: stepOutputs.words },
    (film, sceneId) => {
      const { audio, seconds, words } = film.output('voice', sceneId);
      const text = sceneOf(film, sceneId).narration;
      const { language } = film.brief;
      // A voice that tells its words needs no recogniser, and its sound does not matter here.
      const clock = words ? { words } : { audio, model: transcription.id };
      return { text, language, seconds, clock };
    },
    async ({ text, language, seconds, clock }, work) => {
      const heard = clock.words ?? (await hear(clock.audio, { text, language, seconds }, work));
      const words = alignWords(captionWords(text, language), heard, seconds * 1000);
      return { done: { words: [...words] } };
    },
    { lane: ({ clock }) => (clock.words ? null : transcription.lane) },
  );

  async function hear(
    audio: ObjectRef,
    { text, language, seconds }: { text: string; language: string; seconds: number },
    work: StepWork,
  ) {
    const file = join(work.dir, 'clock.wav');
    await tools.engine.transcode(
      {
        inputs: [{ kind: 'media', file: await work.open(audio) }],
        graph: `[0:a]aformat=sample_rates=${CLOCK_RATE_HZ}:channel_layouts=mono[clock]`,
        outputs: [{ file, audio: { from: 'clock', encoding: { codec: 'pcm' } } }],
      },
      work,
    );
    return await work.buy(
      { kind: 'transcription', model: transcription.id },
      transcription.estimate(seconds),
      (bought) => transcription.transcribe({ file, text, language }, { ...work, bought }),
    );
  }
}
