import type { EgressAnswer } from '../../platform/egress/egress.ts';
import { commonMeanings, type Meaning, makeProblems } from '../vendor-meanings.ts';
import type { VendorProblem } from '../vendor-problem.ts';
import { rejectedSound } from './errors.ts';
import { readWhisperCppError } from './whisper-cpp-wire.ts';

export const WHISPER_CPP = 'The whisper.cpp server';

const OPERATOR = 'The operator of clipt needs to check WHISPER_URL.';

const MEANINGS = {
  ...commonMeanings(WHISPER_CPP, OPERATOR),
  notThere: {
    code: 'provider_unavailable',
    recovery: 'retry',
    message: `${WHISPER_CPP} is still starting, or is not what answers at its address.`,
    action: `It is tried again by itself. If it stays: ${OPERATOR}`,
  },
  rejectedRequest: rejectedSound(WHISPER_CPP),
} as const satisfies Record<string, Meaning>;

type MeaningName = keyof typeof MEANINGS;

export const { problem: whisperCppProblem, ofFailure: problemOfFailure } = makeProblems(MEANINGS);

const STATUSES: Readonly<Record<number, MeaningName>> = {
  // It could not decode the sound, or did not find it in the form; which one, it does not say.
  400: 'rejectedRequest',
  // The server asks nobody for a key: these are a proxy's.
  401: 'notThere',
  403: 'notThere',
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
export function problemOfWhisperCpp({ status, bytes }: EgressAnswer): VendorProblem {
  const fault = readWhisperCppError(bytes);
  const name =
    (fault !== null && Object.hasOwn(FAULTS, fault) ? FAULTS[fault] : null) ??
    STATUSES[status] ??
    (status >= 400 && status < 500 ? 'rejectedRequest' : 'unavailable');
  return whisperCppProblem(name);
}
