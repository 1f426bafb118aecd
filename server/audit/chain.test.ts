import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkHash } from './chain.ts';

const link = fc.record({
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  at: fc
    .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    .map((it) => it.toISOString()),
  entry: fc.dictionary(fc.string(), fc.string()).map((it) => canonicalize(it) ?? ''),
});
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('a hash covers the one before it and every part of its row', () => {
  fc.assert(
    fc.property(hash, hash, link, link, (previous, other, row, next) => {
      fc.pre(!Buffer.from(previous).equals(other));
      const own = linkHash(previous, row);
      expect(linkHash(other, row)).not.toEqual(own);
      for (const part of [{ seq: next.seq }, { at: next.at }, { entry: next.entry }]) {
        const changed = { ...row, ...part };
        const same = canonicalize(changed) === canonicalize(row);
        expect(linkHash(previous, changed).equals(own)).toBe(same);
      }
    }),
  );
});

test('what is hashed of a row is canonical JSON itself', () => {
  fc.assert(
    fc.property(link, ({ seq, at, entry }) => {
      const row = { seq, at, entry: JSON.parse(entry) };
      expect(`{"at":"${at}","entry":${entry},"seq":${seq}}`).toBe(canonicalize(row));
    }),
  );
});

test('the hash of a known row is the known one', () => {
  const row = { seq: 1, at: '2026-02-28T12:00:00.500Z', entry: '{}' };
  expect(linkHash(new Uint8Array(32), row).toString('hex')).toBe(
    'c00a902b5fa87f7fbcbdd94ce24f850690a7e19182e417920e727bf68f6eadb7',
  );
});
