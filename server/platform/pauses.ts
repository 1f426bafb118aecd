/** So many who failed together do not come back together. */
const JITTER = 0.1;

/** A pause after each failed try but the last, in milliseconds. */
export function makePauses(pausesMs: readonly number[]) {
  return {
    mostTries: pausesMs.length + 1,

    /** Milliseconds until the next try after `tries` that failed, or null when that was the last. `chance` is in [0, 1). */
    pauseAfter(tries: number, chance: number): number | null {
      const pause = pausesMs[tries - 1];
      return pause === undefined ? null : Math.round(pause * (1 - JITTER + 2 * JITTER * chance));
    },
  };
}
