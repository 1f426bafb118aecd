import { Problem } from '../platform/problem.ts';

/** What cannot go on record keeps its action from happening. */
export class AuditEntryRefused extends Problem {
  constructor(fault: string) {
    super({
      kind: 'invalid',
      code: 'audit_entry_refused',
      message: `This cannot go on record: ${fault}.`,
      action: 'Say it in 1 to 500 plain characters on one line, without an e-mail address.',
    });
  }
}
