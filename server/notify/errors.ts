import { Problem } from '../platform/problem.ts';

export class MailTurnedOff extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'mail_turned_off',
      message: 'This installation sends no mail.',
      action: 'Set RESEND_API_KEY and MAIL_FROM, and start clipt again.',
    });
  }
}

/** The account is gone, or has no address. */
export class NobodyToMail extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'nobody_to_mail',
      message: 'There is nobody any more whom this mail could go to.',
      action: 'Leave it; its record goes thirty days after it was made.',
    });
  }
}
