import { createHmac, hkdfSync } from 'node:crypto';

/**
 * What the record keeps of a text that staff looked for: 16 hex digits under the installation's first secret. Whoever has that
 * secret can tell whether a given text was looked for, and nobody can tell which it was.
 */
export function makeFingerprint([secret]: readonly string[]): (text: string) => string {
  if (!secret) throw new TypeError('Fingerprints are made with a secret, and there is none.');
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'clipt-staff-search-v1', 32));
  return (text) => createHmac('sha256', key).update(text).digest('hex').slice(0, 16);
}
