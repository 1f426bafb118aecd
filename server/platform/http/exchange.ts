import { randomFillSync } from 'node:crypto';
import type { Caller } from './endpoint.ts';

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
  /** The operation that takes it; null for what leads nowhere. */
  readonly operation: string | null;
  /** What is left of the caller's rate limit, once it was counted. */
  limits: LimitState | null;
  /** Who asks, once they were admitted; what is answered to somebody nobody else may keep. */
  caller: Caller | null;
};

/** A new exchange under an id of its own: `req_` and 32 hex digits (128 random bits). */
export function newExchange(path: string, operation: string | null = null): Exchange {
  return { requestId: newRequestId(), path, operation, limits: null, caller: null };
}

const ID_BYTES = 16;
/** Random bytes for the next ids: an id of bytes drawn together takes 60 ns, one made of a UUID 240 (Node 24.21). */
const random = Buffer.alloc(256 * ID_BYTES);
let used = random.length;

function newRequestId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const from = used;
  used += ID_BYTES;
  return `req_${random.toString('hex', from, used)}`;
}
