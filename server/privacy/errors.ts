import { Problem, TooMany } from '../platform/problem.ts';

export class ExportNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'export_not_found',
      message: 'There is no such export.',
      action: 'Check the id; an export is kept for a week.',
    });
  }
}

export class ExportNotReady extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'export_not_ready',
      message: 'The export is not there to be downloaded.',
      action: 'Wait until its status is `ready`; ask for another one if it failed.',
      retryable: true,
    });
  }
}

export class TooManyExports extends TooMany {
  constructor(limit: number, nextInSeconds: number) {
    super({
      code: 'rate_limited',
      message: `There may be ${limit} exports in 24 hours.`,
      action: 'Use one that is there, or try again later.',
      retryAfterSeconds: nextInSeconds,
    });
  }
}

export class AlreadyDeleted extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'account_deleted',
      message: 'This account is being deleted already.',
      action: 'Sign in to restore it.',
    });
  }
}

export class TooLateToRestore extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'account_purged',
      status: 410,
      message: 'The account was deleted more than thirty days ago and cannot be restored.',
      action: 'Sign in again for a new account.',
    });
  }
}

export class ImportUnreadable extends Problem {
  constructor(cause?: unknown) {
    super({
      kind: 'invalid',
      code: 'import_unreadable',
      message: 'The archive is no export that can be read here.',
      action: 'Send an export of the form clipt-export/1, as it was downloaded.',
      cause,
    });
  }
}

export class ImportDamaged extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'import_damaged',
      message: 'The archive does not hold what its manifest says.',
      action: 'Download the export again.',
    });
  }
}

/** `why` completes "The archive cannot be taken in:". It names tables and columns, never a value. */
export class ImportRefused extends Problem {
  constructor(why: string, cause?: unknown) {
    super({
      kind: 'invalid',
      code: 'import_refused',
      message: `The archive cannot be taken in: ${why}.`,
      action: 'Send an export that was made with media, as it was downloaded.',
      cause,
    });
  }
}

export class ImportTooLarge extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'import_too_large',
      status: 413,
      message: 'The archive is larger than what is taken in.',
      action: 'Ask whoever runs the installation to run `./clipt import`.',
    });
  }
}

export class ImportConflict extends Problem {
  constructor(cause: unknown) {
    super({
      kind: 'conflict',
      code: 'import_conflict',
      message: 'The account has gone on with what is in the archive, in another way.',
      action: 'Take it into another account.',
      cause,
    });
  }
}
