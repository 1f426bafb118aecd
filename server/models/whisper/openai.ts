import { type Clock, systemClock } from '../../platform/clock.ts';
import {
  bearer,
  type Egress,
  type EgressAnswer,
  EgressFailure,
  makeEgress,
} from '../../platform/egress/egress.ts';
import type { Log } from '../../platform/log.ts';
import type { TimedWord, TranscriptionModel, Usage } from '../models.ts';
import { isClearRefusal, isSuccess } from '../vendor-answer.ts';
import { OrderUncertain, type VendorProblem } from '../vendor-problem.ts';
import { hearInParts, type SoundPart } from './hear-in-parts.ts';
import { whisperLanguage } from './languages.ts';
import { OPENAI, openAiProblem, problemOfFailure, problemOfOpenAi } from './openai-errors.ts';
import { hearingUsage } from './openai-prices.ts';
import { readOpenAiError, readOpenAiHearing } from './openai-wire.ts';
import { openAiPolicy } from './policy.ts';
import { promptOf } from './prompt.ts';
import { punctuated } from './punctuation.ts';

export type OpenAiTranscriptionOptions = {
  /** The first is used; the next where the vendor does not take it. */
  readonly apiKeys: readonly string[];
  readonly baseUrl: string;
  /** Only `whisper-1` and what stands in for it gives word times. */
  readonly model?: string;
  /** Calls at once over all processes. */
  readonly maxCalls: number;
  readonly log: Log;
  readonly now?: Clock;
};

/** Twelve minutes of sound take well under a minute; beyond this an answer is not coming. */
const TIMEOUT_MS = 240_000;
/** Far above the word times of 12 minutes of the fastest speech. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * OpenAI's Whisper. Hears what nobody wrote down; a known text lends it the spelling of names. Words heard without a
 * known text carry their punctuation. Nothing but sound, language and that text reaches the vendor.
 *
 * One call for up to 12 minutes of sound, one after another for longer. None is repeated here: rejects with a
 * `VendorProblem` that says how to go on, `OrderUncertain` after a timeout or a broken answer, and `unreadable_sound`
 * or `sound_too_long` before anything is sent.
 */
export function makeOpenAiTranscription(options: OpenAiTranscriptionOptions): TranscriptionModel {
  const { model = 'whisper-1', now = systemClock } = options;
  const ask = makeAsk(
    makeEgress(openAiPolicy(options.baseUrl), bearer(options.apiKeys)),
    model,
    options,
  );
  return {
    id: `openai/${model}`,
    lane: { name: 'openai/transcription', limit: options.maxCalls },
    hears: true,
    estimate: (seconds) => hearingUsage(seconds, null, now),
    async transcribe({ file, text, language }, call) {
      const usages: Usage[] = [];
      const hear = async (part: SoundPart) => {
        const known = { text, language };
        const { words, text: heard } = await ask(part, known, call.signal, (usage) => {
          usages.push(usage);
        });
        return text === null ? punctuated(words, heard) : words;
      };
      try {
        return await hearInParts(file, hear, call.signal);
      } finally {
        // Parts before one that failed were charged all the same.
        const usage = sum(usages);
        if (usage) call.bought?.(usage);
      }
    },
  };
}

function sum(usages: readonly Usage[]): Usage | null {
  const last = usages.at(-1);
  if (!last) return null;
  const total = (of: (usage: Usage) => number) => usages.reduce((all, one) => all + of(one), 0);
  return {
    ...last,
    units: total((one) => one.units),
    costMicroUsd: total((one) => one.costMicroUsd),
  };
}

type Known = { readonly text: string | null; readonly language: string | null };
type Heard = { readonly words: readonly TimedWord[]; readonly text: string };

function makeAsk(egress: Egress, model: string, options: OpenAiTranscriptionOptions) {
  const { log, now = systemClock } = options;

  return async function ask(
    part: SoundPart,
    known: Known,
    signal: AbortSignal,
    charged: (usage: Usage) => void,
  ): Promise<Heard> {
    const answer = await egress
      .send(
        {
          method: 'POST',
          path: '/audio/transcriptions',
          form: formOf(part, known, model),
        },
        { signal, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES },
      )
      .catch((error: unknown) => {
        throw isUncertain(error) ? new OrderUncertain(OPENAI, error) : problemOfFailure(error);
      });
    const { status, headers, bytes } = answer;
    if (!isSuccess(answer)) throw problemOfRefusal(answer);
    const hearing = readOpenAiHearing(bytes);
    const seconds = hearing?.billedSeconds ?? part.seconds;
    charged(hearingUsage(seconds, headers['x-request-id'] ?? null, now));
    if (hearing) return hearing;
    log.warn('transcription_answer_unusable', { status, size_bytes: bytes.length });
    throw openAiProblem('unusable');
  };
}

/** An answer that is not the vendor's own may hide a hearing that was done, and charged. */
function problemOfRefusal(answer: EgressAnswer): VendorProblem {
  const problem = problemOfOpenAi(answer);
  const isClear = isClearRefusal(answer, readOpenAiError(answer.bytes) !== null);
  return isClear ? problem : new OrderUncertain(OPENAI, problem);
}

/** It may have been heard, and charged, without our hearing of it. */
function isUncertain(error: unknown): boolean {
  return error instanceof EgressFailure && error.mayHaveArrived && error.code !== 'canceled';
}

function formOf(part: SoundPart, { text, language }: Known, model: string): FormData {
  const form = new FormData();
  // The service goes by the name's ending; the name says nothing.
  form.append('file', new File([part.wav], 'sound.wav', { type: 'audio/wav' }));
  form.append('model', model);
  form.append('response_format', 'verbose_json');
  form.append('timestamp_granularities[]', 'word');
  form.append('timestamp_granularities[]', 'segment');
  const code = whisperLanguage(language);
  // ISO 639-1 alone: of its other codes the service knows nothing.
  if (code?.length === 2) form.append('language', code);
  const prompt = promptOf(text, part.toShare);
  if (prompt !== null) form.append('prompt', prompt);
  return form;
}
