import { mediaFailed } from './errors.ts';
import { VIDEO_TIMESCALE } from './graph.ts';
import type { JoinTask } from './media.ts';
import { type Mp4Track, readMp4Tracks } from './mp4.ts';

/** How the packets of all segments are to be stamped in the joined film. */
export type FilmGrid = {
  /** Ticks of one frame. */
  readonly frameTicks: number;
  /** Frames by which decoding runs ahead of showing: the most that any segment needs. */
  readonly delayFrames: number;
};

/**
 * The grid of a join. Throws `media_failed` when a segment is not one of ours, when their settings
 * differ, or when together they do not hold the film's frames: copying cannot mend that.
 */
export async function filmGrid(task: JoinTask): Promise<FilmGrid> {
  const tracks = await Promise.all(task.segments.map(videoTrack));
  const ticks = new Set(tracks.map(({ duration, samples }) => duration / samples));
  const [frameTicks = Number.NaN] = ticks;
  const frames = tracks.reduce((sum, { samples }) => sum + samples, 0);
  if (frames !== task.frames)
    throw mediaFailed(`was given ${frames} frames to join instead of ${task.frames}`);
  if (ticks.size !== 1 || !Number.isInteger(frameTicks))
    throw mediaFailed('was given segments of different frame rates');
  if (new Set(tracks.map(({ setup }) => setup)).size !== 1)
    throw mediaFailed('was given segments of different settings');
  const delay = Math.max(...tracks.map((track) => track.delay));
  return { frameTicks, delayFrames: Math.ceil(delay / frameTicks) };
}

export const gridFps = ({ frameTicks }: FilmGrid) => VIDEO_TIMESCALE / frameTicks;

async function videoTrack(file: string): Promise<Mp4Track> {
  const tracks = await readMp4Tracks(file).catch((error: unknown) => {
    throw mediaFailed('was given a segment that is not there', error);
  });
  const video = tracks?.find(({ kind }) => kind === 'video');
  if (!video || video.samples === 0 || video.timescale !== VIDEO_TIMESCALE)
    throw mediaFailed('was given a segment it did not make');
  return video;
}
