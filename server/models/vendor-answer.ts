import type { EgressAnswer } from '../platform/egress/egress.ts';

/** The JSON of an answer, or undefined for anything else. */
export function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

export const isSuccess = ({ status }: EgressAnswer): boolean => status >= 200 && status < 300;

/**
 * True when what was asked for was certainly not done: a refusal in the vendor's own words, or a status that means so
 * whoever gives it. A fault without the vendor's words, or a proxy's own time limit, may hide an accepted request.
 */
export function isClearRefusal({ status }: EgressAnswer, isInVendorsWords: boolean): boolean {
  return isInVendorsWords || (status < 500 && status !== 408 && status !== 499);
}

/** What an answer asks to be left alone for: `retry-after-ms`, or `retry-after` in seconds. Null where it asks nothing. */
export function askedPauseMs(headers: EgressAnswer['headers']): number | null {
  const ms = wholeNumber(headers['retry-after-ms']);
  const seconds = wholeNumber(headers['retry-after']);
  return ms ?? (seconds === null ? null : seconds * 1_000);
}

/** The number in a header; null for one that is missing or holds something else. */
export const wholeNumber = (header: string | undefined): number | null =>
  header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : null;
