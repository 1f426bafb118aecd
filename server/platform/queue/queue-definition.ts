import type { z } from 'zod';

/** What happens to a queue's jobs, whatever they carry. */
export type QueueRules = {
  /** Letters, digits, `_`, `-`, `.`; stable, since jobs outlive versions. */
  readonly name: string;
  /** Runs after the first before the job goes to the dead letters. */
  readonly retryLimit: number;
  /** Pause before the first retry in seconds; doubles with each, with jitter, up to `retryDelayMaxSeconds`. */
  readonly retryDelaySeconds: number;
  readonly retryDelayMaxSeconds: number;
  /** Longest one run may take, in seconds; then its signal fires and it counts as failed. */
  readonly expireInSeconds: number;
  /** A run whose process is silent so long is given to another; 10 is the least. */
  readonly heartbeatSeconds: number;
};

/** One queue: its rules, and what its jobs carry. */
export type QueueDefinition<Payload extends object> = QueueRules & {
  /** Checked when a job is sent and again when it is run, perhaps by another version. */
  readonly payload: z.ZodType<Payload>;
};

const DEFAULTS = {
  retryLimit: 3,
  retryDelaySeconds: 1,
  retryDelayMaxSeconds: 60,
  expireInSeconds: 900,
  // With the supervision interval of queue.ts a killed worker's job is taken over within 20 s.
  heartbeatSeconds: 10,
};

/** Completes a definition with the defaults: 3 retries, 1 s to 60 s apart, 15 minutes, 10 s of silence. */
export function defineQueue<Payload extends object>(
  definition: Pick<QueueDefinition<Payload>, 'name' | 'payload'> & Partial<QueueRules>,
): QueueDefinition<Payload> {
  return { ...DEFAULTS, ...definition };
}

/** Where the jobs of a queue go that failed for good. */
export const deadLetterName = (queue: string): string => `${queue}.dead`;
