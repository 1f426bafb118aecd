import { Problem } from '../platform/problem.ts';

/** What the media engine refuses or could not do. */
export class MediaProblem extends Problem {}

/** A file that is not acceptable media; `why` completes "The media file …". */
export const mediaRejected = (why: string, cause?: unknown) =>
  new MediaProblem({
    kind: 'invalid',
    code: 'media_rejected',
    message: `The media file ${why}.`,
    action: 'Use an MP4, MOV, WebM, MKV, MP3, WAV, OGG, FLAC, PNG, JPEG or WebP file that plays.',
    cause,
  });

export const mediaFailed = (what: string, cause?: unknown, retryable = true) =>
  new MediaProblem({
    kind: 'internal',
    code: 'media_failed',
    message: `The media engine ${what}.`,
    action: 'Run the command again; if it stays, run `./clipt doctor` and report its output.',
    retryable,
    cause,
  });

export const engineUnusable = (path: string, why: string, cause?: unknown) =>
  new MediaProblem({
    kind: 'invalid',
    code: 'ffmpeg_unusable',
    message: `CLIPT_FFMPEG names ${path}, which ${why}.`,
    action:
      'Set CLIPT_FFMPEG to the absolute path of an ffmpeg 5.1 or newer with libx264, or unset it to use the engine clipt brings.',
    cause,
  });
