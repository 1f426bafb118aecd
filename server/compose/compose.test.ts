import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadImage } from '@napi-rs/canvas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MediaEngine } from '../media/media.ts';
import { makeNodeAvEngine } from '../media/node-av/engine.ts';
import { type Compositor, makeCompositor } from './compose.ts';
import { planSegments, type SegmentLook, type SegmentScene } from './segments.ts';
import { layTimeline, planTimeline, type Timeline } from './timeline.ts';

const SIZE = { width: 96, height: 160 };
const CALL = { signal: new AbortController().signal };

let dir: string;
let engine: MediaEngine;
let compositor: Compositor;
let voice: string;
let music: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-compose-'));
  engine = makeNodeAvEngine({ workDir: dir });
  compositor = makeCompositor({ engine, workDir: dir });
  voice = await sound('voice', 'sin(2*PI*180*t)*(0.2+0.15*sin(2*PI*3*t))', 1.3);
  music = await sound('music', '0.2*sin(2*PI*330*t)*exp(-3*mod(t,0.5))', 2);
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

function clip(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.mp4`, import.meta.url));
}

/** A mono WAV of a sounding expression of `t`. */
async function sound(name: string, expression: string, seconds: number): Promise<string> {
  const file = join(dir, `${name}.wav`);
  const graph = `aevalsrc=${expression.replaceAll(',', '\\,')}:s=48000:d=${seconds}[a]`;
  const audio = { from: 'a', encoding: { codec: 'pcm' } } as const;
  await engine.transcode({ inputs: [], graph, outputs: [{ file, audio }] }, CALL);
  return file;
}

const CLIP_NAMES = [
  'fps-23-976',
  'fps-25',
  'fps-29-97-wide',
  'fps-60-square',
  'variable-fps',
  'hevc-10-bit',
  'hlg',
  'rotated',
];
const CLIPS = CLIP_NAMES.map(clip);

/** A whole film from clips, one after another, each as long as its place in `timeline`. */
async function makeFilm(
  name: string,
  clips: readonly string[],
  timeline: Timeline,
  transition: SegmentLook['transition'],
): Promise<string> {
  const look = { size: SIZE, preset: 'draft', transition } as const;
  const segments: string[] = [];
  let before: SegmentScene | null = null;
  for (const [i, clipFile] of clips.entries()) {
    const { video } = await engine.probe(clipFile, CALL);
    const footage = { file: clipFile, sha256: clipFile, ...(video ? { video } : {}) };
    const scene = { footage, frames: timeline.scenes[i]?.frames ?? 0, captions: null };
    for (const segment of planSegments(scene, before, look)) {
      const file = join(dir, `${name}-${i}-${segment.kind}.mp4`);
      await compositor.encodeSegment(segment, file, CALL);
      segments.push(file);
    }
    before = scene;
  }
  const soundtrack = join(dir, `${name}.m4a`);
  const voices = timeline.scenes.map(({ voiceStartSample }) => ({
    file: voice,
    startSample: voiceStartSample,
  }));
  await compositor.makeSoundtrack(
    { samples: timeline.samples, voices, music: { file: music } },
    soundtrack,
    CALL,
  );
  const file = join(dir, `${name}.mp4`);
  await compositor.finish(
    { segments, soundtrack, frames: timeline.frames, title: name },
    file,
    CALL,
  );
  return file;
}

const expected = (timeline: Timeline) =>
  ({
    frames: timeline.frames,
    size: SIZE,
    sound: 'target',
    footage: 'filmed',
    scenes: [],
  }) as const;

describe('a film of clips of every kind', () => {
  const timeline = planTimeline(CLIPS.map((_, i) => 0.9 + i * 0.037));
  let film: string;

  beforeAll(async () => {
    film = await makeFilm('mixed', CLIPS, timeline, 'crossfade');
  });

  test('passes its check: not one frame of drift at any source rate, sound as long as the picture', async () => {
    const report = await compositor.check(film, expected(timeline), CALL);
    expect(report.measures.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.measures.find(({ name }) => name === 'frames')?.value).toBe(timeline.frames);
  });

  test('gets a poster, three snapshots and a contact sheet that are pictures', async () => {
    const plan = { scenes: timeline.scenes, size: SIZE, title: 'A mixed film' };
    const pictures = await compositor.takePictures(film, plan, join(dir, 'mixed'), CALL);
    for (const file of [pictures.poster, ...pictures.snapshots]) {
      const image = await loadImage(await readFile(file));
      expect([image.width, image.height]).toEqual([SIZE.width, SIZE.height]);
    }
    expect(pictures.snapshots).toHaveLength(3);
    const sheet = await loadImage(await readFile(pictures.contactSheet));
    expect(sheet.width).toBeGreaterThan(1000);
  });

  test('fails a check that expects one frame more', async () => {
    const report = await compositor.check(
      film,
      { ...expected(timeline), frames: timeline.frames + 1 },
      CALL,
    );
    expect(report.ok).toBe(false);
  });
});

test('a clip held on its last frame for more than 1.5 s fails the check, with where', async () => {
  const timeline = layTimeline([105]);
  const moving = join(dir, 'moving.mp4');
  const graph =
    'gradients=s=96x160:r=25:speed=0.05:nb_colors=2:c0=0x204060:c1=0x406080:x0=0:y0=0:x1=95:y1=159,trim=end_frame=30[v]';
  const encoding = { codec: 'h264', preset: 'ultrafast', crf: 23, fps: 25, gopFrames: 50 } as const;
  const outputs = [{ file: moving, video: { from: 'v', frames: 30, encoding } }];
  await engine.transcode({ inputs: [], graph, outputs }, CALL);
  const film = await makeFilm('held', [moving], timeline, 'cut');
  const report = await compositor.check(film, expected(timeline), CALL);
  const frozen = report.measures.find(({ name }) => name === 'frozen_spans');
  expect(frozen?.ok).toBe(false);
  expect(frozen?.value).toMatchObject([[expect.closeTo(1.2, 0), 3.5]]);
});
