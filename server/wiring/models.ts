import type { MediaEngine } from '../media/media.ts';
import { makeLocalTranscription } from '../models/local/alignment/alignment.ts';
import { makeLocalVideoModel } from '../models/local/footage/footage.ts';
import { makeLocalSpeechModel } from '../models/local/speech/speech.ts';
import { makeLocalTextModel } from '../models/local/text/text.ts';
import type { SpeechModel, TextModel, TranscriptionModel, VideoModel } from '../models/models.ts';
import type { Config } from '../platform/config.ts';
import type { DataFolder } from '../platform/data-folder.ts';
import type { Log } from '../platform/log.ts';

export type Models = {
  readonly text: TextModel;
  readonly speech: SpeechModel;
  /** Films whatever is ordered now. */
  readonly video: VideoModel;
  /** The video model of this id, if it can be asked here for what it has been filming. */
  videoOf(id: string): VideoModel | null;
  readonly transcription: TranscriptionModel;
  /** Stops what this process draws and speaks itself. */
  close(): Promise<void>;
};

type Deps = {
  readonly config: Pick<Config, 'vendors' | 'ffmpegPath'>;
  readonly folder: DataFolder;
  readonly engine: MediaEngine;
  readonly log: Log;
};

/**
 * The model of each capability: a vendor's where its key is set, else a local one that needs none. Vendors' clients are
 * loaded only where they are used.
 */
export async function openModels(deps: Deps): Promise<Models> {
  const { config, folder } = deps;
  const { ffmpegPath } = config;
  const localSpeech = makeLocalSpeechModel({ workDir: folder.work });
  const localVideo = makeLocalVideoModel({ workDir: folder.footage, ffmpegPath });
  const video = (await arkVideo(deps)) ?? localVideo;
  const known = new Map([localVideo, video].map((model) => [model.id, model]));
  const ofArk = await arkVideos(deps);
  return {
    text: (await arkText(deps)) ?? makeLocalTextModel(),
    speech: (await elevenLabsSpeech(deps)) ?? localSpeech,
    video,
    videoOf(id) {
      const model = known.get(id) ?? ofArk(id);
      if (model) known.set(id, model);
      return model;
    },
    transcription:
      (await vendorTranscription(deps)) ?? makeLocalTranscription({ speech: localSpeech }),
    close: () => localVideo.close(),
  };
}

async function arkText({ config, log }: Deps): Promise<TextModel | null> {
  const { ark } = config.vendors;
  if (!ark) return null;
  const { makeArkTextModel } = await import('../models/ark/text.ts');
  const { apiKeys, baseUrl, chatModel, maxCalls } = ark;
  return makeArkTextModel({ apiKeys, baseUrl, model: chatModel, maxCalls, log });
}

async function arkVideo(deps: Deps): Promise<VideoModel | null> {
  const { ark } = deps.config.vendors;
  if (!ark) return null;
  return (await arkVideos(deps))(`ark/${ark.videoModel}`);
}

/** The vendor's models by their ids: the key that is set asks for what any of them has been filming. */
async function arkVideos({ config, log }: Deps): Promise<(id: string) => VideoModel | null> {
  const { ark } = config.vendors;
  if (!ark) return () => null;
  const { arkVideoName, makeArkVideoModel } = await import('../models/ark/video.ts');
  const { apiKeys, baseUrl, fileHosts, maxTasks, looksAfterSeconds } = ark;
  const make = (model: string) =>
    makeArkVideoModel({
      apiKeys,
      baseUrl,
      model,
      fileHosts,
      maxTasks,
      looksAfterMs: looksAfterSeconds.map((seconds) => seconds * 1000),
      log,
    });
  return (id) => {
    const name = arkVideoName(id);
    return name === null ? null : make(name);
  };
}

async function elevenLabsSpeech({
  config,
  engine,
  folder,
  log,
}: Deps): Promise<SpeechModel | null> {
  const { elevenLabs } = config.vendors;
  if (!elevenLabs) return null;
  const { makeElevenLabsSpeechModel } = await import('../models/elevenlabs/speech.ts');
  const { voice: defaultVoice, ...rest } = elevenLabs;
  return makeElevenLabsSpeechModel({ ...rest, defaultVoice, engine, workDir: folder.work, log });
}

async function vendorTranscription({ config, log }: Deps): Promise<TranscriptionModel | null> {
  const { whisperUrl, openAi } = config.vendors;
  if (whisperUrl) {
    const { makeWhisperCppTranscription } = await import('../models/whisper/whisper-cpp.ts');
    return makeWhisperCppTranscription({ url: whisperUrl, log });
  }
  if (!openAi) return null;
  const { makeOpenAiTranscription } = await import('../models/whisper/openai.ts');
  return makeOpenAiTranscription({ ...openAi, log });
}
