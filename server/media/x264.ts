import { availableParallelism } from 'node:os';
import type { VideoEncoding } from './media.ts';

type H264 = Extract<VideoEncoding, { codec: 'h264' }>;

/**
 * x264's own parameters, the same words for both engines. `stitchable` keeps the headers of all
 * segments equal, whatever their content, so that copying them one after another is legal; closed GOPs
 * let a player start at each; 8x8dct makes even `ultrafast` the High profile.
 */
export function x264Params({ gopFrames }: H264): string {
  return `keyint=${gopFrames}:open-gop=0:stitchable=1:8x8dct=1`;
}

/** x264's own rule (1.5 per core) up to six: more threads win little and each holds frames in memory. */
export function encoderThreads(): number {
  return Math.min(6, Math.ceil(availableParallelism() * 1.5));
}

/** A decoding thread holds a frame or two of its own; four keep an encoder fed. */
export const DECODER_THREADS = Math.min(4, availableParallelism());
