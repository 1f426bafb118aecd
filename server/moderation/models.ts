import type {
  ModelCall,
  SpeechModel,
  TextModel,
  TranscriptionModel,
  VideoModel,
} from '../models/models.ts';
import type { Moderation, OnBehalf } from './contract.ts';

type Judged<Model, Method extends keyof Model> = Omit<Model, Method> & {
  readonly [Name in Method]: Model[Name] extends (...args: [...infer Args, ModelCall]) => infer Done
    ? (...args: [...Args, OnBehalf]) => Done
    : never;
};

/** Models that take and give no text unjudged. */
export type Moderated = {
  readonly text: Judged<TextModel, 'writeIdeas' | 'enhancePrompt' | 'writeScript' | 'writeVisuals'>;
  readonly speech: Judged<SpeechModel, 'speak'>;
  readonly video: Judged<VideoModel, 'submit'>;
  readonly transcription: Judged<TranscriptionModel, 'transcribe'>;
};

type Models = {
  readonly text: TextModel;
  readonly speech: SpeechModel;
  readonly video: VideoModel;
  readonly transcription: TranscriptionModel;
};

/**
 * The same models behind moderation: everything that is said to a model is judged before it is asked, whatever fields
 * it has, and what a chat model writes before anybody gets it to speak or to film. Rejects with `content_rejected`.
 */
export function moderateModels(models: Models, moderation: Moderation): Moderated {
  const { text, speech, video, transcription } = models;

  async function write<Input, Written>(
    input: Input,
    call: OnBehalf,
    ask: (input: Input, call: ModelCall) => Promise<Written>,
  ): Promise<Written> {
    await moderation.assertAllowed(call.accountId, input);
    const written = await ask(input, call);
    await moderation.assertAllowed(call.accountId, written);
    return written;
  }

  return {
    text: {
      ...text,
      writeIdeas: (input, call) => write(input, call, text.writeIdeas),
      enhancePrompt: (input, call) => write(input, call, text.enhancePrompt),
      writeScript: (input, call) => write(input, call, text.writeScript),
      writeVisuals: (input, call) => write(input, call, text.writeVisuals),
    },
    speech: {
      ...speech,
      async speak(narration, file, call) {
        await moderation.assertAllowed(call.accountId, narration);
        return await speech.speak(narration, file, call);
      },
    },
    video: {
      ...video,
      async submit(order, call) {
        // Names of files on this machine, and our own address, are nobody's words.
        const { firstFrame, references, callbackUrl, ...said } = order;
        await moderation.assertAllowed(call.accountId, said);
        return await video.submit(order, call);
      },
    },
    transcription: {
      ...transcription,
      async transcribe(input, call) {
        const { file, ...said } = input;
        await moderation.assertAllowed(call.accountId, said);
        return await transcription.transcribe(input, call);
      },
    },
  };
}
