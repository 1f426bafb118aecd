import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas } from '@napi-rs/canvas';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
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

/** 24 frames a second, lying, moving: what comes out of a camera. */
const clipTask = (file: string): TranscodeTask => ({
  inputs: [],
  graph: 'testsrc2=size=180x320:rate=24,format=yuv420p[v]',
  outputs: [
    { file, video: { from: 'v', frames: 48, encoding: { ...h264, fps: 24, preset: 'veryfast' } } },
  ],
});
const toneTask = (file: string, samples: number): TranscodeTask => ({
  inputs: [],
  graph: `sine=frequency=440:sample_rate=48000,atrim=end_sample=${samples}[a]`,
  outputs: [{ file, audio: { from: 'a', encoding: { codec: 'pcm' } } }],
});

/** Three caption strips of half a second each, as a list beside them. */
async function pictureList(folder: string): Promise<string> {
  const names = ['red', 'lime', 'blue'];
  for (const color of names) {
    const canvas = createCanvas(180, 40);
    const context = canvas.getContext('2d');
    context.fillStyle = color;
    context.fillRect(10, 10, 100, 20);
    await writeFile(join(folder, `${color}.png`), canvas.toBuffer('image/png'));
  }
  const lines = names.flatMap((color) => [`file ${color}.png`, 'duration 0.5']);
  const list = join(folder, 'strips.ffconcat');
  await writeFile(list, ['ffconcat version 1.0', ...lines, ''].join('\n'));
  return list;
}

/** Sets the display matrix of an MP4's first track to a quarter turn clockwise, as phones do. */
async function turnBy90(file: string): Promise<void> {
  const bytes = await readFile(file);
  // Version 0 of `tkhd`: the matrix begins 44 bytes after the box's type (ISO/IEC 14496-12 §8.3.2).
  const matrix = bytes.indexOf('tkhd') + 44;
  const turned = [0, 0x10000, 0, -0x10000, 0, 0, 180 << 16, 0, 0x40000000];
  for (const [i, value] of turned.entries()) bytes.writeInt32BE(value, matrix + i * 4);
  await writeFile(file, bytes);
}

