import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPcmFile, wavOfPcm } from '../pcm-file.ts';
import { cutSound } from './cut-sound.ts';
import { hearInParts, type SoundPart } from './hear-in-parts.ts';

const RATE = 16_000;
const never = new AbortController().signal;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-cut-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A hum of so many seconds, silent in the given stretches. */
async function hum(seconds: number, silent: readonly (readonly [number, number])[]) {
  const pcm = Buffer.alloc(Math.round(seconds * RATE) * 2);
  for (let at = 0; at < pcm.length / 2; at += 1)
    pcm.writeInt16LE(at % 2 === 0 ? 900 : -900, at * 2);
  for (const [from, to] of silent) pcm.fill(0, from * RATE * 2, to * RATE * 2);
  const file = join(folder, `${seconds}.wav`);
  await writeFile(file, wavOfPcm(pcm, RATE));
  return file;
}

describe('long sound', () => {
  test('is cut in the silence near every ten minutes, nothing lost, each part under 25 MB', async () => {
    const file = await hum(1_400, [
      [100, 110],
      [590, 591],
      [1_205, 1_206],
    ]);
    await using sound = await openPcmFile(file);
    const parts = await cutSound(sound);
    expect(parts.map(({ fromSample }) => Math.floor(fromSample / RATE))).toEqual([0, 590, 1_205]);
    let next = 0;
    for (const { fromSample, samples } of parts) {
      expect(fromSample).toBe(next);
      expect(samples * 2 + 44).toBeLessThan(25 * 1024 * 1024);
      next += samples;
    }
    expect(next).toBe(sound.samples);
  });

  test('is heard part by part, its words on the time of the whole', async () => {
    const file = await hum(13 * 60, [[600, 601]]);
    const parts: SoundPart[] = [];
    const words = await hearInParts(
      file,
      async (part) => {
        parts.push(part);
        const endMs = part.seconds * 1000;
        return [
          { text: 'first', startMs: 0, endMs: 400 },
          { text: 'last', startMs: endMs - 400, endMs: endMs + 5_000 },
        ];
      },
      never,
    );
    expect(parts).toHaveLength(2);
    const [before, after] = parts;
    expect(before?.toShare).toBe(after?.fromShare);
    const cutMs = (before?.seconds ?? 0) * 1000;
    expect(cutMs).toBeGreaterThanOrEqual(600_000);
    expect(cutMs).toBeLessThanOrEqual(601_000);
    expect(words.map(({ text, startMs }) => [text, startMs])).toEqual([
      ['first', 0],
      ['last', Math.round(cutMs - 400)],
      ['first', Math.round(cutMs)],
      ['last', 13 * 60_000 - 400],
    ]);
    expect(words[1]?.endMs).toBeLessThanOrEqual(Math.round(cutMs));
    expect(words[3]?.endMs).toBe(13 * 60_000);
  });
});

describe('a file', () => {
  const hearNothing = async () => [];

  test('with less than a tenth of a second of sound is not sent', async () => {
    const file = await hum(0.05, []);
    const hear = async () => {
      throw new Error('sent');
    };
    await expect(hearInParts(file, hear, never)).resolves.toEqual([]);
  });

  test.each([
    ['that is no WAV', Buffer.from('not a sound at all, but long enough')],
    ['of stereo sound', wavOfPcm(Buffer.alloc(8_000), RATE).fill(2, 22, 23)],
    ['of another rate', wavOfPcm(Buffer.alloc(8_000), 48_000)],
    ['cut in its header', wavOfPcm(Buffer.alloc(8_000), RATE).subarray(0, 30)],
    ['that is empty', Buffer.alloc(0)],
  ])('%s is refused', async (_, bytes) => {
    const file = join(folder, 'other.wav');
    await writeFile(file, bytes);
    await expect(hearInParts(file, hearNothing, never)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'unreadable_sound',
    });
  });

  test('is read to its end where its header promises more, and past chunks before its samples', async () => {
    const whole = wavOfPcm(Buffer.alloc(32_000), RATE);
    const list = Buffer.concat([Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')]);
    const bytes = Buffer.concat([whole.subarray(0, 36), list, whole.subarray(36)]);
    bytes.writeUInt32LE(0xffff_ffff, bytes.length - 32_000 - 4);
    const file = join(folder, 'odd.wav');
    await writeFile(file, bytes);
    await using sound = await openPcmFile(file);
    expect(sound).toMatchObject({ rateHz: RATE, samples: 16_000, seconds: 1 });
  });
});
