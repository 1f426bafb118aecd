const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses after each failed try but the last: 8 tries over a day, close together at first. */
const PAUSES_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  7 * HOUR,
  9 * HOUR,
] as const;

export const MOST_TRIES = PAUSES_MS.length + 1;
/** So many who failed together do not come back together. */
const JITTER = 0.1;

/** Milliseconds until the next try after `tries` that failed, or null when that was the last. `chance` is in [0, 1). */
export function pauseAfter(tries: number, chance: number): number | null {
  const pause = PAUSES_MS[tries - 1];
  return pause === undefined ? null : Math.round(pause * (1 - JITTER + 2 * JITTER * chance));
}
