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

/** The chain is not what it was; nothing is anchored on top of that. */
export class AuditChainBroken extends Problem {
  constructor(sentence: string) {
    super({
      kind: 'conflict',
      code: 'audit_chain_broken',
      message: `The audit chain is broken. ${sentence}`,
      action: 'Keep a copy of the database as it is, and run `./clipt audit verify`.',
    });
  }
}
