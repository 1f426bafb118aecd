import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Problem } from './problem.ts';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals secrets that have to be read again for the database: AES-256-GCM under a key derived from the installation's
 * secret for this purpose alone, bound to the row that holds it. The first installation secret seals, all open, so that
 * they can be rotated.
 */
export function makeSealer(
  installationSecrets: readonly string[],
  {
    purpose,
    unreadable,
  }: {
    /** Never changed once something is sealed. */
    readonly purpose: string;
    /** What is thrown when no key opens it: the installation's secret was changed or lost. */
    readonly unreadable: () => Problem;
  },
) {
  const keys = installationSecrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', `clipt-${purpose}-v1`, 32)),
  );

  return {
    /** version (1 byte) | nonce (12) | ciphertext | tag (16) */
    seal(text: string, rowId: string): Buffer {
      const [key] = keys;
      if (!key) throw new Error('There is no installation secret.');
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(rowId));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, sealed, cipher.getAuthTag()]);
    },

    open(sealed: Buffer, rowId: string): string {
      if (sealed[0] === VERSION && sealed.length > 1 + NONCE_BYTES + TAG_BYTES) {
        for (const key of keys) {
          const text = tryOpen(key, sealed, rowId);
          if (text !== null) return text;
        }
      }
      throw unreadable();
    },
  };
}

export type Sealer = ReturnType<typeof makeSealer>;

function tryOpen(key: Buffer, sealed: Buffer, rowId: string): string | null {
  const end = sealed.length - TAG_BYTES;
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(rowId)).setAuthTag(sealed.subarray(end));
  try {
    const opened = decipher.update(sealed.subarray(1 + NONCE_BYTES, end));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    // The tag tells that it is another key's.
    return null;
  }
}
