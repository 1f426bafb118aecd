import { Problem } from '../platform/problem.ts';

export class KeyNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'key_not_found',
      message: 'There is no such API key.',
      action: 'List the keys to see their ids.',
    });
  }
}

export class TooManyKeys extends Problem {
  constructor(most: number) {
    super({
      kind: 'conflict',
      code: 'too_many_keys',
      message: `The account has ${most} API keys already.`,
      action: 'Revoke one that is not used any more.',
    });
  }
}
