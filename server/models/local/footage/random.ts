import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded stream of numbers; the same seed gives the same stream on every machine. */
export type Random = {
  /** At least `low`, below `high`. */
  readonly between: (low: number, high: number) => number;
  /** A whole number from `low` to `high`, both included. */
  readonly whole: (low: number, high: number) => number;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
};

export function makeRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  // Seeds that differ in few bits begin alike.
  for (let skipped = 0; skipped < 16; skipped += 1) generator.next();
  const next = () => (generator.next() >>> 0) / 2 ** 32;
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    between: (low, high) => low + next() * (high - low),
    whole,
    pick: (items) => items[whole(0, items.length - 1)] ?? items[0],
  };
}

/** FNV-1a over UTF-16 units, so that a text can be part of a seed. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
