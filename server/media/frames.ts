import type { VideoEncoding } from './media.ts';

/** What a writer of drawn frames is asked and gives. */

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
