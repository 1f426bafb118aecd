import { z } from 'zod';

/** What a task process says to its parent, one JSON message each. */
export const fromChild = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), fraction: z.number().min(0).max(1) }),
  z.object({
    type: z.literal('done'),
    output: z.unknown(),
    cost: z.object({ cpuMs: z.number().nonnegative(), peakMemoryBytes: z.number().nonnegative() }),
  }),
  z.object({
    type: z.literal('failed'),
    problem: z.object({
      kind: z.enum([
        'invalid',
        'not-found',
        'conflict',
        'denied',
        'exhausted',
        'upstream',
        'canceled',
        'internal',
      ]),
      code: z.string(),
      message: z.string(),
      action: z.string().optional(),
      retryable: z.boolean(),
    }),
    /** The internal reason, for the log of the parent. */
    detail: z.string(),
  }),
]);
export type FromChild = z.infer<typeof fromChild>;
