import { type Egress, makeEgress } from '../../platform/egress/egress.ts';
import type { Log } from '../../platform/log.ts';
import type { TimedWord, TranscriptionModel } from '../models.ts';
import { hearInParts, type SoundPart } from './hear-in-parts.ts';
import { whisperLanguage } from './languages.ts';
import { whisperCppPolicy } from './policy.ts';
import { problemOfFailure, problemOfWhisperCpp, whisperCppProblem } from './whisper-cpp-errors.ts';
import { readWhisperCppError, readWhisperCppWords } from './whisper-cpp-wire.ts';

export type WhisperCppOptions = {
  /** Where the server listens, such as `http://127.0.0.1:8080`; with or without `/inference`. */
  readonly url: string;
  /** The server serves one request at a time; others wait. */
  readonly maxCalls?: number;
  readonly log: Log;
};

const START_TIMEOUT_MS = 120_000;
/** A large model on a small machine, with other requests before ours. */
const TIMEOUT_PER_SECOND_MS = 6_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * A whisper.cpp server of one's own. Hears what nobody wrote down, and costs nothing. A known text is not sent: the
 * server takes it for what was said before, and may then leave it out.
 *
 * Not one call is repeated here: rejects with a `VendorProblem` that says how to go on, and with `unreadable_sound`
 * or `sound_too_long` before anything is sent.
 */
export function makeWhisperCppTranscription(options: WhisperCppOptions): TranscriptionModel {
  const { url, maxCalls = 1, log } = options;
  const egress = makeEgress(whisperCppPolicy(url.replace(/\/+(?:inference\/*)?$/, '')), null);
  return {
    id: 'whisper.cpp',
    lane: { name: 'whisper.cpp/transcription', limit: maxCalls },
    hears: true,
    estimate: (seconds) => ({ unit: 'seconds', units: seconds, costMicroUsd: 0, reference: null }),
    async transcribe({ file, language }, call) {
      const hear = (part: SoundPart) => ask(egress, part, { language, log, signal: call.signal });
      return await hearInParts(file, hear, call.signal);
    },
  };
}

async function ask(
  egress: Egress,
  part: SoundPart,
  { language, log, signal }: { language: string | null; log: Log; signal: AbortSignal },
): Promise<readonly TimedWord[]> {
  const timeoutMs = START_TIMEOUT_MS + Math.ceil(part.seconds * TIMEOUT_PER_SECOND_MS);
  const answer = await egress
    .send(
      { method: 'POST', path: '/inference', form: formOf(part, language) },
      { signal, timeoutMs, maxBytes: MAX_ANSWER_BYTES },
    )
    .catch((error: unknown) => {
      throw problemOfFailure(error);
    });
  const { status, bytes } = answer;
  if (status !== 200 || readWhisperCppError(bytes) !== null) throw problemOfWhisperCpp(answer);
  const words = readWhisperCppWords(bytes, part.seconds * 1000);
  if (words) return words;
  log.warn('transcription_answer_unusable', { status, size_bytes: bytes.length });
  throw whisperCppProblem('unusable');
}

function formOf(part: SoundPart, language: string | null): FormData {
  const form = new FormData();
  form.append('file', new File([part.wav], 'sound.wav', { type: 'audio/wav' }));
  form.append('response_format', 'verbose_json');
  // Without it, segments break inside words.
  form.append('split_on_word', 'true');
  // The server's own default is English.
  form.append('language', whisperLanguage(language) ?? 'auto');
  form.append('no_language_probabilities', 'true');
  form.append('temperature', '0.0');
  return form;
}
