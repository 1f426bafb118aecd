import type { EgressAnswer } from '../../platform/egress/egress.ts';
import { askedPauseMs } from '../vendor-answer.ts';
import { commonMeanings, type Meaning, makeProblems, meaningOfStatus } from '../vendor-meanings.ts';
import type { VendorProblem } from '../vendor-problem.ts';
import { rejectedSound } from './errors.ts';
import { type OpenAiError, readOpenAiError } from './openai-wire.ts';

export const OPENAI = 'OpenAI';

const OPERATOR =
  'The operator of clipt needs to look at the OpenAI dashboard and OPENAI_API_KEY, or set WHISPER_URL.';

const MEANINGS = {
  ...commonMeanings(OPENAI, OPERATOR),
  modelUnavailable: {
    code: 'provider_model_unavailable',
    recovery: 'fail',
    message: `${OPENAI} does not offer the transcription model to this account.`,
    action: OPERATOR,
  },
  rejectedRequest: rejectedSound(OPENAI),
} as const satisfies Record<string, Meaning>;

type MeaningName = keyof typeof MEANINGS;

export const { problem: openAiProblem, ofFailure: problemOfFailure } = makeProblems(MEANINGS);

/** The vendor's codes (OpenAI, error-code page, 2026-08). */
const CODES: Readonly<Record<string, MeaningName>> = {
  invalid_api_key: 'rejectedKey',
  account_deactivated: 'rejectedKey',
  invalid_organization: 'rejectedKey',
  unsupported_country_region_territory: 'rejectedKey',
  insufficient_quota: 'quotaExhausted',
  billing_hard_limit_reached: 'quotaExhausted',
  billing_not_active: 'quotaExhausted',
  rate_limit_exceeded: 'busy',
  model_not_found: 'modelUnavailable',
  server_error: 'unavailable',
};

const STATUSES: Readonly<Record<number, MeaningName>> = {
  401: 'rejectedKey',
  402: 'quotaExhausted',
  403: 'rejectedKey',
  404: 'modelUnavailable',
  408: 'timedOut',
  409: 'busy',
  425: 'busy',
  429: 'busy',
};

/** The problem that an answer with an error status stands for: by its code or type where known, else by its status. */
export function problemOfOpenAi({ status, headers, bytes }: EgressAnswer): VendorProblem {
  const error = readOpenAiError(bytes);
  return openAiProblem(meaningOfError(error) ?? meaningOfStatus(status, STATUSES), {
    vendorCode: error?.code ?? error?.type ?? null,
    retryAfterMs: askedPauseMs(headers),
  });
}

function meaningOfError(error: OpenAiError | null): MeaningName | null {
  for (const word of [error?.code, error?.type]) {
    if (word && Object.hasOwn(CODES, word)) return CODES[word] ?? null;
  }
  return null;
}
