import { EgressFailure } from '../../platform/egress/egress.ts';
import { Problem } from '../../platform/problem.ts';
import { type Recovery, VendorProblem } from '../vendor-problem.ts';

/** What a recogniser's answer means for us and for the user. */
type Meaning = {
  readonly code: string;
  readonly recovery: Recovery;
  readonly message: (vendor: string) => string;
  readonly action: string;
};

const AGAIN = 'Nothing to do: it is tried again by itself.';
const OPERATOR =
  'The operator of clipt needs to look at the OpenAI dashboard and OPENAI_API_KEY, or set WHISPER_URL.';

const MEANINGS = {
  busy: {
    code: 'provider_busy',
    recovery: 'retry',
    message: (vendor) => `${vendor} is busy.`,
    action: AGAIN,
  },
  unavailable: {
    code: 'provider_unavailable',
    recovery: 'retry',
    message: (vendor) => `${vendor} has a fault at the moment.`,
    action: AGAIN,
  },
  notThere: {
    code: 'provider_unavailable',
    recovery: 'retry',
    message: (vendor) => `${vendor} is still starting, or is not what answers at its address.`,
    action:
      'It is tried again by itself. If it stays, the operator of clipt needs to check WHISPER_URL.',
  },
  timedOut: {
    code: 'provider_timed_out',
    recovery: 'retry',
    message: (vendor) => `${vendor} did not answer in time.`,
    action: AGAIN,
  },
  rejectedKey: {
    code: 'provider_rejected_key',
    recovery: 'fail',
    message: (vendor) => `${vendor} does not accept the API key.`,
    action: OPERATOR,
  },
  quotaExhausted: {
    code: 'provider_quota_exhausted',
    recovery: 'wait',
    message: (vendor) => `What may be spent with ${vendor} is used up.`,
    action: `The work goes on by itself once there is quota again. ${OPERATOR}`,
  },
  modelUnavailable: {
    code: 'provider_model_unavailable',
    recovery: 'fail',
    message: (vendor) => `${vendor} does not offer the transcription model to this account.`,
    action: OPERATOR,
  },
  rejectedRequest: {
    code: 'provider_rejected_request',
    recovery: 'fail',
    message: (vendor) => `${vendor} did not accept the sound.`,
    action: 'Try another file. If it stays, report it: it may be a fault of clipt.',
  },
  unusable: {
    code: 'provider_answer_unusable',
    recovery: 'retry',
    message: (vendor) => `${vendor} gave an answer that clipt cannot use.`,
    action: AGAIN,
  },
} as const satisfies Record<string, Meaning>;

export type MeaningName = keyof typeof MEANINGS;

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
};

/** A problem of ours by its meaning. The vendor's sentence is never shown. */
export function whisperProblem(
  vendor: string,
  name: MeaningName,
  details: {
    readonly vendorCode?: string | null;
    readonly retryAfterMs?: number | null;
    readonly cause?: unknown;
  } = {},
): VendorProblem {
  const { code, recovery, message, action } = MEANINGS[name];
  return new VendorProblem({ code, recovery, message: message(vendor), action, ...details });
}

/** What a failed exchange stands for, where nothing could have been bought. Anything else is handed on as it is. */
export function problemOfFailure(vendor: string, error: unknown): unknown {
  if (!(error instanceof EgressFailure) || error.code === 'canceled') return error;
  if (error.code === 'vendor_timed_out')
    return whisperProblem(vendor, 'timedOut', { cause: error });
  const name = error.code === 'vendor_answer_too_large' ? 'unusable' : 'unavailable';
  return whisperProblem(vendor, name, { cause: error });
}

export const soundTooLong = (minutes: number) =>
  new Problem({
    kind: 'invalid',
    code: 'sound_too_long',
    message: `Sound of more than ${minutes} minutes cannot be transcribed at once.`,
    action: 'Cut the file into shorter ones.',
  });
