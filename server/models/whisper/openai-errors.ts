import type { VendorProblem } from '../vendor-problem.ts';
import { type Answer, type MeaningName, whisperProblem } from './errors.ts';
import { type OpenAiError, readOpenAiError } from './openai-wire.ts';

export const OPENAI = 'OpenAI';

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
export function problemOfOpenAi({ status, headers, bytes }: Answer): VendorProblem {
  const error = readOpenAiError(bytes);
  return whisperProblem(OPENAI, meaningOfError(error) ?? meaningOfStatus(status), {
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

function meaningOfStatus(status: number): MeaningName {
  const known = STATUSES[status];
  if (known) return known;
  if (status >= 500) return 'unavailable';
  return status >= 400 ? 'rejectedRequest' : 'unusable';
}

/** `retry-after-ms`, or `retry-after` in seconds. */
function askedPauseMs(headers: Answer['headers']): number | null {
  const ms = wholeNumber(headers['retry-after-ms']);
  const seconds = wholeNumber(headers['retry-after']);
  return ms ?? (seconds === null ? null : seconds * 1_000);
}

const wholeNumber = (header: string | undefined): number | null =>
  header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : null;
