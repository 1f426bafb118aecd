import { Problem } from '../platform/problem.ts';

export class OverMaxCredits extends Problem {
  constructor(max: number) {
    super({
      kind: 'exhausted',
      code: 'max_credits_reached',
      message: `Going on would cost more than the ${max} credits that the video may cost.`,
      action: 'Raise max_credits and render again: what is finished is kept and not bought twice.',
    });
  }
}
