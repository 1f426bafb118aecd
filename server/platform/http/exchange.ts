import { randomUUID } from 'node:crypto';

/** What is left of a rate limit after a request was counted. */
export type LimitState = {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
};

/** What is known of one request while it is being answered. */
export type Exchange = {
  readonly requestId: string;
  /** The path as it was asked for; the `instance` of a problem. */
  readonly path: string;
  /** What is left of the caller's rate limit, once it was counted. */
  limits: LimitState | null;
  /** True for answers to somebody, which nobody else may keep. */
  isPrivate: boolean;
};

/** A new exchange under an id of its own: `req_` and 32 hex digits (122 random bits). */
export function newExchange(path: string): Exchange {
  const requestId = `req_${randomUUID().replaceAll('-', '')}`;
  return { requestId, path, limits: null, isPrivate: false };
}
