import { Problem } from '../platform/problem.ts';

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
