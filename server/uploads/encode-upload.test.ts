import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeMediaEngine } from '../media/engine.ts';
import type { MediaEngine } from '../media/media.ts';
import type { UploadKind } from './contract.ts';
import { encodeUpload } from './encode-upload.ts';
import { plainJpeg } from './jpeg-orientation.ts';
import { keptRate } from './picture-graph.ts';

const FIXTURES = join(import.meta.dirname, '..', 'compose', 'fixtures');
const RECORDING = join(import.meta.dirname, 'fixtures', 'browser-recording.webm');
const call = { signal: new AbortController().signal };

let dir: string;
let engine: MediaEngine;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-encode-upload-'));
  await mkdir(join(dir, 'work'));
  engine = await makeMediaEngine({ ffmpegPath: null, workDir: join(dir, 'work') });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function encode(file: string, kind: UploadKind) {
  const out = await mkdtemp(join(dir, 'out-'));
  const made = await encodeUpload(engine, { file, kind }, out, call);
  return { ...made, info: await engine.probe(made.file, call) };
}

/** A picture whose left half is red and whose right half is blue. */
function twoHalves(width: number, height: number) {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = 'red';
  context.fillRect(0, 0, width / 2, height);
  context.fillStyle = 'blue';
  context.fillRect(width / 2, 0, width / 2, height);
  return canvas;
}

