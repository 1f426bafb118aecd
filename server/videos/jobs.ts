import { z } from 'zod';
import { isId, type StepId } from '../platform/ids.ts';
import { defineQueue } from '../platform/queue/queue-definition.ts';

/** The bell: a job names a step and nothing else; whoever answers reads the step's row. */
export const stepBell = defineQueue({
  name: 'steps',
  payload: z.object({
    step_id: z.string().refine((text): text is StepId => isId('stp', text)),
  }),
});
