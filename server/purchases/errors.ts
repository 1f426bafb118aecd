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

/** Whether the vendor did what was asked for, nobody has said. */
export class PurchaseUncertain extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'purchase_uncertain',
      message: 'The vendor may have been paid for this already, so it is not bought again.',
      action:
        'Compare it with the vendor’s bill by model and time. What a film still lacks is ordered anew when its person renders it again.',
    });
  }
}
