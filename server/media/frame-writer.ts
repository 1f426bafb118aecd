import { Problem } from '../platform/problem.ts';
import { mediaFailed } from './errors.ts';
import type { VideoEncoding } from './media.ts';

type H264 = Extract<VideoEncoding, { codec: 'h264' }>;

export type FrameWriterOptions = {
  /** The engine's library in this process, or a system ffmpeg (absolute path) fed through a pipe. */
  readonly engine: 'node-av' | { readonly ffmpeg: string };
  /** The MP4 to write. It grows under this very name: give a temporary one and rename it after `close`. */
  readonly file: string;
  /** Even numbers of pixels. */
  readonly size: { readonly width: number; readonly height: number };
  readonly fps: number;
  readonly preset: H264['preset'];
  /** 0 to 51. */
  readonly crf: number;
};

export type FrameWriter = {
  /**
   * Adds a frame of `width * height * 4` bytes, RGBA (sRGB, opaque, rows from the top without padding).
   * The bytes may be reused once the promise resolves. Await each call: that bounds what waits.
   */
  write(rgba: Uint8Array): Promise<void>;
  /** Ends the file and tells how many frames it holds. Rejects when they are not all in it. */
  close(): Promise<{ frames: number }>;
  /** Stops at once; the file is of no use. */
  abort(): void;
};

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

function frameEncoding({ preset, crf, fps }: FrameWriterOptions): H264 {
  return { codec: 'h264', preset, crf, fps, gopFrames: Math.round(fps * 2) };
}
