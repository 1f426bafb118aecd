import type { EgressAnswer } from '../../platform/egress/egress.ts';
import { askedPauseMs } from '../vendor-answer.ts';
import { commonMeanings, type Meaning, makeProblems, meaningOfStatus } from '../vendor-meanings.ts';
import type { VendorProblem } from '../vendor-problem.ts';
import { type ErrorBody, readErrorBody } from './wire.ts';

export const VENDOR = 'ElevenLabs';

const OPERATOR =
  'The operator of clipt needs to look at the ElevenLabs account and ELEVENLABS_API_KEY.';

/** What the vendor's error codes mean for us and for the user. */
const MEANINGS = {
  ...commonMeanings(VENDOR, OPERATOR),
  modelUnavailable: {
    code: 'provider_model_unavailable',
    recovery: 'fail',
    message: `${VENDOR} does not offer the chosen model to this account.`,
    action: 'The operator of clipt needs to choose another model by ELEVENLABS_MODEL.',
  },
  planTooSmall: {
    code: 'provider_rejected_request',
    recovery: 'fail',
    message: `The plan with ${VENDOR} does not include this voice or setting.`,
    action: `Choose another voice. ${OPERATOR}`,
  },
  voiceUnknown: {
    code: 'voice_unknown',
    recovery: 'fail',
    kind: 'invalid',
    message: `${VENDOR} has no such voice for this account.`,
    action: 'Choose one of the voices that clipt lists.',
  },
  tooLong: {
    code: 'narration_too_long',
    recovery: 'fail',
    kind: 'invalid',
    message: `The narration is longer than ${VENDOR} speaks at once.`,
    action: 'Split the scene in two.',
  },
  refusedContent: {
    code: 'provider_refused_content',
    recovery: 'fail',
    kind: 'invalid',
    message: `${VENDOR} refused the content.`,
    action: 'Change what the scene says; then render again.',
  },
  rejectedRequest: {
    code: 'provider_rejected_request',
    recovery: 'fail',
    message: `${VENDOR} did not accept the request.`,
    action:
      'Change the narration or the voice. If it stays, report it: it may be a fault of clipt.',
  },
} as const satisfies Record<string, Meaning>;

type MeaningName = keyof typeof MEANINGS;

/** The vendor's codes, old names and new (ElevenLabs, error page and help centre, 2026-08). */
const CODES: Readonly<Record<string, MeaningName>> = {
  invalid_api_key: 'rejectedKey',
  missing_permissions: 'rejectedKey',
  detected_unusual_activity: 'rejectedKey',
  needs_authorization: 'rejectedKey',
  quota_exceeded: 'quotaExhausted',
  'only_for_creator+': 'planTooSmall',
  paid_plan_required: 'planTooSmall',
  voice_not_found: 'voiceUnknown',
  invalid_uid: 'voiceUnknown',
  max_character_limit_exceeded: 'tooLong',
  unsupported_model: 'modelUnavailable',
  model_not_found: 'modelUnavailable',
  concurrent_limit_exceeded: 'busy',
  too_many_concurrent_requests: 'busy',
  rate_limit_exceeded: 'busy',
  system_busy: 'busy',
};

const STATUSES: Readonly<Record<number, MeaningName>> = {
  401: 'rejectedKey',
  408: 'timedOut',
  409: 'busy',
  425: 'busy',
  429: 'busy',
};

/** A 402 that is about one voice or feature; another one costs no more. */
const ABOUT_PLAN = /\b(?:voices?|free users?|library|upgrade|tier)\b/i;
/** A voice that is missing, told in a sentence alone. */
const ABOUT_MISSING_VOICE = /\bvoice\b.*\b(?:not found|(?:does|did) not exist)/i;
/** The refusals by content that a 403 may mean; the vendor lists no codes for them. */
const ABOUT_CONTENT =
  /moderat|polic(?:y|ies)|prohibited|safety|harmful|violat|terms of (?:use|service)/i;

/** What an error answer means: by its code where it is known, else by its status. */
function meaningOf(error: ErrorBody | null, status: number): MeaningName {
  for (const code of error?.codes ?? []) {
    const known = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
    if (known) return known;
  }
  const words = error ? [...error.codes, error.message].join(' ') : '';
  if (status === 402) return ABOUT_PLAN.test(words) ? 'planTooSmall' : 'quotaExhausted';
  if ((status === 400 || status === 404) && ABOUT_MISSING_VOICE.test(words)) return 'voiceUnknown';
  if (status === 403 && ABOUT_CONTENT.test(words)) return 'refusedContent';
  return meaningOfStatus(status, STATUSES);
}

export const { problem: elevenLabsProblem, ofFailure: problemOfFailure } = makeProblems(MEANINGS);

/** The problem that an answer with an error status stands for. */
export function problemOfAnswer(answer: EgressAnswer): VendorProblem {
  const error = readErrorBody(answer.bytes);
  return elevenLabsProblem(meaningOf(error, answer.status), {
    vendorCode: error?.codes[0] ?? null,
    // The vendor documents none, but what stands before it may ask for one.
    retryAfterMs: askedPauseMs(answer.headers),
  });
}
