import type { VendorProblem } from '../vendor-problem.ts';
import { type Answer, type MeaningName, whisperProblem } from './errors.ts';
import { readWhisperCppError } from './whisper-cpp-wire.ts';

export const WHISPER_CPP = 'The whisper.cpp server';

const STATUSES: Readonly<Record<number, MeaningName>> = {
  // It could not decode the sound, or did not find it in the form; which one, it does not say.
  400: 'rejectedRequest',
  // Of any fault but those of 400 and 500 the server makes a 404: a model that is still loading too.
  404: 'notThere',
  408: 'timedOut',
  429: 'busy',
};

/** What the server itself answers, where it does not mean that another try may succeed (server.cpp, 233fe1fc). */
const FAULTS: Readonly<Record<string, MeaningName>> = {
  'FFmpeg conversion failed.': 'rejectedRequest',
  'failed to read audio data': 'rejectedRequest',
  'failed to read WAV file': 'rejectedRequest',
};

/**
 * The problem that an answer with an error status stands for. Older servers answer faults with status 200:
 * those are told by their body alone.
 */
export function problemOfWhisperCpp({ status, bytes }: Answer): VendorProblem {
  const fault = readWhisperCppError(bytes);
  const name =
    (fault !== null && Object.hasOwn(FAULTS, fault) ? FAULTS[fault] : null) ??
    STATUSES[status] ??
    (status >= 400 && status < 500 ? 'rejectedRequest' : 'unavailable');
  return whisperProblem(WHISPER_CPP, name);
}
