import { Problem } from '../platform/problem.ts';

/** Also for one that was retried already. */
export class DeadLetterNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'dead_letter_not_found',
      message: 'There is no such dead letter: it was retried, or has gone for its age.',
      action: 'List the dead letters to see what is left.',
    });
  }
}
