import type { Moderation } from '../../moderation/moderation.ts';
import { stepOutputs } from '../outputs.ts';
import { defineStep, type Step } from '../step.ts';
import { wordsOf } from './brief-words.ts';

/** Reads everything the user wrote before any of it reaches a model. */
export function moderateStep(moderation: Moderation): Step {
  return defineStep(
    {
      kind: 'moderate',
      version: 2,
      deadlineMs: 10_000,
      maxFailures: 3,
      output: stepOutputs.moderate,
    },
    ({ brief, look }) => ({ terms: moderation.version, brief: wordsOf(brief), voice: look.voice }),
    async ({ brief, voice }, { accountId }) => {
      await moderation.assertAllowed(accountId, { brief, voice });
      return { done: {} };
    },
  );
}
