import { Problem } from '../problem.ts';

/** What the queue could not do. */
export class QueueProblem extends Problem {}

export const invalidPayload = (queue: string, cause?: unknown) =>
  new QueueProblem({
    kind: 'internal',
    code: 'queue_payload_invalid',
    message: `A job of the queue ${queue} does not have the form that its queue defines.`,
    action: 'Run all clipt processes in the same version; if it stays, report it.',
    cause,
  });

export const queueFailed = (cause: unknown) =>
  new QueueProblem({
    kind: 'internal',
    code: 'queue_failed',
    message: 'The job queue refused what clipt asked of it.',
    action: 'Run the command again; if it stays, run `./clipt doctor` and report its output.',
    cause,
  });
