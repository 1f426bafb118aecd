import { ApiProblem } from '../../../client/client.ts';
import { EXIT, sentence } from '../exit.ts';

/** Says what an installation refused, and names the exit status: 3 for a key that does not work. */
export function reportRemoteProblem(error: unknown): number {
  // Everything else is told where the command line tells its own problems.
  if (!(error instanceof ApiProblem)) throw error;
  const { message, status } = error;
  process.stderr.write(`clipt: ${sentence({ message, action: error.action ?? undefined })}\n`);
  return status === 401 || status === 403 ? EXIT.signIn : EXIT.failed;
}
