import { ContentRejected } from '../../moderation/errors.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import type { Brief } from '../contract.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step } from '../step.ts';

/** Reads everything the user wrote before any of it reaches a model. */
export function moderateStep(moderation: Moderation): Step {
  return defineStep(
    {
      kind: 'moderate',
      version: 1,
      deadlineMs: 10_000,
      maxFailures: 3,
      output: stepOutputs.moderate,
    },
    (film) => ({ terms: moderation.version, texts: textsOf(film.brief) }),
    async ({ texts }) => {
      assertAllowed(moderation, texts);
      return { done: {} };
    },
  );
}

/** Throws ContentRejected with the category alone. */
export function assertAllowed(moderation: Moderation, texts: readonly string[]): void {
  const verdict = moderation.check(texts);
  if (!verdict.allowed) throw new ContentRejected(verdict.category);
}

function textsOf(brief: Brief): readonly string[] {
  if (brief.kind === 'topic') return [brief.topic];
  const scenes = brief.scenes.flatMap(({ narration, visual }) =>
    visual === null ? [narration] : [narration, visual],
  );
  return [brief.title, ...scenes];
}
