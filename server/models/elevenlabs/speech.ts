import type { MediaEngine } from '../../media/media.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import {
  type Egress,
  type EgressAnswer,
  EgressFailure,
  type EgressRequest,
  makeEgress,
} from '../../platform/egress/egress.ts';
import type { Log } from '../../platform/log.ts';
import type { ModelCall, Narration, Speech, SpeechModel } from '../models.ts';
import { isClearRefusal, isSuccess, readJson, wholeNumber } from '../vendor-answer.ts';
import { OrderUncertain, type VendorProblem } from '../vendor-problem.ts';
import { decodeAudio, writeSpeech } from './audio.ts';
import { capabilitiesOf, countCharacters } from './capabilities.ts';
import { elevenLabsProblem, problemOfAnswer, problemOfFailure, VENDOR } from './errors.ts';
import { elevenLabsKeys, elevenLabsPolicy } from './policy.ts';
import { type CreditPrices, LIST_PRICES, listedCredits, speechUsage } from './prices.ts';
import { speechRequest } from './speech-request.ts';
import { makeVoices } from './voices.ts';
import { readErrorBody, spokenAnswer } from './wire.ts';
import { endOfAlignmentMs, wordsOfAnswer } from './words.ts';

export type ElevenLabsOptions = {
  /** The first is used; the next where the vendor does not take it. */
  readonly apiKeys: readonly string[];
  readonly baseUrl: string;
  readonly model?: string;
  /** A voice id of the account. */
  readonly defaultVoice: string;
  /** The vendor keeps nothing of a request; enterprise plans only, others refuse it. */
  readonly zeroRetention?: boolean;
  /** Calls at once over all processes; what the plan allows (2 free, 3 starter, 5 creator, 10 pro). */
  readonly maxCalls?: number;
  readonly engine: MediaEngine;
  /** Holds a folder per narration while it is converted; it must exist. */
  readonly workDir: string;
  readonly log: Log;
  /** What a credit costs with the operator's plan. */
  readonly prices?: CreditPrices;
  readonly now?: Clock;
};

/** The vendor's own client waits as long. */
const TIMEOUT_MS = 240_000;
/** A character of the slowest speech is half a second: 8 KB of MP3, a third more as base64, and its times. */
const ANSWER_BYTES_PER_CHARACTER = 12 * 1024;
const LEAST_ANSWER_BYTES = 4 * 1024 * 1024;
const MOST_ANSWER_BYTES = 128 * 1024 * 1024;
/** Sound that ends this much before its last word was cut off. */
const CUT_MS = 1_000;
const CUT_SHARE = 0.1;
/** Ids of voices as the vendor writes them, with room to spare. */
const VOICE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Voices by ElevenLabs, with the times of their words. The vendor gets the text, the ends of its neighbours, the
 * voice and the model, nothing of the user.
 *
 * Every accepted call is charged, so none is repeated here: rejects with a `VendorProblem` that says how to go on,
 * and with `OrderUncertain` after a timeout or a broken answer. `voice_unknown` and `narration_too_long` are mostly
 * found before anything is sent. Words are those of the text, parted by white space; in scripts without spaces, its characters.
 */
export function makeElevenLabsSpeechModel(options: ElevenLabsOptions): SpeechModel {
  const { model = 'eleven_multilingual_v2', maxCalls = 3, apiKeys, log } = options;
  const { prices = LIST_PRICES, now = systemClock, zeroRetention = false } = options;
  const egress = makeEgress(elevenLabsPolicy(options.baseUrl), elevenLabsKeys(apiKeys));
  const voices = makeVoices({ egress, model, log, now });
  const charge = { prices, now };
  const heedPlan = makePlanWatch(maxCalls, log);

  /** The answer, once it is whole and what it cost is told. */
  async function order(narration: Narration, call: ModelCall) {
    const { text } = narration;
    const request = speechRequest(narration, { model, zeroRetention });
    const maxBytes = LEAST_ANSWER_BYTES + countCharacters(text) * ANSWER_BYTES_PER_CHARACTER;
    const answer = await send(egress, request, {
      signal: call.signal,
      maxBytes: Math.min(MOST_ANSWER_BYTES, maxBytes),
    });
    const { headers } = answer;
    if (!isSuccess(answer)) throw problemOfRefusal(answer);
    const credits = billedCredits(headers['character-cost']) ?? listedCredits(model, text);
    call.bought?.(speechUsage(credits, headers['request-id'] ?? null, charge));
    heedPlan(headers['maximum-concurrent-requests']);
    return readSpoken(answer);
  }

  return {
    id: `elevenlabs/${model}`,
    lane: { name: 'elevenlabs/speech', limit: maxCalls },
    defaultVoice: options.defaultVoice,
    listVoices: ({ signal }) => voices(signal),
    estimate: (text) => speechUsage(listedCredits(model, text), null, charge),
    async speak(narration, file, call): Promise<Speech> {
      const { text, voice } = narration;
      if (!VOICE_ID.test(voice)) throw elevenLabsProblem('voiceUnknown');
      if (countCharacters(text) > capabilitiesOf(model).mostCharacters)
        throw elevenLabsProblem('tooLong');
      const spoken = await order(narration, call);
      const audio = decodeAudio(spoken.audio_base64);
      const seconds = await writeSpeech(audio, file, options, call);
      const soundMs = seconds * 1000;
      if (soundMs === 0 || isCut(soundMs, endOfAlignmentMs(spoken.alignment))) {
        throw elevenLabsProblem('unusable');
      }
      return { seconds, words: wordsOfAnswer(spoken, text, soundMs) };
    },
  };
}

async function send(
  egress: Egress,
  request: EgressRequest,
  call: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<EgressAnswer> {
  const { signal, maxBytes } = call;
  try {
    return await egress.send(request, { signal, timeoutMs: TIMEOUT_MS, maxBytes });
  } catch (error) {
    const isOurs = !(error instanceof EgressFailure) || error.code === 'canceled';
    if (isOurs || !error.mayHaveArrived) throw problemOfFailure(error);
    throw new OrderUncertain(VENDOR, error);
  }
}

/** An answer that is not the vendor's own may hide a narration that was made, and charged. */
function problemOfRefusal(answer: EgressAnswer): VendorProblem {
  const problem = problemOfAnswer(answer);
  const isClear = isClearRefusal(answer, readErrorBody(answer.bytes) !== null);
  return isClear ? problem : new OrderUncertain(VENDOR, problem);
}

function readSpoken({ bytes }: EgressAnswer) {
  const json = readJson(bytes);
  if (json === undefined) throw new OrderUncertain(VENDOR, new Error('a broken answer'));
  const spoken = spokenAnswer.safeParse(json);
  if (spoken.success) return spoken.data;
  throw elevenLabsProblem('unusable', { vendorCode: readErrorBody(bytes)?.codes[0] ?? null });
}

/** The credits that were really taken, which can be far below the length of the text. */
function billedCredits(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,9}(?:\.\d{1,9})?$/.test(header)
    ? Math.ceil(Number(header))
    : null;
}

/** Calls beyond the plan's limit are refused as busy: the operator is told once why work may be slow. */
function makePlanWatch(maxCalls: number, log: Log): (header: string | undefined) => void {
  let isTold = false;
  return (header) => {
    const limit = wholeNumber(header) ?? maxCalls;
    if (isTold || limit >= maxCalls) return;
    log.warn('elevenlabs_plan_below_max_calls', { count: limit });
    isTold = true;
  };
}

function isCut(soundMs: number, lastWordMs: number): boolean {
  return soundMs + Math.max(CUT_MS, lastWordMs * CUT_SHARE) < lastWordMs;
}
