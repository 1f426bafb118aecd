import { makePauses } from '../platform/pauses.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** 8 tries over a day, close together at first. */
export const { mostTries: MOST_TRIES, pauseAfter } = makePauses([
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  7 * HOUR,
  9 * HOUR,
]);
