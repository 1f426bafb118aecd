import type { EgressAnswer, EgressCall } from './exchange.ts';
import type { EgressRequest } from './policy.ts';

/** The keys that a vendor knows us by; more than one while they are being rotated. */
export type Keyring = {
  /** The header that carries a key; its policy lists it. */
  readonly header: string;
  /** Whole values of the header, the one to use first. */
  readonly values: readonly string[];
  /** Statuses by which the vendor says that it does not take the key, and that nothing was done. */
  readonly refusals: readonly number[];
};

/** Keys as `Authorization: Bearer`. */
export function bearer(keys: readonly string[], refusals: readonly number[] = [401]): Keyring {
  return { header: 'authorization', values: keys.map((key) => `Bearer ${key}`), refusals };
}

type Send = (request: EgressRequest, call: EgressCall) => Promise<EgressAnswer>;

/**
 * Sends with a key. Where the vendor does not take it, the same request goes with the next, since a refused key means
 * that nothing was done; whichever is taken goes first from then on. Throws a `TypeError` without any key.
 */
export function withKeys({ header, values, refusals }: Keyring, send: Send): Send {
  if (values.length === 0) throw new TypeError('A vendor is asked with at least one key.');
  let first = 0;
  return async (request, call) => {
    // Others may find another key to be the first meanwhile.
    const begin = first;
    for (let tried = 0; ; tried += 1) {
      const at = (begin + tried) % values.length;
      const headers = { ...request.headers, [header]: values[at] ?? '' };
      const answer = await send({ ...request, headers }, call);
      if (!refusals.includes(answer.status)) first = at;
      else if (tried + 1 < values.length) continue;
      return answer;
    }
  };
}
