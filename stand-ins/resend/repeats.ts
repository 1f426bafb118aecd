import { isDeepStrictEqual } from 'node:util';
import { Refused } from '../route.ts';
import type { Mail } from './mail.ts';

/** Idempotency keys as the vendor keeps them: the same mail is taken once, another one under the same key is refused. */
export function makeRepeats() {
  const known = new Map<string, { readonly mail: Mail; readonly id: string }>();
  return {
    once(key: string | string[] | undefined, mail: Mail, take: () => string): string {
      if (key === undefined) return take();
      if (typeof key !== 'string' || key === '' || key.length > 256) {
        throw new Refused(400, 'invalid_idempotency_key', 'The key must be 1-256 characters.');
      }
      const before = known.get(key);
      if (before && !isDeepStrictEqual(before.mail, mail)) {
        throw new Refused(409, 'invalid_idempotent_request', 'The key was used for another mail.');
      }
      const id = before?.id ?? take();
      known.set(key, { mail, id });
      return id;
    },
    forget: () => known.clear(),
  };
}