/** The process that has a file open, from the system's list. */
async function holderOf(file: string): Promise<number | null> {
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const links = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const link of links)
      if ((await readlink(`/proc/${pid}/fd/${link}`).catch(() => '')) === file) return Number(pid);
  }
  return null;
}

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

  here('draws timed pictures over footage, started at any second of it', async () => {
    await engine.transcode(clipTask(at('clip.mp4')), call());
    const list = await pictureList(join(dir, name));
    const task = (file: string, seekSeconds: number): TranscodeTask => ({
      inputs: [
        { kind: 'media', file: at('clip.mp4'), seekSeconds },
        { kind: 'pictures', file: list },
      ],
      graph:
        '[0:v]setpts=PTS-STARTPTS,fps=30,tpad=stop=-1:stop_mode=clone[c];[1:v]settb=1/30,setpts=N*15,scale=out_color_matrix=bt709:out_range=tv,format=yuva420p[s];[c][s]overlay=0:40:format=yuv420[out]',
      outputs: [{ file, video: { from: 'out', frames: 45, encoding: h264 } }],
    });
    await engine.transcode(task(at('over.mp4'), 0.7), call());
    expect((await engine.probe(at('over.mp4'), call())).video?.frames).toBe(45);
    // The seek falls on source frame 17 (of 24 a second): the same picture as a decode from the start.
    const same = await engine.measure(
      {
        inputs: [
          { kind: 'media', file: at('clip.mp4'), seekSeconds: 17 / 24 },
          { kind: 'media', file: at('clip.mp4') },
        ],
        graph:
          '[0:v]setpts=N,trim=end_frame=3[a];[1:v]trim=start_frame=17:end_frame=20,setpts=N[b];[a][b]psnr,metadata=mode=print:file=-,nullsink',
      },
      call(),
    );
    expect([...same.matchAll(/psnr_avg=(\S+)/g)].map(([, psnr]) => psnr)).toEqual(
      Array(3).fill('inf'),
    );
  });

  here('cuts sound at the very sample a seek names', async () => {
    await engine.transcode(toneTask(at('tone.wav'), 48_000), call());
    const info = await engine.probe(at('tone.wav'), call());
    expect(info).toMatchObject({ container: 'wav', video: null, audio: { channels: 1 } });
    expect(info.seconds).toBeCloseTo(1, 6);
    await engine.transcode(
      {
        inputs: [{ kind: 'media', file: at('tone.wav'), seekSeconds: 0.25 }],
        graph: '[0:a]anull[out]',
        outputs: [{ file: at('cut.wav'), audio: { from: 'out', encoding: { codec: 'pcm' } } }],
      },
      call(),
    );
    const [whole, cut] = await Promise.all([readFile(at('tone.wav')), readFile(at('cut.wav'))]);
    expect(cut.subarray(44).equals(whole.subarray(44 + 12_000 * 2))).toBe(true);
  });

  here('mixes sound into AAC of the planned length and measures it', async () => {
    const samples = 100_000;
    await engine.transcode(
      {
        inputs: [],
        graph: `sine=f=300:r=48000:d=9[x];sine=f=500:r=48000:d=9[y];[x][y]amix=inputs=2:normalize=0,aformat=channel_layouts=stereo,atrim=end_sample=${samples}[out]`,
        outputs: [
          {
            file: at('m.m4a'),
            audio: { from: 'out', encoding: { codec: 'aac', bitrateKbps: 160 } },
          },
        ],
      },
      call(),
    );
    const info = await engine.probe(at('m.m4a'), call());
    expect(info.audio).toMatchObject({ codec: 'aac', sampleRateHz: 48_000, channels: 2 });
    expect(Math.abs((info.audio?.seconds ?? 0) - samples / 48_000)).toBeLessThan(1024 / 48_000);
    const printed = await engine.measure(
      {
        inputs: [{ kind: 'media', file: at('m.m4a') }],
        graph: '[0:a]ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file=-,anullsink',
      },
      call(),
    );
    const loudness = [...printed.matchAll(/lavfi.r128.I=(\S+)/g)].map(([, lufs]) => Number(lufs));
    expect(loudness.length).toBeGreaterThan(15);
    expect(loudness.at(-1)).toBeGreaterThan(-25);
  });

  here('writes several stills in one go and turns a rotated recording upright', async () => {
    await engine.transcode(clipTask(at('lying.mp4')), call());
    await turnBy90(at('lying.mp4'));
    const info = await engine.probe(at('lying.mp4'), call());
    expect(info.video).toMatchObject({ width: 180, height: 320, rotationDegrees: 90 });
    const still = (label: string, file: string, encoding: VideoEncoding) => ({
      file,
      video: { from: label, frames: 1, encoding },
    });
    await engine.transcode(
      {
        inputs: [{ kind: 'media', file: at('lying.mp4') }],
        graph: '[0:v]split[a][b]',
        outputs: [
          still('a', at('a.png'), { codec: 'png' }),
          still('b', at('b.jpg'), { codec: 'jpeg', quality: 2 }),
        ],
      },
      call(),
    );
    for (const [file, container] of [
      ['a.png', 'png'],
      ['b.jpg', 'jpeg'],
    ] as const)
      expect(await engine.probe(at(file), call())).toMatchObject({
        container,
        video: { width: 320, height: 180 },
      });
  });

  here('refuses an input without the stream the graph reads', async () => {
    await engine.transcode(silentTask(at('mute.mp4'), 3), call());
    const task = {
      inputs: [{ kind: 'media', file: at('mute.mp4') }],
      graph: '[0:a]anull[out]',
      outputs: [{ file: at('never.wav'), audio: { from: 'out', encoding: { codec: 'pcm' } } }],
    } as const;
    await expect(engine.transcode(task, call())).rejects.toMatchObject({
      code: expect.stringMatching(/^media_(rejected|failed)$/),
    });
    await expect(access(at('never.wav'))).rejects.toThrow();
  });

  here('fails without a file when a film has fewer frames than planned', async () => {
    const task: TranscodeTask = {
      inputs: [],
      graph: `testsrc2=size=${SIZE}:rate=30:duration=0.5[v]`,
      outputs: [{ file: at('short.mp4'), video: { from: 'v', frames: 31, encoding: h264 } }],
    };
    await expect(engine.transcode(task, call())).rejects.toMatchObject({ code: 'media_failed' });
    expect((await readdir(join(dir, name))).filter((file) => file.includes('short'))).toEqual([]);
  });

  here('stops at an abort and leaves neither file nor folder', async () => {
    const abort = new AbortController();
    const task = silentTask(at('endless.mp4'), 1_000_000);
    const running = engine.transcode(task, { signal: abort.signal });
    await vi.waitFor(
      async () =>
        expect((await readdir(join(dir, name))).some((file) => file.endsWith('.part'))).toBe(true),
      20_000,
    );
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'canceled' });
    expect((await readdir(join(dir, name))).filter((file) => file.includes('endless'))).toEqual([]);
    expect(await readdir(workDir)).toEqual([]);
  });

  here('turns kill -9 of its process into a retryable Problem and no file', async () => {
    const running = engine.transcode(silentTask(at('killed.mp4'), 1_000_000), call());
    running.catch(() => {});
    const pid = await vi.waitFor(async () => {
      const [part = ''] = (await readdir(join(dir, name))).filter((file) => file.endsWith('.part'));
      const holder = await holderOf(join(dir, name, part));
      expect(holder).not.toBeNull();
      return holder ?? 0;
    }, 20_000);
    process.kill(pid, 'SIGKILL');
    await expect(running).rejects.toMatchObject({
      code: expect.stringMatching(/^(child_crashed|media_failed)$/),
      retryable: true,
    });
    expect((await readdir(join(dir, name))).filter((file) => file.includes('killed'))).toEqual([]);
  });
});

test.skipIf(!ffmpegIsThere)('both engines make the same film', async () => {
  const makes = Object.fromEntries(engines);
  const files = [];
  for (const [name, make] of Object.entries(makes)) {
    const engine = await make(join(dir, name, 'work'));
    const file = join(dir, name, 'same.mp4');
    await engine.transcode(
      {
        inputs: [{ kind: 'media', file: join(dir, 'node-av', 'clip.mp4') }],
        graph: `[0:v]scale=320:568:force_original_aspect_ratio=increase:flags=bicubic,crop=320:568,setsar=1,fps=30,tpad=stop=-1:stop_mode=clone[v]`,
        outputs: [
          { file, video: { from: 'v', frames: 50, encoding: { ...h264, preset: 'veryfast' } } },
        ],
      },
      call(),
    );
    files.push(file);
  }
  const engine = makeNodeAvEngine({ workDir: join(dir, 'node-av', 'work') });
  const [own, system] = await Promise.all(files.map((file) => engine.probe(file, call())));
  expect(own?.video).toEqual(system?.video);
  const printed = await engine.measure(
    {
      inputs: files.map((file) => ({ kind: 'media', file })),
      graph: '[0:v][1:v]psnr,metadata=mode=print,nullsink',
    },
    call(),
  );
  const psnr = [...printed.matchAll(/psnr_avg=(\S+)/g)].map(([, value]) =>
    value === 'inf' ? 99 : Number(value),
  );
  expect(psnr).toHaveLength(50);
  expect(Math.min(...psnr)).toBeGreaterThan(38);
});
