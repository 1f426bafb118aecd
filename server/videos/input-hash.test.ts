import { expect, test } from 'vitest';
import { inputHash } from './input-hash.ts';

const object = { key: 'a/1', sha256: 'f'.repeat(64), sizeBytes: 3, contentType: 'audio/wav' };

test('the same bytes stored elsewhere are the same input', () => {
  const one = inputHash('segment', 1, { clip: object, frames: 10 });
  expect(inputHash('segment', 1, { frames: 10, clip: { ...object, key: 'b/2' } })).toBe(one);
});

test('other bytes, another value, kind or version make another hash', () => {
  const input = { clip: object, frames: 10 };
  const hashes = [
    inputHash('segment', 1, input),
    inputHash('segment', 1, { ...input, frames: 11 }),
    inputHash('segment', 1, { ...input, clip: { ...object, sha256: 'e'.repeat(64) } }),
    inputHash('segment', 2, input),
    inputHash('clip', 1, input),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});
