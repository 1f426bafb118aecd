import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { verifyFilm } from '../deliver.ts';
import { mediaFailed } from '../errors.ts';
import type { FrameWriter, FrameWriterOptions } from '../frames.ts';
import { RGBA_TO_FILM } from '../graph.ts';
import type { VideoEncoding } from '../media.ts';
import { frameArgs } from './args.ts';

type H264 = Extract<VideoEncoding, { codec: 'h264' }>;
const STDERR_KEPT_CHARS = 4_096;

/**
 * A frame writer on a system ffmpeg: frames go through a pipe. The process belongs to the group of the
 * task that draws, so it dies with it.
 */
export function openFfmpegFrames(
  path: string,
  { file, size, fps }: FrameWriterOptions,
  encoding: H264,
): FrameWriter {
  const args = frameArgs(encoding, size, RGBA_TO_FILM, file);
  const child = spawn(path, [...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = ending(child);
  let frames = 0;
  return {
    async write(rgba) {
      frames += 1;
      await Promise.race([ended.early, flushed(child.stdin, rgba)]);
    },
    async close() {
      child.stdin.end();
      await ended.well;
      await verifyFilm(file, { frames, fps, sound: false });
      return { frames };
    },
    abort: () => child.kill('SIGKILL'),
  };
}

/** Resolves when the pipe has taken the bytes, which may be reused then. */
async function flushed(pipe: Writable, bytes: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  pipe.write(bytes, (error) => (error ? reject(mediaFailed('ended early', error)) : resolve()));
  await promise;
}

function ending(child: ChildProcessByStdio<Writable, null, Readable>) {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-STDERR_KEPT_CHARS);
  });
  // A broken pipe is told by the end of the process, with its reason.
  child.stdin.on('error', () => {});
  const well = once(child, 'close').then(
    ([code]) => {
      if (code !== 0) throw mediaFailed(`stopped with status ${code}`, new Error(said));
    },
    (error: unknown) => {
      throw mediaFailed('could not be started', error);
    },
  );
  const early = well.then(() => {
    throw mediaFailed('ended early', new Error(said));
  });
  // Each is awaited by whoever is writing or closing; nobody may be.
  well.catch(() => {});
  early.catch(() => {});
  return { well, early };
}
