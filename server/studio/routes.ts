import { CAPTION_STYLES } from '../compose/look.ts';
import { FILM_FPS, FORMATS, FRAME_SIZE } from '../media/formats.ts';
import { MUSIC_MOODS } from '../models/local/music/moods.ts';
import type { SpeechModel, TextModel, TranscriptionModel, VideoModel } from '../models/models.ts';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import {
  choicesAnswer,
  enhanceAnswer,
  enhanceRequest,
  formatsAnswer,
  ideasAnswer,
  ideasRequest,
  scriptAnswer,
  scriptRequest,
  voicesAnswer,
} from './contract.ts';
import type { Studio } from './studio.ts';

export type StudioRoutesDeps = {
  readonly studio: Studio;
  readonly models: {
    readonly text: TextModel;
    readonly speech: SpeechModel;
    readonly video: VideoModel;
    readonly transcription: TranscriptionModel;
  };
};

/** A chat model writes a script in up to a minute, and may be asked to mend it once. */
const WRITING_MS = 150_000;

const STYLE_WORDS: { readonly [Style in (typeof CAPTION_STYLES)[number]]: string } = {
  pop: 'Large words; the spoken one grows and lights up',
  box: 'The spoken word stands in a rounded box',
  karaoke: 'A line that fills with colour as it is spoken',
  plain: 'Quiet subtitles without movement',
};

const MUSIC_WORDS: { readonly [Mood in (typeof MUSIC_MOODS)[number]]: string } = {
  calm: 'Slow and soft',
  bright: 'Light and cheerful',
  curious: 'Playful and searching',
  driving: 'Fast and forward',
};

/** What a maker chooses from, and what a chat model writes for them, over HTTP. */
export function makeStudioEndpoints({ studio, models }: StudioRoutesDeps): readonly Endpoint[] {
  const write = { access: 'videos:write', limit: 'generate', tag: 'Writing' } as const;
  const choose = { access: 'videos:read', limit: 'read', tag: 'Choices' } as const;
  return [
    defineEndpoint({
      ...write,
      method: 'post',
      path: '/v1/ideas',
      operationId: 'writeIdeas',
      summary: 'Ideas for videos about a topic',
      body: ideasRequest,
      timeoutMs: WRITING_MS,
      answers: { 200: { description: 'The ideas', body: ideasAnswer } },
      async handle({ caller, body, signal }) {
        return { status: 200, body: { data: await studio.ideas(caller.accountId, body, signal) } };
      },
    }),

    defineEndpoint({
      ...write,
      method: 'post',
      path: '/v1/scripts',
      operationId: 'writeScript',
      summary: 'A script for a topic or an idea; nothing is filmed',
      body: scriptRequest,
      timeoutMs: WRITING_MS,
      answers: { 200: { description: 'The script', body: scriptAnswer } },
      async handle({ caller, body, signal }) {
        const { idea = null, seconds, language, tone = null } = body;
        const topic = body.topic ?? idea?.title ?? '';
        const brief = { topic, idea, seconds, language, tone };
        const { title, scenes, notice } = await studio.script(caller.accountId, brief, signal);
        const shown = scenes.map(({ narration, visual }) => ({ narration, visual }));
        return { status: 200, body: { title, scenes: shown, notice: notice ?? null } };
      },
    }),

    defineEndpoint({
      ...write,
      method: 'post',
      path: '/v1/prompts/enhance',
      operationId: 'enhancePrompt',
      summary: 'A better prompt for a video model',
      body: enhanceRequest,
      timeoutMs: WRITING_MS,
      answers: { 200: { description: 'Both prompts', body: enhanceAnswer } },
      async handle({ caller, body, signal }) {
        const prompt = await studio.enhance(caller.accountId, body.prompt, signal);
        return { status: 200, body: { prompt, original: body.prompt } };
      },
    }),

    defineEndpoint({
      ...choose,
      method: 'get',
      path: '/v1/voices',
      operationId: 'listVoices',
      summary: 'Voices to choose from',
      answers: { 200: { description: 'The voices', body: voicesAnswer } },
      async handle({ signal }) {
        const { speech } = models;
        const voices = await speech.listVoices({ signal });
        const data = voices.map(({ previewUrl, languages, ...voice }) => ({
          ...voice,
          languages: [...languages],
          preview_url: previewUrl,
          is_default: voice.id === speech.defaultVoice,
        }));
        return { status: 200, body: { data } };
      },
    }),

    defineEndpoint({
      ...choose,
      method: 'get',
      path: '/v1/styles',
      operationId: 'listStyles',
      summary: 'Caption styles to choose from',
      answers: { 200: { description: 'The styles', body: choicesAnswer } },
      async handle() {
        const data = CAPTION_STYLES.map((id) => choice(id, STYLE_WORDS[id]));
        return { status: 200, body: { data } };
      },
    }),

    defineEndpoint({
      ...choose,
      method: 'get',
      path: '/v1/music',
      operationId: 'listMusic',
      summary: 'Music to choose from',
      answers: { 200: { description: 'The moods', body: choicesAnswer } },
      async handle() {
        const moods = MUSIC_MOODS.map((id) => choice(id, MUSIC_WORDS[id]));
        const auto = choice('auto', 'By what the video is about');
        const none = choice('none', 'No music');
        return { status: 200, body: { data: [auto, ...moods, none] } };
      },
    }),

    defineEndpoint({
      ...choose,
      method: 'get',
      path: '/v1/formats',
      operationId: 'listFormats',
      summary: 'Shapes to choose from, and the models in use',
      answers: { 200: { description: 'The formats and models', body: formatsAnswer } },
      async handle() {
        const { text, speech, video, transcription } = models;
        const data = FORMATS.map((id) => ({ id, ...FRAME_SIZE[id], fps: FILM_FPS }));
        return {
          status: 200,
          body: {
            data,
            models: {
              text: text.id,
              speech: speech.id,
              video: video.id,
              transcription: transcription.id,
              first_frame: video.accepts.firstFrame,
              reference_pictures: video.accepts.references,
              transcribes_without_script: transcription.hears,
            },
          },
        };
      },
    }),
  ];
}

function choice(id: string, description: string) {
  return { id, name: `${id.charAt(0).toUpperCase()}${id.slice(1)}`, description };
}
