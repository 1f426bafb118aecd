import { meaningOfStatus } from '../vendor-meanings.ts';
import type { MeaningName } from './meanings.ts';
import type { ErrorBody } from './wire.ts';

/**
 * The vendor's codes (ModelArk, error-code page, 2026-10). A code is meant by its own name or by a name it goes on
 * from after a dot; the longest name counts.
 */
const CODES: Readonly<Record<string, MeaningName>> = {
  MissingParameter: 'rejectedRequest',
  InvalidParameter: 'rejectedRequest',
  InvalidImageURL: 'rejectedRequest',
  OutofContextError: 'rejectedRequest',
  InvalidArgumentError: 'rejectedRequest',
  'InvalidEndpoint.ClosedEndpoint': 'unavailable',
  InvalidEndpoint: 'modelUnavailable',
  InvalidEndpointOrModel: 'modelUnavailable',
  ModelNotOpen: 'modelUnavailable',
  // A fault of the vendor's moderation itself; it has not judged anything.
  ContentSecurityDetectionError: 'unavailable',
  AuthenticationError: 'rejectedKey',
  InvalidAccountStatus: 'rejectedKey',
  AccessDenied: 'rejectedKey',
  OperationDenied: 'rejectedKey',
  'OperationDenied.ServiceOverdue': 'overdue',
  AccountOverdueError: 'overdue',
  RateLimitExceeded: 'busy',
  AccountRateLimitExceeded: 'busy',
  InflightBatchsizeExceeded: 'busy',
  RequestBurstTooFast: 'busy',
  ServerOverloaded: 'busy',
  // The operator's own cap: raised by hand, and then the parked work goes on.
  SetLimitExceeded: 'quotaExhausted',
  InternalServiceError: 'unavailable',
};

/** All spellings of the vendor's refusals by content, of what we sent and of what it made. */
const REFUSED_CONTENT = /(?:SensitiveContent|RiskDetection)/;
/** `ModelAccountRpmRateLimitExceeded` and its relatives. */
const RATE_LIMIT = /^(?:Model|API)Account(?:Rpm|Tpm|Ipm)RateLimitExceeded$/;

const STATUSES: Readonly<Record<number, MeaningName>> = {
  401: 'rejectedKey',
  402: 'overdue',
  403: 'rejectedKey',
  404: 'modelUnavailable',
  408: 'timedOut',
  429: 'busy',
};

/** What an error answer means: by its code where it is known, else by its status. */
export function meaningOf(error: ErrorBody | null, status: number): MeaningName {
  // Not the vendor speaks then, but what answers where the base URL leads.
  if (error === null && status === 404) return 'unusable';
  return (error && meaningOfCode(error)) ?? meaningOfStatus(status, STATUSES);
}

/** Null for a code that is not in the table. */
export function meaningOfCode({ code, message }: ErrorBody): MeaningName | null {
  if (REFUSED_CONTENT.test(code)) return 'refusedContent';
  if (RATE_LIMIT.test(code)) return 'busy';
  // One code for two things, which only its sentence tells apart.
  if (isOrBelow(code, 'QuotaExceeded')) return quotaMeaning(message);
  const name = Object.keys(CODES)
    .filter((known) => isOrBelow(code, known))
    .sort((one, other) => other.length - one.length)[0];
  return name === undefined ? null : (CODES[name] ?? null);
}

const isOrBelow = (code: string, known: string): boolean =>
  code === known || code.startsWith(`${known}.`) || code.startsWith(`${known}[`);

/** Too many tasks that wait pass by themselves; a used-up plan does not. */
function quotaMeaning(message: string): MeaningName {
  if (/queue/i.test(message)) return 'busy';
  return /\b(?:trial|free|plan|package|exhausted|used up)\b/i.test(message)
    ? 'quotaExhausted'
    : 'busy';
}
