import { Problem, type ProblemInit } from '../problem.ts';

/** What ended a child process before it could hand in its result. */
export class ChildProblem extends Problem {}

const problem = (init: ProblemInit) => new ChildProblem(init);

/** The child's own last words; kept as `cause`, never shown. */
const lastWords = (stderr: string) => (stderr === '' ? undefined : new Error(stderr));

export const notStarted = (cause: unknown) =>
  problem({
    kind: 'internal',
    code: 'child_not_started',
    message: 'A helper process could not be started.',
    action: 'Check that the machine has free memory and process slots, then run the command again.',
    retryable: true,
    cause,
  });

export const crashed = (how: string, stderr: string) =>
  problem({
    kind: 'internal',
    code: 'child_crashed',
    message: `A helper process ended unexpectedly (${how}).`,
    action: 'Run the command again; what is already made is kept.',
    retryable: true,
    cause: lastWords(stderr),
  });

export const outOfMemory = (limitMiB: number, stderr: string) =>
  problem({
    kind: 'internal',
    code: 'out_of_memory',
    message: `A helper process needed more than its ${limitMiB} MiB of memory.`,
    action: 'Use smaller or fewer source files.',
    cause: lastWords(stderr),
  });

export const timedOut = (limitMs: number, stderr: string) =>
  problem({
    kind: 'internal',
    code: 'timed_out',
    message: `A helper process took longer than its ${Math.ceil(limitMs / 1000)} s.`,
    action: 'Run the command again when the machine is less busy.',
    retryable: true,
    cause: lastWords(stderr),
  });

export const canceled = (reason: unknown) =>
  problem({
    kind: 'canceled',
    code: 'canceled',
    message: 'The work was canceled.',
    cause: reason,
  });

export const badResult = (cause: unknown) =>
  problem({
    kind: 'internal',
    code: 'child_bad_result',
    message: 'A helper process handed in a result of the wrong shape.',
    action: 'Run `./clipt doctor` and report its output.',
    cause,
  });
