import { join } from 'node:path';
import { DEFAULT_CACHE_DIR } from './cache.ts';
import { type ErrorShape, elevenLabsRefusal } from './elevenlabs/errors.ts';
import { modelList } from './elevenlabs/models.ts';
import { makeSpeaker, toneSpeech } from './elevenlabs/sound.ts';
import { speechRoutes } from './elevenlabs/speech-routes.ts';
import { allVoices, findVoice, voiceSettings, voicesPage, voiceView } from './elevenlabs/voices.ts';
import { jsonReply } from './reply.ts';
import { type Ask, Refused } from './route.ts';
import { type StandIn, startStandIn } from './server.ts';

export type ElevenLabsOptions = {
  readonly port?: number;
  /** Keys that are accepted; any, unless given. */
  readonly keys?: readonly string[];
  /** `tones`: a tone for each word, at no cost; `spoken`: the built-in voices. */
  readonly speech?: 'tones' | 'spoken';
  /** Calls at once; the plan of a creator allows 5. */
  readonly concurrency?: number;
  /** How long a call beyond that waits before it is refused. */
  readonly patienceMs?: number;
  /** How long a narration takes at the least. */
  readonly speakMs?: number;
  /** Plans of enterprises may ask for nothing to be kept. */
  readonly isEnterprise?: boolean;
  readonly errorShape?: ErrorShape;
  /** Where speech is kept between runs. */
  readonly cacheDir?: string;
};

export type ElevenLabsStandIn = StandIn & {
  /** What ELEVENLABS_BASE_URL would be. */
  readonly baseUrl: string;
};

/**
 * ElevenLabs: speech with the times of its characters, voices, models. Sound comes as WAV whatever format is asked
 * for, except `pcm_…`. Routes for faults: `speak`, `speak-stream`, `speak-timed`, `speak-timed-stream`, `voices`,
 * `old-voices`, `voice`, `voice-settings`, `models`, `subscription`.
 */
export async function startElevenLabs(options: ElevenLabsOptions = {}): Promise<ElevenLabsStandIn> {
  const { keys = null, cacheDir = DEFAULT_CACHE_DIR } = options;
  const authorize = ({ headers }: Ask) => {
    const key = headers['xi-api-key'];
    const isKnown = typeof key === 'string' && key !== '' && (keys === null || keys.includes(key));
    if (!isKnown) throw new Refused(401, 'invalid_api_key', 'Invalid API key');
  };
  const voice = ({ params }: Ask) => {
    const found = findVoice(params['voice'] ?? '');
    if (found) return found;
    throw new Refused(404, 'voice_not_found', 'A voice with that ID was not found.');
  };
  const get = (name: string, path: string, show: (ask: Ask) => unknown) => ({
    ...{ name, path },
    method: 'GET' as const,
    handle(ask: Ask) {
      authorize(ask);
      return jsonReply(show(ask));
    },
  });
  const speak = options.speech === 'spoken' ? makeSpeaker(join(cacheDir, 'speech')) : toneSpeech;

  const standIn: StandIn = await startStandIn({
    port: options.port ?? 0,
    refusal: elevenLabsRefusal(options.errorShape ?? 'current'),
    routes: [
      ...speechRoutes({
        ...{ speak, authorize },
        concurrency: options.concurrency ?? 5,
        patienceMs: options.patienceMs ?? 0,
        speakMs: options.speakMs ?? 0,
        isEnterprise: options.isEnterprise ?? false,
      }),
      get('voices', '/v2/voices', ({ query }) => voicesPage(query)),
      get('old-voices', '/v1/voices', () => ({ voices: allVoices() })),
      get('voice', '/v1/voices/:voice', (ask) => voiceView(voice(ask))),
      get('voice-settings', '/v1/voices/:voice/settings', (ask) => {
        voice(ask);
        return voiceSettings();
      }),
      get('models', '/v1/models', modelList),
      get('subscription', '/v1/user/subscription', () =>
        subscription(creditsIn(standIn.journal.purchases)),
      ),
    ],
  });
  return { ...standIn, baseUrl: standIn.url };
}

function creditsIn(purchases: StandIn['journal']['purchases']): number {
  return purchases.reduce((sum, { details }) => sum + Number(details['credits'] ?? 0), 0);
}

const CREDIT_LIMIT = 100_000;

function subscription(used: number): Record<string, unknown> {
  return {
    ...{ tier: 'creator', status: 'active', currency: 'usd', has_open_invoices: false },
    ...{ character_count: used, character_limit: CREDIT_LIMIT },
    ...{ max_character_limit_extension: null, can_extend_character_limit: false },
    ...{ allowed_to_extend_character_limit: false, next_character_count_reset_unix: 1_800_000_000 },
    ...{ voice_slots_used: 0, professional_voice_slots_used: 0, voice_limit: 30 },
    ...{ voice_add_edit_counter: 0, professional_voice_limit: 1, can_extend_voice_limit: false },
    ...{ can_use_instant_voice_cloning: true, can_use_professional_voice_cloning: true },
    ...{ billing_period: 'monthly_period', character_refresh_period: 'monthly_period' },
  };
}
