import { Problem } from '../../platform/problem.ts';

/** What is wrong with a script file: where, and what to change. */
export class ScriptProblem extends Problem {
  constructor(code: string, message: string, action: string) {
    super({ kind: 'invalid', code, message, action });
  }
}
