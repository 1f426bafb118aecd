import { randomBytes } from 'node:crypto';
import { Problem } from '../platform/problem.ts';
import { makeSealer, type Sealer } from '../platform/sealer.ts';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A new signing secret as users see it: `whsec_` and 32 random bytes in base64 (Standard Webhooks 1.0). */
export function newSigningSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** Seals signing secrets, each bound to its endpoint. `open` throws `webhook_secret_unreadable`. */
export function makeSecretSealer(installationSecrets: readonly string[]): Sealer {
  return makeSealer(installationSecrets, {
    purpose: 'webhook-secrets',
    unreadable: () => new SecretUnreadable(),
  });
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
