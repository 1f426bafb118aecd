import { type Hearing, hearingRoute, makeHearing } from './hearing/hearing.ts';
import { openAiChatRoute } from './openai/chat-route.ts';
import { openAiRefusal } from './openai/errors.ts';
import { transcriptionRoute } from './openai/transcription-route.ts';
import { jsonReply } from './reply.ts';
import { type Ask, Refused } from './route.ts';
import { type StandIn, startStandIn } from './server.ts';

export type OpenAiOptions = {
  readonly port?: number;
  /** Keys that are accepted; any, unless given. */
  readonly keys?: readonly string[];
};

export type OpenAiStandIn = StandIn & {
  /** What OPENAI_BASE_URL would be. */
  readonly baseUrl: string;
  /** What is heard in which sound. */
  readonly hearing: Pick<Hearing, 'tell'>;
};

const BASE = '/v1';
const MODELS = ['whisper-1', 'gpt-4o-transcribe', 'gpt-4o-mini-transcribe', 'gpt-4o-mini'];

/**
 * OpenAI: transcription and chat. It hears the `prompt` it is given, or what it was told of a sound. Routes for
 * faults: `transcribe`, `chat`, `models`. Also steered by `POST transcripts`.
 */
export async function startOpenAi(options: OpenAiOptions = {}): Promise<OpenAiStandIn> {
  const { keys = null } = options;
  const hearing = makeHearing();
  const authorize = ({ headers }: Ask) => {
    const [, key] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
    if (key !== undefined && (keys === null || keys.includes(key))) return;
    throw new Refused(401, 'invalid_api_key', 'Incorrect API key provided.');
  };
  const standIn = await startStandIn({
    port: options.port ?? 0,
    refusal: openAiRefusal,
    routes: [
      transcriptionRoute(`${BASE}/audio/transcriptions`, hearing, authorize),
      openAiChatRoute(`${BASE}/chat/completions`, authorize),
      {
        ...{ name: 'models', method: 'GET', path: `${BASE}/models` },
        handle(ask) {
          authorize(ask);
          const data = MODELS.map((id) => ({
            ...{ id, object: 'model', created: 1_700_000_000, owned_by: 'stand-in' },
          }));
          return jsonReply({ object: 'list', data });
        },
      },
    ],
    steering: [hearingRoute(hearing)],
    onReset: hearing.forget,
  });
  return { ...standIn, baseUrl: standIn.url + BASE, hearing };
}
