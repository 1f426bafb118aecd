import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Problem } from '../platform/problem.ts';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A new signing secret as users see it: `whsec_` and 32 random bytes in base64 (Standard Webhooks 1.0). */
export function newSigningSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * Seals signing secrets for the database: AES-256-GCM under a key derived from the installation's secret, bound to
 * the endpoint. The first installation secret seals, all open, so that they can be rotated.
 */
export function makeSealer(installationSecrets: readonly string[]) {
  const keys = installationSecrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', 'clipt-webhook-secrets-v1', 32)),
  );

  return {
    /** version (1 byte) | nonce (12) | ciphertext | tag (16) */
    seal(text: string, endpointId: string): Buffer {
      const [key] = keys;
      if (!key) throw new Error('There is no installation secret.');
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(endpointId));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, sealed, cipher.getAuthTag()]);
    },

    /** Throws `webhook_secret_unreadable` when no key opens it: the installation's secret was changed or lost. */
    open(sealed: Buffer, endpointId: string): string {
      if (sealed[0] === VERSION && sealed.length > 1 + NONCE_BYTES + TAG_BYTES) {
        for (const key of keys) {
          const text = tryOpen(key, sealed, endpointId);
          if (text !== null) return text;
        }
      }
      throw new SecretUnreadable();
    },
  };
}

export type Sealer = ReturnType<typeof makeSealer>;

function tryOpen(key: Buffer, sealed: Buffer, endpointId: string): string | null {
  const end = sealed.length - TAG_BYTES;
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(endpointId)).setAuthTag(sealed.subarray(end));
  try {
    const opened = decipher.update(sealed.subarray(1 + NONCE_BYTES, end));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    // The tag tells that it is another key's.
    return null;
  }
}

class SecretUnreadable extends Problem {
  constructor() {
    super({
      kind: 'internal',
      code: 'webhook_secret_unreadable',
      message: 'The signing secret of the webhook endpoint cannot be read.',
      action: 'Rotate the secret of the webhook endpoint.',
    });
  }
}
