import { AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { type CodecContext, FFmpegError } from 'node-av/lib';

/** A libav* call that failed: which, and its own words. */
export class AvError extends Error {
  constructor(code: number, doing: string) {
    super(`${doing}: ${FFmpegError.strerror(code)}`);
    this.name = 'AvError';
  }
}

/** The result of a libav* call, which is negative when it failed. */
export function succeed(result: number, doing: string): number {
  if (result < 0) throw new AvError(result, doing);
  return result;
}

/** What a call that hands out frames or packets one by one says. */
export type Handed = 'one' | 'later' | 'end';

export function handed(result: number, doing: string): Handed {
  if (result >= 0) return 'one';
  if (result === AVERROR_EAGAIN) return 'later';
  if (result === AVERROR_EOF) return 'end';
  throw new AvError(result, doing);
}

/**
 * Sets options of a codec before it is opened. Never hand a `Dictionary` to `open2`: node-av 6.1.1
 * frees it a second time when it collects the wrapper, and the process ends by SIGSEGV.
 */
export function setOptions(
  context: CodecContext,
  options: { readonly [name: string]: string },
): void {
  for (const [name, value] of Object.entries(options))
    succeed(context.setOption(name, value), `set ${name}`);
}
