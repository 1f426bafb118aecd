import { setTimeout as delay } from 'node:timers/promises';
import { faultOf } from '../faults.ts';
import { jsonReply, type Reply } from '../reply.ts';
import { type Ask, Refused, type Route } from '../route.ts';
import { type Alignment, alignCharacters } from './alignment.ts';
import { newId } from './ids.ts';
import { readSpeechRequest, type SpeechRequest } from './request.ts';
import { type Speaking, type Spoken, soundBytes } from './sound.ts';

export type SpeechRouteOptions = {
  readonly speak: (speaking: Speaking, signal: AbortSignal) => Promise<Spoken> | Spoken;
  readonly authorize: (ask: Ask) => void;
  /** Calls at once; more wait for `patienceMs` and are refused. */
  readonly concurrency: number;
  readonly patienceMs: number;
  /** How long a narration takes at the least. */
  readonly speakMs: number;
  readonly isEnterprise: boolean;
};

const PATIENCE_STEP_MS = 20;

/** Speaking, in the vendor's four ways. Only `speak-timed` has been met in earnest: it is the one we use. */
export function speechRoutes(options: SpeechRouteOptions): readonly Route[] {
  const { authorize, concurrency } = options;
  let speaking = 0;

  async function turn({ signal }: Ask): Promise<void> {
    for (let waitedMs = 0; speaking >= concurrency; waitedMs += PATIENCE_STEP_MS) {
      if (waitedMs >= options.patienceMs) {
        const message = `Too many concurrent requests. Your plan allows ${concurrency}.`;
        throw new Refused(429, 'concurrent_limit_exceeded', message);
      }
      await delay(PATIENCE_STEP_MS, undefined, { signal });
    }
  }

  async function spoken(ask: Ask): Promise<{ request: SpeechRequest; spoken: Spoken }> {
    if (options.speakMs > 0) await delay(options.speakMs, undefined, { signal: ask.signal });
    const request = readSpeechRequest(ask, options.isEnterprise);
    if (faultOf(ask.faults, 'moderation')) {
      const message = 'The text violates our prohibited use policy.';
      throw new Refused(403, 'content_moderated', message);
    }
    return { request, spoken: await options.speak(request, ask.signal) };
  }

  function route(name: string, path: string, present: Present): Route {
    return {
      ...{ name, method: 'POST', path: `/v1/text-to-speech/:voice${path}` },
      async handle(ask) {
        authorize(ask);
        await turn(ask);
        speaking += 1;
        try {
          const { request, spoken: said } = await spoken(ask);
          const id = newId();
          buy(ask, request, id);
          const headers = headersOf(request, id, speaking, concurrency);
          return present(ask, request, said, headers);
        } finally {
          speaking -= 1;
        }
      },
    };
  }

  return [
    route('speak', '', asSound),
    route('speak-stream', '/stream', asSound),
    route('speak-timed', '/with-timestamps', asTimed),
    route('speak-timed-stream', '/stream/with-timestamps', asTimed),
  ];
}

type Present = (
  ask: Ask,
  request: SpeechRequest,
  spoken: Spoken,
  headers: Record<string, string>,
) => Reply;

function buy(ask: Ask, request: SpeechRequest, id: string): void {
  const { text, voice, modelId, credits } = request;
  ask.bought({ id, key: text, details: { text, voice, model: modelId, credits } });
}

function headersOf(
  { credits }: SpeechRequest,
  id: string,
  current: number,
  most: number,
): Record<string, string> {
  return {
    'request-id': id,
    'history-item-id': newId(),
    'character-cost': String(credits),
    'current-concurrent-requests': String(current),
    'maximum-concurrent-requests': String(most),
    'tts-latency-ms': '42',
    'x-region': 'stand-in',
    'x-trace-id': newId(),
  };
}

const asSound: Present = (_ask, { format, speed }, { sound }, headers) => ({
  status: 200,
  headers: { ...headers, 'content-type': format.startsWith('pcm_') ? 'audio/pcm' : 'audio/wav' },
  body: soundBytes(sound, format, speed),
});

const asTimed: Present = (ask, { text, format, speed }, { sound, words }, headers) => {
  const times = timesAsTold(ask, alignCharacters(text, words, speed));
  const json = {
    audio_base64: soundBytes(sound, format, speed).toString('base64'),
    ...{ alignment: times, normalized_alignment: times },
  };
  return jsonReply(json, { headers });
};

function timesAsTold({ faults }: Ask, times: Alignment): Alignment | null {
  const how = faultOf(faults, 'times')?.how;
  if (how === 'none') return null;
  if (how === 'uneven') return { ...times, characters: times.characters.slice(1) };
  if (how !== 'beyond') return times;
  const later = (all: readonly number[]) => all.map((one) => one * 3);
  return {
    ...times,
    character_start_times_seconds: later(times.character_start_times_seconds),
    character_end_times_seconds: later(times.character_end_times_seconds),
  };
}