/** The JPEG with an EXIF block that states an orientation and a place. */
function turnedJpeg(orientation: number, width: number, height: number): Buffer {
  const jpeg = twoHalves(width, height).toBuffer('image/jpeg');
  const tag = [0, 0, 0, 1, 0, orientation, 0, 0];
  const tiff = [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, ...tag];
  const body = Buffer.concat([
    Buffer.from('Exif\0\0'),
    Buffer.from(tiff),
    Buffer.from('48.8584 N'),
  ]);
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

describe('a video that is encoded anew', () => {
  test.each([
    ['fps-25.mp4', 30, 96, 160],
    ['rotated.mp4', 30, 96, 160],
    ['hlg.mp4', 24, 96, 160],
    ['variable-fps.mp4', 15, 96, 160],
  ])('%s has a whole rate, its own length and stands upright', async (name, fps, width, height) => {
    const source = await engine.probe(join(FIXTURES, name), call);
    const { info, media, contentType } = await encode(join(FIXTURES, name), 'video');
    expect(contentType).toBe('video/mp4');
    expect(info.video).toMatchObject({
      codec: 'h264',
      pixelFormat: 'yuv420p',
      width,
      height,
      rotationDegrees: 0,
      fps: { numerator: fps, denominator: 1 },
    });
    expect(info.faststart).toBe(true);
    expect(Math.abs((info.video?.seconds ?? 0) - source.seconds)).toBeLessThan(1 / fps);
    expect(media).toMatchObject({ width, height, fps, hasAudio: false });
  });

  test('from a browser, which states no length, is as long as it plays, with its sound', async () => {
    expect((await engine.probe(RECORDING, call)).seconds).toBe(0);
    const { info, media } = await encode(RECORDING, 'video');
    expect(info.video?.seconds).toBeCloseTo(1.2, 1);
    expect(info.audio).toMatchObject({ codec: 'aac', sampleRateHz: 48_000, channels: 2 });
    expect(info.audio?.seconds).toBeCloseTo(1.2, 1);
    expect(media.hasAudio).toBe(true);
  });

  test('is at most 1920 pixels long', async () => {
    const large = join(dir, 'large.mp4');
    const encoding = {
      codec: 'h264',
      preset: 'ultrafast',
      crf: 40,
      fps: 30,
      gopFrames: 30,
    } as const;
    const task = {
      inputs: [],
      graph: 'color=size=2560x1080:rate=30[v]',
      outputs: [{ file: large, video: { from: 'v', frames: 3, encoding } }],
    };
    await engine.transcode(task, call);
    const { media } = await encode(large, 'video');
    expect(media).toMatchObject({ width: 1920, height: 810 });
  });

  test('carries nothing of what its maker wrote into it', async () => {
    const titled = join(dir, 'titled.mp4');
    const segments = [join(dir, 'segment.mp4')];
    const encoding = {
      codec: 'h264',
      preset: 'ultrafast',
      crf: 40,
      fps: 30,
      gopFrames: 30,
    } as const;
    const outputs = [{ file: segments[0] ?? '', video: { from: 'v', frames: 3, encoding } }];
    await engine.transcode({ inputs: [], graph: 'color=size=96x96:rate=30[v]', outputs }, call);
    await engine.join({ segments, file: titled, frames: 3, title: 'canary-5d2e' }, call);
    expect((await readFile(titled)).includes('canary-5d2e')).toBe(true);
    const { file } = await encode(titled, 'video');
    expect((await readFile(file)).includes('canary-5d2e')).toBe(false);
  });

  test('gets a rate that is not lower than its own, up to 60', () => {
    const rateOf = (numerator: number, denominator = 1) =>
      keptRate({
        codec: 'h264',
        profile: null,
        pixelFormat: 'yuv420p',
        width: 96,
        height: 96,
        rotationDegrees: 0,
        fps: { numerator, denominator },
        frames: null,
        seconds: 1,
        startSeconds: 0,
        colorSpace: null,
        colorPrimaries: null,
        colorTransfer: null,
        colorRange: null,
      });
    expect([24_000, 30_000, 60_000].map((rate) => rateOf(rate, 1001))).toEqual([24, 30, 60]);
    expect([5, 25, 50, 120, 0].map((rate) => rateOf(rate))).toEqual([10, 30, 60, 60, 30]);
  });
});

describe('a sound that is encoded anew', () => {
  test('is AAC of its own length, whatever came with it', async () => {
    const wav = join(dir, 'tone.wav');
    const audio = { from: 'a', encoding: { codec: 'pcm' } } as const;
    const graph = 'sine=frequency=440:sample_rate=22050:duration=1.5[a]';
    await engine.transcode({ inputs: [], graph, outputs: [{ file: wav, audio }] }, call);
    const { info, contentType, media } = await encode(wav, 'audio');
    expect(contentType).toBe('audio/mp4');
    expect(info.audio).toMatchObject({ codec: 'aac', sampleRateHz: 48_000 });
    expect(media.seconds).toBeCloseTo(1.5, 1);
    expect((await encode(RECORDING, 'audio')).info.video).toBeNull();
  });

  test('is refused where it is longer than 20 minutes', async () => {
    const wav = join(dir, 'long.wav');
    const audio = { from: 'a', encoding: { codec: 'pcm' } } as const;
    const graph = 'anullsrc=sample_rate=8000:channel_layout=mono,atrim=duration=1202[a]';
    await engine.transcode({ inputs: [], graph, outputs: [{ file: wav, audio }] }, call);
    await expect(encode(wav, 'audio')).rejects.toMatchObject({ code: 'media_too_long' });
  });
});

describe('a picture that is encoded anew', () => {
  // Where the red half is, seen upright, for each way the sensor may have lain.
  test.each([
    [3, 640, 320, 'right'],
    [6, 320, 640, 'top'],
    [8, 320, 640, 'bottom'],
  ])(
    'from a camera that noted orientation %i stands upright, without the note',
    async (turn, width, height, side) => {
      const photo = join(dir, `photo-${turn}.jpg`);
      await writeFile(photo, turnedJpeg(turn, 640, 320));
      const { file, media, contentType } = await encode(photo, 'image');
      expect(contentType).toBe('image/png');
      expect(media).toMatchObject({ width, height, seconds: null });
      expect((await readFile(file)).includes('48.8584')).toBe(false);
      const canvas = createCanvas(width, height);
      const context = canvas.getContext('2d');
      context.drawImage(await loadImage(file), 0, 0);
      const at = { right: [620, 160], top: [160, 20], bottom: [160, 620] }[side];
      const [red = 0, , blue = 0] = context.getImageData(at?.[0] ?? 0, at?.[1] ?? 0, 1, 1).data;
      expect(red).toBeGreaterThan(200);
      expect(blue).toBeLessThan(60);
    },
  );

  test('is at most 4096 pixels long, and refused below 300', async () => {
    const large = join(dir, 'large.png');
    await writeFile(large, twoHalves(900, 299).toBuffer('image/png'));
    await expect(encode(large, 'image')).rejects.toMatchObject({ code: 'image_too_small' });
    await writeFile(large, twoHalves(4300, 1075).toBuffer('image/png'));
    expect((await encode(large, 'image')).media).toMatchObject({ width: 4096, height: 1024 });
  });

  test('of any bytes is taken apart or left alone, never an error', () => {
    const jpeg = turnedJpeg(6, 8, 8);
    const damaged = fc
      .tuple(fc.integer({ min: 0, max: jpeg.length - 1 }), fc.integer({ min: 0, max: 255 }))
      .map(([at, byte]) => Buffer.concat([jpeg.subarray(0, at), Buffer.from([byte])]));
    const anything = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(damaged, anything), (bytes) => {
        expect(plainJpeg(bytes).bytes.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

describe('a file that is not what it is sent as', () => {
  test.each([
    ['video', 'picture.png'],
    ['audio', 'picture.png'],
    ['image', 'film.mp4'],
    ['audio', 'film.mp4'],
  ] as const)('as %s is refused by what it holds: %s', async (kind, name) => {
    const file = join(dir, name);
    if (name === 'film.mp4') await copyFile(join(FIXTURES, 'fps-25.mp4'), file);
    else await writeFile(file, twoHalves(400, 400).toBuffer('image/png'));
    await expect(encode(file, kind)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'media_rejected',
    });
  });
});
