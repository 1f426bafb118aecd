import { Problem } from '../platform/problem.ts';
import { mediaFailed } from './errors.ts';
import type { FrameWriter, FrameWriterOptions } from './frames.ts';
import type { VideoEncoding } from './media.ts';

/**
 * Opens a writer of drawn frames, for use inside a child process (`serveChildTask`) that draws them:
 * H.264 High, yuv420p, converted and tagged as limited-range bt709, constant frame rate, a key frame
 * every two seconds, MP4 with the index first, no sound.
 *
 *     const writer = await openFrameWriter({ engine: 'node-av', file, size, fps: 30, preset: 'veryfast', crf: 20 });
 *     for (const frame of frames) await writer.write(frame.rgba);
 *     const { frames } = await writer.close();
 *
 * All of its promises reject with a `Problem` (`media_failed`).
 */
export async function openFrameWriter(options: FrameWriterOptions): Promise<FrameWriter> {
  const { width, height } = options.size;
  const writer = await open(options).catch((error: unknown) => {
    throw error instanceof Problem ? error : mediaFailed('could not open a film to write', error);
  });
  return {
    ...writer,
    async write(rgba) {
      if (rgba.length !== width * height * 4)
        throw mediaFailed(`was given a frame of ${rgba.length} bytes`, undefined, false);
      await writer.write(rgba);
    },
  };
}

async function open(options: FrameWriterOptions): Promise<FrameWriter> {
  const encoding = frameEncoding(options);
  // The engine's library takes 80 MB; a process that feeds a system ffmpeg does without.
  if (options.engine === 'node-av') {
    const { openNodeAvFrames } = await import('./node-av/frames.ts');
    return openNodeAvFrames(options, encoding);
  }
  const { openFfmpegFrames } = await import('./ffmpeg/frames.ts');
  return openFfmpegFrames(options.engine.ffmpeg, options, encoding);
}

function frameEncoding({
  preset,
  crf,
  fps,
}: FrameWriterOptions): Extract<VideoEncoding, { codec: 'h264' }> {
  return { codec: 'h264', preset, crf, fps, gopFrames: Math.round(fps * 2) };
}
