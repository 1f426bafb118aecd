import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MUSIC_MOODS, makeMusic, pickMood } from './music.ts';
import { renderMusic } from './render-music.ts';
import { writeScore } from './score.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-music-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const call = { signal: new AbortController().signal };
const anyMood = fc.constantFrom(...MUSIC_MOODS);

describe('a score', () => {
  test('fits its length and keeps its notes in a musical range', () => {
    const lengths = fc.double({ min: 0.5, max: 600, noNaN: true });
    fc.assert(
      fc.property(anyMood, lengths, fc.integer(), (mood, seconds, seed) => {
        const { notes } = writeScore(mood, seconds, seed);
        expect(notes.length).toBeGreaterThan(0);
        for (const { start, pitch, pan, gain } of notes) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(start).toBeLessThan(seconds);
          expect(pitch).toBeGreaterThanOrEqual(33);
          expect(pitch).toBeLessThanOrEqual(90);
          expect(Math.abs(pan)).toBeLessThanOrEqual(1);
          expect(gain).toBeLessThan(1.2);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('of a film is not the same four bars over and over, and ends on its key chord', () => {
    for (const mood of MUSIC_MOODS) {
      const { notes, beatsPerMinute } = writeScore(mood, 60, 5);
      const bar = 240 / beatsPerMinute;
      const kinds = (from: number) =>
        [
          ...new Set(
            notes
              .filter(({ start }) => start >= from && start < from + 4 * bar)
              .map(({ instrument }) => instrument),
          ),
        ]
          .sort()
          .join();
      const parts = Array.from({ length: Math.floor(56 / (4 * bar)) }, (_, part) =>
        kinds(part * 4 * bar),
      );
      expect(new Set(parts).size).toBeGreaterThan(1);
      const last = notes.filter(({ start }) => start >= 55.9).map(({ pitch }) => pitch % 12);
      expect(new Set(last).size).toBeLessThanOrEqual(4);
    }
  });
});

/** Left and right of the whole piece, −1 to 1. */
function samplesOf(mood: (typeof MUSIC_MOODS)[number], seconds: number, seed: number) {
  const pcm = Buffer.concat([...renderMusic(mood, seconds, seed)]);
  return Float64Array.from(
    { length: pcm.length / 2 },
    (_, index) => pcm.readInt16LE(index * 2) / 32_768,
  );
}

describe('the sound', () => {
  test.each(MUSIC_MOODS)('%s is neither clipped, offset, silent nor cut off', (mood) => {
    const samples = samplesOf(mood, 9, 4);
    const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(peak).toBeLessThan(0.95);
    const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
    // −20 LUFS is about −20 dB of power; a short piece is mostly ending.
    expect(10 * Math.log10(power)).toBeGreaterThan(-30);
    expect(10 * Math.log10(power)).toBeLessThan(-14);
    expect(Math.abs(samples.reduce((sum, value) => sum + value, 0) / samples.length)).toBeLessThan(
      0.001,
    );
    for (const edge of [samples.subarray(0, 8), samples.subarray(-8)])
      for (const value of edge) expect(Math.abs(value)).toBeLessThan(0.001);
  });

  test('has exactly as many samples as its length, at any length', () => {
    fc.assert(
      fc.property(anyMood, fc.double({ min: 0.5, max: 3, noNaN: true }), (mood, seconds) => {
        expect(samplesOf(mood, seconds, 1)).toHaveLength(Math.round(seconds * 48_000) * 2);
      }),
      { numRuns: 10 },
    );
  });
});

describe('a music file', () => {
  test('is the same for the same seed and another for another', async () => {
    const make = makeMusic({ workDir: folder });
    const spent: number[] = [];
    const made = async (name: string, seed: number) => {
      const file = join(folder, name);
      await make({ mood: 'curious', seconds: 2.5, seed }, file, {
        ...call,
        spent: (cpuMs) => spent.push(cpuMs),
      });
      return await readFile(file);
    };
    const [first, again, other] = [await made('a', 1), await made('b', 1), await made('c', 2)];
    expect(first.equals(again)).toBe(true);
    expect(first.equals(other)).toBe(false);
    expect(first).toHaveLength(44 + 2.5 * 48_000 * 4);
    expect(first.toString('latin1', 0, 4)).toBe('RIFF');
    expect(spent).toHaveLength(3);
  });

  test('of an impossible length is refused, and an aborted one leaves nothing behind', async () => {
    const make = makeMusic({ workDir: folder });
    const file = join(folder, 'none.wav');
    await expect(make({ mood: 'calm', seconds: 601, seed: 1 }, file, call)).rejects.toMatchObject({
      code: 'music_request_invalid',
    });
    await expect(
      make({ mood: 'calm', seconds: 60, seed: 1 }, file, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'canceled' });
    await expect(readFile(file)).rejects.toThrow();
  });
});

test('the mood follows the words of a text', () => {
  expect(pickMood('Why octopuses have three hearts')).toBe('curious');
  expect(pickMood('A calm night by the sea')).toBe('calm');
  expect(pickMood('Bake sourdough bread at home, a happy recipe')).toBe('bright');
  expect(pickMood('Train like a sprinter: speed and power')).toBe('driving');
  expect(pickMood('')).toBe('curious');
});
