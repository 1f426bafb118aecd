import { randomBytes } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { mediaFailed } from './errors.ts';
import { VIDEO_TIMESCALE } from './graph.ts';
import type { JoinTask, TranscodeTask } from './media.ts';
import { readMp4Tracks } from './mp4.ts';

/** A file to be made, and the test it must pass before it gets its name. */
export type Delivery = { readonly file: string; readonly verify: (made: string) => Promise<void> };

/**
 * Makes files under temporary names beside their targets, verifies each and renames all of them; when
 * anything fails no target is touched and no temporary file stays.
 */
export async function deliver<T>(
  deliveries: readonly Delivery[],
  make: (temporary: readonly string[]) => Promise<T>,
): Promise<T> {
  const temporary = deliveries.map(({ file }) =>
    join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.part`),
  );
  const parts = deliveries.map(({ file, verify }, i) => ({
    file,
    verify,
    made: temporary[i] ?? '',
  }));
  try {
    const result = await make(temporary);
    for (const { verify, made } of parts) await verify(made);
    for (const { file, made } of parts) await rename(made, file);
    return result;
  } finally {
    await Promise.all(temporary.map((file) => rm(file, { force: true })));
  }
}

/** What the outputs of a transcode must hold: every planned frame, at the planned rate. */
export function transcodeDeliveries(task: TranscodeTask): readonly Delivery[] {
  return task.outputs.map(({ file, video, audio }) => ({
    file,
    verify: async (made) => {
      if (video?.encoding.codec === 'h264')
        await verifyFilm(made, { frames: video.frames, fps: video.encoding.fps, sound: !!audio });
      else if (video) await verifyFilled(made);
      else if (audio?.encoding.codec === 'aac') await verifySound(made);
      else await verifyFilled(made);
    },
  }));
}

export function joinDelivery(task: JoinTask, fps: number): Delivery {
  const { file, frames, audio } = task;
  return { file, verify: (made) => verifyFilm(made, { frames, fps, sound: audio !== undefined }) };
}

/** Throws `media_failed` unless the MP4 holds exactly these frames, evenly spaced. */
export async function verifyFilm(
  made: string,
  expected: { frames: number; fps: number; sound: boolean },
): Promise<void> {
  const tracks = (await readMp4Tracks(made)) ?? [];
  const video = tracks.find(({ kind }) => kind === 'video');
  const ticks = Math.round((expected.frames * VIDEO_TIMESCALE) / expected.fps);
  if (video?.samples !== expected.frames)
    throw mediaFailed(`made ${video?.samples ?? 0} frames instead of ${expected.frames}`);
  if (video.timescale !== VIDEO_TIMESCALE || video.duration !== ticks)
    throw mediaFailed('made a film of uneven frames');
  if (expected.sound) await verifySound(made);
}

async function verifySound(made: string): Promise<void> {
  const tracks = (await readMp4Tracks(made)) ?? [];
  if (!tracks.some(({ kind, samples }) => kind === 'audio' && samples > 0))
    throw mediaFailed('made a file without its sound');
}

async function verifyFilled(made: string): Promise<void> {
  const found = await stat(made).catch(() => null);
  if (!found || found.size === 0) throw mediaFailed('made an empty file');
}
