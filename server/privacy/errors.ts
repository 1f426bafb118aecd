import { Problem, TooMany } from '../platform/problem.ts';

export class AccountNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'account_not_found',
      message: 'There is no such account.',
      action: 'Check the id.',
    });
  }
}

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
