import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMediaEngine } from '../media/engine.ts';
import type { MediaEngine } from '../media/media.ts';
import { acceptClip } from './accept-clip.ts';

const call = { signal: new AbortController().signal };
let dir: string;
let engine: MediaEngine;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-clips-'));
  engine = await makeMediaEngine({ ffmpegPath: null, workDir: join(dir, 'work') });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** 97 frames at 24 a second, as a vendor films four seconds. */
async function film(): Promise<string> {
  const file = join(dir, 'film.mp4');
  const encoding = { codec: 'h264', preset: 'ultrafast', crf: 40, fps: 24, gopFrames: 48 } as const;
  const outputs = [{ file, video: { from: 'v', frames: 97, encoding } }];
  const graph = 'color=c=gray:s=64x64:r=24,format=yuv420p[v]';
  await engine.transcode({ inputs: [], graph, outputs }, call);
  return file;
}

test('a clip may be a little shorter than ordered, not far shorter', async () => {
  const clip = await film();
  expect(await acceptClip(engine, clip, 4, call)).toBeCloseTo(97 / 24, 3);
  expect(await acceptClip(engine, clip, 4.5, call)).toBeCloseTo(97 / 24, 3);
  const refused = { kind: 'upstream', code: 'provider_clip_unusable', retryable: false };
  await expect(acceptClip(engine, clip, 5, call)).rejects.toMatchObject(refused);
});

test('what cannot be played is refused as the model delivered it, and a stop stays a stop', async () => {
  const page = join(dir, 'page.mp4');
  await writeFile(page, '<html>Please wait</html>');
  await expect(acceptClip(engine, page, 4, call)).rejects.toMatchObject({
    kind: 'upstream',
    code: 'provider_clip_unusable',
  });
  const sound = join(dir, 'sound.m4a');
  const audio = { from: 'a', encoding: { codec: 'aac', bitrateKbps: 64 } } as const;
  const outputs = [{ file: sound, audio }];
  await engine.transcode({ inputs: [], graph: 'sine=duration=5[a]', outputs }, call);
  await expect(acceptClip(engine, sound, 4, call)).rejects.toMatchObject({
    code: 'provider_clip_unusable',
  });
  const stopped = { signal: AbortSignal.abort() };
  await expect(acceptClip(engine, sound, 4, stopped)).rejects.toMatchObject({ code: 'canceled' });
});
