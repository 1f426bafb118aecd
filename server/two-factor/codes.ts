import { createHash, randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';

const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 15;

/** Ten codes of 120 random bits each, in base32 by groups of four, such as `QK2M-…` (29 characters). */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const text = new Secret({ buffer: Uint8Array.from(randomBytes(RECOVERY_BYTES)).buffer }).base32;
    return (text.match(/.{4}/g) ?? []).join('-');
  });
}

/** What somebody typed: six digits are a code of the app, and everything else may be a recovery code. */
export type TypedCode =
  | { readonly kind: 'totp'; readonly digits: string }
  | { readonly kind: 'recovery_code'; readonly hash: Buffer };

/** Spaces, dashes and case are how people copy, and no part of the code. */
export function readCode(typed: string): TypedCode {
  const text = typed.replaceAll(/[\s-]/g, '').toUpperCase();
  if (/^[0-9]{6}$/.test(text)) return { kind: 'totp', digits: text };
  return { kind: 'recovery_code', hash: hashOfCode(text) };
}

/** Of 120 random bits, which nobody can try out: a plain hash keeps them. */
export function hashOfCode(code: string): Buffer {
  return createHash('sha256').update(code.replaceAll('-', '')).digest();
}
