import { asProblem, Problem } from '../problem.ts';

export class ObjectNotFound extends Problem {
  constructor() {
    // The key stays out of the sentence: it may belong to another account.
    super({ kind: 'not-found', code: 'object_not_found', message: 'There is no such file.' });
  }
}

export class BadObjectKey extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'bad_object_key',
      message: 'A storage key is not made of plain parts.',
      action: 'Use parts of letters, digits, dots, dashes and underscores, separated by slashes.',
    });
  }
}

export class BadByteRange extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'bad_byte_range',
      message: 'The range asked for lies outside the file.',
      action: 'Ask for bytes that the file has.',
    });
  }
}

export class BadLinkTerms extends Problem {
  constructor(what: string) {
    super({
      kind: 'invalid',
      code: 'bad_link_terms',
      message: `A signed link cannot have ${what}.`,
    });
  }
}

/** A signed address that was altered, expired, or made for another purpose: the answer is the same for all. */
export class LinkRejected extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'link_rejected',
      message: 'This link is not valid any more.',
      action: 'Ask for a new link.',
    });
  }
}

export class StorageFull extends Problem {
  constructor(cause: unknown) {
    super({
      kind: 'exhausted',
      code: 'storage_full',
      message: 'The storage is full.',
      action: 'Free some space where CLIPT_DATA_DIR lies, then run the same command again.',
      retryable: true,
      cause,
    });
  }
}

export class StorageUnavailable extends Problem {
  constructor(cause: unknown) {
    super({
      kind: 'upstream',
      code: 'storage_unavailable',
      message: 'The object storage does not answer.',
      action: 'Check S3_ENDPOINT and the network; the work goes on from where it stands.',
      retryable: true,
      cause,
    });
  }
}

export class StorageRefused extends Problem {
  constructor(cause: unknown) {
    super({
      kind: 'upstream',
      code: 'storage_refused',
      message: 'The object storage refused the request.',
      action: 'Check S3_BUCKET, S3_REGION, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.',
      cause,
    });
  }
}

/** The error codes of a file system that has no room: full, over quota. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

/** What a file operation of a store threw, as a Problem. */
export function fileProblem(error: unknown): Problem {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return new ObjectNotFound();
  if (code === 'ELOOP') return new BadObjectKey();
  if (code !== null && NO_ROOM.has(code)) return new StorageFull(error);
  return asProblem(error);
}

export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
