import { access, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFrameWriter } from './frame-writer.ts';
import { makeNodeAvEngine } from './node-av/engine.ts';

const FFMPEG = '/usr/bin/ffmpeg';
const ffmpegIsThere = await access(FFMPEG).then(
  () => true,
  () => false,
);

let dir: string;
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'clipt-frames-')));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const size = { width: 192, height: 128 };
const COLORS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 214, 10],
  [255, 255, 255],
  [18, 52, 86],
] as const;

/** Six equal blocks of colour, three a row. */
function blocks(): Uint8Array {
  const rgba = new Uint8Array(size.width * size.height * 4);
  for (let at = 0; at < size.width * size.height; at += 1) {
    const column = Math.floor((at % size.width) / 64);
    const row = Math.floor(at / size.width / 64);
    rgba.set([...(COLORS[row * 3 + column] ?? COLORS[0]), 255], at * 4);
  }
  return rgba;
}

/** The colour in the middle of each block of a picture. */
async function middles(file: string): Promise<readonly (readonly number[])[]> {
  const canvas = createCanvas(size.width, size.height);
  const context = canvas.getContext('2d');
  context.drawImage(await loadImage(file), 0, 0);
  return COLORS.map((_, i) => [
    ...context.getImageData((i % 3) * 64 + 32, Math.floor(i / 3) * 64 + 32, 1, 1).data.slice(0, 3),
  ]);
}

describe.each([
  ['node-av', 'node-av' as const],
  ['ffmpeg', { ffmpeg: FFMPEG }],
])('drawn frames through %s', (name, engine) => {
  test.skipIf(name === 'ffmpeg' && !ffmpegIsThere)(
    'become a film of that many frames with the colours drawn',
    async () => {
      const file = join(dir, `${name}.mp4`);
      const writer = await openFrameWriter({
        engine,
        file,
        size,
        fps: 30,
        preset: 'ultrafast',
        crf: 1,
      });
      for (let i = 0; i < 20; i += 1) await writer.write(blocks());
      expect(await writer.close()).toEqual({ frames: 20 });

      const call = { signal: new AbortController().signal };
      const reader = makeNodeAvEngine({ workDir: dir });
      expect((await reader.probe(file, call)).video).toMatchObject({
        profile: 'High',
        pixelFormat: 'yuv420p',
        frames: 20,
        fps: { numerator: 30, denominator: 1 },
        colorSpace: 'bt709',
        colorRange: 'tv',
      });
      const still = join(dir, `${name}.png`);
      await reader.transcode(
        {
          inputs: [{ kind: 'media', file }],
          graph: '[0:v]null[out]',
          outputs: [{ file: still, video: { from: 'out', frames: 1, encoding: { codec: 'png' } } }],
        },
        call,
      );
      const shown = await middles(still);
      for (const [i, color] of COLORS.entries())
        for (const [channel, value] of color.entries())
          expect(Math.abs((shown[i]?.[channel] ?? -99) - value)).toBeLessThanOrEqual(4);
    },
  );

  test.skipIf(name === 'ffmpeg' && !ffmpegIsThere)('are refused when of another size', async () => {
    const file = join(dir, `${name}-odd.mp4`);
    const options = { engine, file, fps: 30, preset: 'ultrafast', crf: 30 } as const;
    const writer = await openFrameWriter({ ...options, size });
    await expect(writer.write(new Uint8Array(12))).rejects.toMatchObject({ code: 'media_failed' });
    writer.abort();
    const odd = { width: 191, height: 127 };
    const failed = openFrameWriter({ ...options, size: odd }).then(async (opened) => {
      for (let i = 0; i < 3; i += 1) await opened.write(new Uint8Array(odd.width * odd.height * 4));
      await opened.close();
    });
    await expect(failed).rejects.toMatchObject({ code: 'media_failed' });
  });
});
