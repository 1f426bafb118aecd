import { Problem } from '../platform/problem.ts';

/** A plan asks for something that no film can be: a negative length, a caption outside its scene. */
export class BadPlan extends Problem {
  constructor(message: string) {
    super({
      kind: 'invalid',
      code: 'bad_plan',
      message,
      action: 'Check the lengths and the order of the scenes.',
    });
  }
}
