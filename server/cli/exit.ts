import { asProblem, type Problem, reasonOf } from '../platform/problem.ts';

/** Exit statuses of every command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  signIn: 3,
  timedOut: 4,
  interrupted: 130,
} as const;

/** A command used in a way it does not have: exit status 2. */
export class UsageError extends Error {}

/** Says on stderr in one sentence what went wrong and what to do, and names the exit status. */
export function reportProblem(error: unknown, debug: boolean): number {
  if (error instanceof UsageError) {
    process.stderr.write(`clipt: ${error.message}\n`);
    return EXIT.usage;
  }
  const problem = asProblem(error);
  if (problem.kind === 'canceled') return EXIT.interrupted;
  const { error_name: reason } = problem.kind === 'internal' ? reasonOf(problem) : {};
  process.stderr.write(`clipt: ${sentence(problem)}${reason ? ` (${reason})` : ''}\n`);
  if (debug) process.stderr.write(`${describeCauses(problem)}\n`);
  return EXIT.failed;
}

export function sentence(problem: Pick<Problem, 'message' | 'action'>): string {
  return problem.action ? `${problem.message} ${problem.action}` : problem.message;
}

/** The chain of causes with their stacks, for the person at this terminal alone. */
function describeCauses(error: unknown): string {
  const lines: string[] = [];
  let current = error;
  for (let depth = 0; current instanceof Error && depth < 8; depth += 1) {
    lines.push(current.stack ?? `${current.name}: ${current.message}`);
    current = current.cause;
  }
  return lines.join('\ncaused by ');
}
