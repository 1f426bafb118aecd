import { createInterface } from 'node:readline/promises';
import { UsageError } from './exit.ts';

/** Asks on stderr before what cannot be undone; false for every answer but yes. Where nobody can answer, `--yes` has to. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError('This asks before it does anything. Add --yes where nobody can answer.');
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
