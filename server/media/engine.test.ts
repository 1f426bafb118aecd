import { access, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFfmpegEngine } from './ffmpeg/engine.ts';
import type { MediaEngine, TranscodeTask, VideoEncoding } from './media.ts';
import { makeNodeAvEngine } from './node-av/engine.ts';

const FFMPEG = '/usr/bin/ffmpeg';
const ffmpegIsThere = await access(FFMPEG).then(
  () => true,
  () => false,
);

let dir: string;
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'clipt-media-')));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const call = () => ({ signal: new AbortController().signal });
const h264: VideoEncoding = {
  codec: 'h264',
  preset: 'ultrafast',
  crf: 23,
  fps: 30,
  gopFrames: 60,
};
const SIZE = '320x568';

/** A moving picture of `frames` frames and a tone, from nothing. */
const filmTask = (
  file: string,
  frames: number,
  over: Partial<typeof h264> = {},
): TranscodeTask => ({
  inputs: [],
  graph: `testsrc2=size=${SIZE}:rate=30,format=yuv420p[v];sine=frequency=440:sample_rate=48000:duration=${frames / 30}[a]`,
  outputs: [
    {
      file,
      video: { from: 'v', frames, encoding: { ...h264, ...over } },
      audio: { from: 'a', encoding: { codec: 'aac', bitrateKbps: 128 } },
    },
  ],
});
const silentTask = (
  file: string,
  frames: number,
  over: Partial<typeof h264> = {},
): TranscodeTask => ({
  inputs: [],
  graph: `testsrc2=size=${SIZE}:rate=30,format=yuv420p[v]`,
  outputs: [{ file, video: { from: 'v', frames, encoding: { ...h264, ...over } } }],
});

const engines: readonly (readonly [string, (workDir: string) => Promise<MediaEngine>])[] = [
  ['node-av', async (workDir) => makeNodeAvEngine({ workDir })],
  ['ffmpeg', (workDir) => makeFfmpegEngine({ path: FFMPEG, workDir })],
];

describe.each(engines)('%s', (name, make) => {
  const here = name === 'ffmpeg' ? test.skipIf(!ffmpegIsThere) : test;
  let engine: MediaEngine;
  let workDir: string;
  const at = (file: string) => join(dir, name, file);
  beforeAll(async () => {
    workDir = join(dir, name, 'work');
    await mkdir(workDir, { recursive: true });
    if (name !== 'ffmpeg' || ffmpegIsThere) engine = await make(workDir);
  });

  here('encodes exactly the planned frames as H.264 High bt709 with faststart', async () => {
    const cost = await engine.transcode(filmTask(at('film.mp4'), 31), call());
    const info = await engine.probe(at('film.mp4'), call());
    expect(info).toMatchObject({
      container: 'mp4',
      faststart: true,
      video: {
        codec: 'h264',
        profile: 'High',
        pixelFormat: 'yuv420p',
        width: 320,
        height: 568,
        rotationDegrees: 0,
        fps: { numerator: 30, denominator: 1 },
        frames: 31,
        startSeconds: 0,
        colorSpace: 'bt709',
        colorPrimaries: 'bt709',
        colorTransfer: 'bt709',
        colorRange: 'tv',
      },
      audio: { codec: 'aac', sampleRateHz: 48_000, channels: 1, startSeconds: 0 },
    });
    expect(info.video?.seconds).toBeCloseTo(31 / 30, 4);
    expect(info.audio?.seconds).toBeCloseTo(31 / 30, 1);
    expect(cost.cpuMs).toBeGreaterThan(10);
    expect(await readdir(workDir)).toEqual([]);
  });

  here('joins segments of any length to the frame, copying one sound track', async () => {
    const lengths = [1, 17, 30, 43];
    const segments = lengths.map((frames) => at(`it's ${frames}.mp4`));
    for (const [i, frames] of lengths.entries())
      await engine.transcode(
        silentTask(segments[i] ?? '', frames, { preset: 'veryfast', gopFrames: 20 }),
        call(),
      );
    await engine.transcode(
      {
        inputs: [],
        graph: `sine=frequency=440:sample_rate=48000,atrim=end_sample=${(91 * 48_000) / 30}[a]`,
        outputs: [
          { file: at('a.m4a'), audio: { from: 'a', encoding: { codec: 'aac', bitrateKbps: 96 } } },
        ],
      },
      call(),
    );
    const film = at('joined.mp4');
    await engine.join(
      { segments, audio: at('a.m4a'), file: film, frames: 91, title: 'A film, "so": \\ 100%' },
      call(),
    );
    const info = await engine.probe(film, call());
    expect(info.faststart).toBe(true);
    expect(info.video).toMatchObject({ frames: 91, startSeconds: 0, profile: 'High' });
    expect(info.video?.seconds).toBeCloseTo(91 / 30, 5);
    expect(Math.abs((info.audio?.seconds ?? 0) - 91 / 30)).toBeLessThan(1024 / 48_000);
    const times = await engine.measure(
      {
        inputs: [{ kind: 'media', file: film }],
        graph: '[0:v]metadata=mode=add:key=lavfi.x:value=1,metadata=mode=print:file=-,nullsink',
      },
      call(),
    );
    const stamps = [...times.matchAll(/pts_time:(\S+)/g)].map(([, time]) => Number(time));
    expect(stamps).toHaveLength(91);
    for (const [i, time] of stamps.entries()) expect(time).toBeCloseTo(i / 30, 4);
  });
});
