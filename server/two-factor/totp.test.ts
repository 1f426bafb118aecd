import fc from 'fast-check';
import { Secret } from 'otpauth';
import { expect, test } from 'vitest';
import { newTotpSecret, stepOfCode, totpCode, totpUri } from './totp.ts';

/** The key of RFC 6238, appendix B. */
const RFC_SECRET = Secret.fromLatin1('12345678901234567890').base32;

test.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('at second %i the code ends as in RFC 6238: %s', (seconds, digits) => {
  const at = new Date(seconds * 1000);
  expect(totpCode(RFC_SECRET, at)).toBe(digits.slice(-6));
  expect(stepOfCode(RFC_SECRET, digits.slice(-6), at)).toBe(Math.floor(seconds / 30));
});

test('a code is taken in its own step, the one before and the one after, to the millisecond', () => {
  const secret = newTotpSecret();
  const step = 60_000_000;
  const code = totpCode(secret, new Date(step * 30_000));
  const taken = (ms: number) => stepOfCode(secret, code, new Date(ms));
  expect(taken((step - 1) * 30_000)).toBe(step);
  expect(taken((step + 2) * 30_000 - 1)).toBe(step);
  expect(taken((step - 1) * 30_000 - 1)).toBeNull();
  expect(taken((step + 2) * 30_000)).toBeNull();
});

test('whatever is typed is the code of a step at hand or of none', () => {
  const secret = newTotpSecret();
  const typed = fc.oneof(fc.string(), fc.stringMatching(/^\d{6}$/));
  fc.assert(
    fc.property(typed, fc.integer({ min: 1, max: 2 ** 32 }), (code, seconds) => {
      const at = new Date(seconds * 1000);
      const step = stepOfCode(secret, code, at);
      if (step === null) return;
      expect(Math.abs(step - Math.floor(seconds / 30))).toBeLessThanOrEqual(1);
      expect(totpCode(secret, new Date(step * 30_000))).toBe(code);
    }),
  );
});

test('a secret has 160 bits and is another each time', () => {
  expect(Secret.fromBase32(newTotpSecret()).bytes).toHaveLength(20);
  expect(newTotpSecret()).not.toBe(newTotpSecret());
});

test('an app is told the secret, whose it is and where, and the usual terms', () => {
  const uri = new URL(
    totpUri(RFC_SECRET, { issuer: 'clipt.example.org', label: 'ada@example.org' }),
  );
  expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual([
    'otpauth:',
    'totp',
    '/clipt.example.org:ada@example.org',
  ]);
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    ...{ issuer: 'clipt.example.org', secret: RFC_SECRET },
    ...{ algorithm: 'SHA1', digits: '6', period: '30' },
  });
});
