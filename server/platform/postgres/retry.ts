import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from '../problem.ts';
import { asDatabaseProblem } from './driver-problems.ts';

const RETRY_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;
const RETRYABLE = new Set(['database_unavailable', 'database_conflict']);

/**
 * Runs `work` again when the database was lost or the transaction gave way to another, for about
 * ten seconds. A commit whose answer was lost may have happened, so `work` must be safe to repeat.
 *
 * @throws the last Problem when the time is over; anything else at once.
 */
export async function retryOnLostConnection<T>(
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = Date.now() + RETRY_LIMIT_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isWorthRetrying(error) || Date.now() + pauseMs > deadline) throw error;
    }
    // Two that gave way to each other must not meet again at the same moment.
    await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal });
  }
}

function isWorthRetrying(error: unknown): boolean {
  const problem = error instanceof Problem ? error : asDatabaseProblem(error);
  return RETRYABLE.has(problem.code);
}
