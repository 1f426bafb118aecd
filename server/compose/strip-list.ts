import { FILM_FPS } from '../media/formats.ts';
import { BadPlan } from './errors.ts';

/** A caption picture (a file name beside the list) from a frame of its scene on, until the next one. */
export type StripState = { readonly name: string; readonly startFrame: number };

/**
 * The part of a scene's caption states that a segment shows: from `fromFrame` on for `frames`, their
 * starts counted from the segment's own first frame. States are in order and the first starts at 0.
 */
export function sliceStates(
  states: readonly StripState[],
  fromFrame: number,
  frames: number,
): readonly StripState[] {
  const shown = states.flatMap(({ name, startFrame }, i) => {
    const end = states[i + 1]?.startFrame ?? Number.POSITIVE_INFINITY;
    const isShown = end > fromFrame && startFrame < fromFrame + frames && end > startFrame;
    return isShown ? [{ name, startFrame: Math.max(0, startFrame - fromFrame) }] : [];
  });
  if (shown[0]?.startFrame !== 0) throw new BadPlan('The captions of a scene must start with it.');
  return shown;
}

/** An ffconcat list of the pictures, each as long as it is shown. */
export function stripList(states: readonly StripState[], frames: number): string {
  const entries = states.flatMap(({ name, startFrame }, i) => {
    const length = (states[i + 1]?.startFrame ?? frames) - startFrame;
    return [`file ${name}`, `duration ${(length / FILM_FPS).toFixed(6)}`];
  });
  return `${['ffconcat version 1.0', ...entries].join('\n')}\n`;
}
