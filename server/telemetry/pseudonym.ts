import { createHmac, hkdfSync } from 'node:crypto';
import type { AccountId } from '../platform/ids.ts';

/**
 * What an account is called in product analytics: a keyed hash of its id, 32 hex digits. Nobody without the installation's
 * secret can tell whose it is, and a new secret gives everybody a new one.
 */
export function makePseudonyms(secret: string): (accountId: AccountId) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'clipt-telemetry-v1', 32));
  return (accountId) => createHmac('sha256', key).update(accountId).digest('hex').slice(0, 32);
}
