import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AccountId } from '../platform/ids.ts';
import { type AuditEntry, canonicalEntry } from './entry.ts';

const account: AccountId = 'acc_0123456789abcdef0123456789abcdef';
const entryWith = (detail: NonNullable<AuditEntry['detail']>): AuditEntry => ({
  action: 'impersonation.started',
  actor: { kind: 'admin', accountId: account },
  subject: account,
  target: 'imp_1',
  detail,
});

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
const value = fc.oneof(
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .filter((text) => !/\p{Cc}|@/u.test(text)),
);
const detail = fc.dictionary(name, value, { maxKeys: 8 });

test('an entry is the same text whatever order its members came in, and reads back as it was', () => {
  fc.assert(
    fc.property(detail, (given) => {
      const turned = Object.fromEntries(Object.entries(given).toReversed());
      const text = canonicalEntry(entryWith(given));
      expect(canonicalEntry(entryWith(turned))).toBe(text);
      expect(JSON.parse(text)).toEqual({
        action: 'impersonation.started',
        actor: { account_id: account, kind: 'admin' },
        // JSON knows one zero.
        detail: Object.fromEntries(
          Object.entries(given).map(([key, it]) => [key, it === 0 ? 0 : it]),
        ),
        subject: account,
        target: 'imp_1',
      });
    }),
  );
});

test('two entries that differ are two texts', () => {
  fc.assert(
    fc.property(detail, name, value, value, (given, key, one, other) => {
      fc.pre(!Object.is(one, other) && !(one === 0 && other === 0));
      expect(canonicalEntry(entryWith({ ...given, [key]: one }))).not.toBe(
        canonicalEntry(entryWith({ ...given, [key]: other })),
      );
    }),
  );
});

test('members stand in the order of RFC 8785, without white space', () => {
  expect(canonicalEntry(entryWith({ b: 1e21, a_1: 'ü"\\', a: false }))).toBe(
    `{"action":"impersonation.started","actor":{"account_id":"${account}","kind":"admin"},` +
      `"detail":{"a":false,"a_1":"ü\\"\\\\","b":1e+21},"subject":"${account}","target":"imp_1"}`,
  );
});

test.each([
  ['an e-mail address', { reason: 'asked by jane@example.com' }],
  ['a line break', { reason: 'one\ntwo' }],
  ['a NUL', { reason: 'a\u0000b' }],
  ['half a character', { reason: 'a\ud800' }],
  ['nothing', { reason: '' }],
  ['too much', { reason: 'x'.repeat(501) }],
  ['a figure that is none', { count: Number.NaN }],
  ['a name that is none', { 'jane@example.com': true }],
  [
    'too many values',
    Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`text_${at}`, 'x'.repeat(500)])),
  ],
])('an entry that holds %s is refused', (_, bad) => {
  expect(() => canonicalEntry(entryWith(bad))).toThrow(
    expect.objectContaining({ code: 'audit_entry_refused' }),
  );
});

test('a target that is an e-mail address is refused', () => {
  expect(() => canonicalEntry({ ...entryWith({}), target: 'jane@example.com' })).toThrow(
    expect.objectContaining({ code: 'audit_entry_refused' }),
  );
});
