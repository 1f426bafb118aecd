import { Secret, TOTP } from 'otpauth';

/** Time-based one-time passwords (RFC 6238) as every authenticator app knows them: SHA-1, six digits, 30 s. */
const TERMS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

/** RFC 4226 §4 recommends 160 bits. */
const SECRET_BYTES = 20;
/** Codes of the step before and after are taken as well, for clocks that are off and people that are slow. */
const WINDOW_STEPS = 1;

/** 160 random bits in base32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** What an authenticator app reads from a QR code: the secret and how it is called there. */
export function totpUri(
  secret: string,
  { issuer, label }: { readonly issuer: string; readonly label: string },
): string {
  return new TOTP({ ...TERMS, issuer, label, secret }).toString();
}

/** The code of a time. */
export function totpCode(secret: string, at: Date): string {
  return new TOTP({ ...TERMS, secret }).generate({ timestamp: at.getTime() });
}

/** The step (30 s each since 1970) whose code this is, of those that are taken at that time; null for none. */
export function stepOfCode(secret: string, code: string, at: Date): number | null {
  const totp = new TOTP({ ...TERMS, secret });
  const timestamp = at.getTime();
  const delta = totp.validate({ token: code, timestamp, window: WINDOW_STEPS });
  return delta === null ? null : totp.counter({ timestamp }) + delta;
}
