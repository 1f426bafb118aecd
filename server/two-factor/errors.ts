import { Problem, TooMany } from '../platform/problem.ts';

/** The one answer to a code that is not taken, whether it is wrong, used, too old or of a session that is over. */
export class CodeInvalid extends Problem {
  constructor() {
    super({
      kind: 'denied',
      code: 'totp_invalid',
      status: 401,
      message: 'That code is not one that works now.',
      action:
        'Enter the newest code of your authenticator app. Once two-factor is on, an unused recovery code does as well.',
    });
  }
}

export class CodesLocked extends TooMany {
  constructor(forMs: number) {
    super({
      code: 'two_factor_locked',
      message: 'Too many wrong codes were entered, so none is taken for a while.',
      action: `Try again in ${Math.ceil(forMs / 60_000)} min.`,
      retryAfterSeconds: forMs / 1000,
    });
  }
}

export class AlreadyEnabled extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'two_factor_enabled',
      message: 'Two-factor authentication is on already.',
      action: 'Turn it off first to set up another app.',
    });
  }
}

export class NotEnabled extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'two_factor_not_enabled',
      message: 'Two-factor authentication is not on.',
      action: 'Set it up first, or sign in again.',
    });
  }
}

export class EnrolmentNotFound extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'enrolment_not_found',
      message:
        'Nothing waits for a first code: it was confirmed already, or begun more than an hour ago.',
      action: 'Begin again, and scan the new QR code.',
    });
  }
}

export class SecretUnreadable extends Problem {
  constructor() {
    super({
      kind: 'internal',
      code: 'totp_secret_unreadable',
      message: 'The secret of the second factor cannot be read.',
      action:
        'Use a recovery code, then set up two-factor anew; tell whoever runs this installation.',
    });
  }
}
