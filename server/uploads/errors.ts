import { mediaRejected } from '../media/errors.ts';
import { Problem, TooMany } from '../platform/problem.ts';
import type { Rejection, UploadKind } from './contract.ts';

export class UploadNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'upload_not_found',
      message: 'There is no such upload.',
      action: 'Check the id; an upload that is not completed within 24 hours is forgotten.',
    });
  }
}

export class UploadMissing extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'upload_missing',
      message: 'The file has not arrived yet.',
      action: 'Send the file with the form of the upload, then complete it.',
    });
  }
}

export class UploadNotReady extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'upload_not_ready',
      message: 'The upload cannot be used yet.',
      action: 'Complete the upload and wait until its status is `ready`.',
      retryable: true,
    });
  }
}

export class UploadOfOtherKind extends Problem {
  constructor(wanted: readonly UploadKind[]) {
    super({
      kind: 'invalid',
      code: 'upload_wrong_kind',
      message: `This needs an upload of another kind: ${wanted.join(' or ')}.`,
      action: 'Name an upload of that kind.',
    });
  }
}

export class TooManyUploads extends TooMany {
  constructor(limit: number) {
    super({
      code: 'too_many_uploads',
      message: `There may be ${limit} unfinished uploads at a time.`,
      action: 'Complete those that are open; what is never completed is forgotten after 24 hours.',
      retryAfterSeconds: 60,
    });
  }
}

/** A file that is not taken: the same answer whenever it is asked about. */
export class UploadRejected extends Problem {
  constructor({ code, message, action }: Rejection, cause?: unknown) {
    super({ kind: 'invalid', code, message, action: action ?? undefined, cause });
  }
}

/** `why` completes "The media file …". */
export const notOfItsKind = (why: string) => mediaRejected(why);

export const mediaTooLong = (minutes: number) =>
  new UploadRejected({
    code: 'media_too_long',
    message: `The file is longer than ${minutes} minutes.`,
    action: 'Cut it into shorter files.',
  });

export const fileTooLarge = () =>
  new UploadRejected({
    code: 'file_too_large',
    message: 'The file is larger than its upload said.',
    action: 'Open an upload with the true size of the file.',
  });

export const imageTooSmall = (pixels: number) =>
  new UploadRejected({
    code: 'image_too_small',
    message: `The picture's shorter side has fewer than ${pixels} pixels.`,
    action: 'Use a larger picture.',
  });

/** What became of a file whose processing failed again and again through no fault that we know of. */
export const PROCESSING_FAILED: Rejection = {
  code: 'processing_failed',
  message: 'The file could not be prepared.',
  action: 'Upload it once more; if it stays, convert it to an MP4, WAV or PNG file first.',
};

/** What became of a file whose account was deleted before it could be used. */
export const ACCOUNT_DELETED: Rejection = {
  code: 'account_deleted',
  message: 'The account was deleted before the file was ready.',
  action: 'Upload it once more.',
};
