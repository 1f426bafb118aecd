import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOfCode, newRecoveryCodes, readCode } from './codes.ts';

test('there are ten recovery codes, each of 120 bits in groups of four, none like another', () => {
  const codes = [...newRecoveryCodes(), ...newRecoveryCodes()];
  for (const code of codes) expect(code).toMatch(/^(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}$/);
  expect(new Set(codes).size).toBe(20);
});

test('a recovery code is read however it was copied', () => {
  const [code = ''] = newRecoveryCodes();
  const kept = { kind: 'recovery_code', hash: hashOfCode(code) };
  const spoiled = fc
    .tuple(
      ...[...code].map((letter) => fc.constantFrom(letter, letter.toLowerCase(), ` ${letter}`)),
    )
    .map((letters) => letters.join('').replaceAll('-', ' '));
  fc.assert(
    fc.property(spoiled, (typed) => {
      expect(readCode(typed)).toEqual(kept);
    }),
  );
});

test('six digits are a code of the app, with or without a gap, and other numerals are not', () => {
  for (const typed of ['012345', ' 012 345 ', '012-345']) {
    expect(readCode(typed)).toEqual({ kind: 'totp', digits: '012345' });
  }
  for (const typed of ['', '12345', '1234567', '٠١٢٣٤٥', '12345a']) {
    expect(readCode(typed).kind).toBe('recovery_code');
  }
});
