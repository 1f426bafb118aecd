import { setTimeout as delay } from 'node:timers/promises';

/**
 * Lets callers through in order, no two within `everyMs` of each other. For a limit that a vendor sets per second;
 * each process keeps its own.
 */
export function makePacer(everyMs: number) {
  let freeAt = 0;
  return async function turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, freeAt);
    freeAt = at + everyMs;
    // A caller who leaves the queue keeps the gap: at most one interval is lost.
    if (at > now) await delay(at - now, undefined, { signal });
  };
}
