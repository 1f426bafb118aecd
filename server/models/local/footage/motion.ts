/** Timing curves. Every function is pure; times are in seconds of the clip. */

export const clamp = (value: number, low = 0, high = 1): number =>
  Math.min(high, Math.max(low, value));

export const lerp = (from: number, to: number, k: number): number => from + (to - from) * k;

/** How far `t` has come through the span that starts at `start` and lasts `span`, 0 to 1. */
export const through = (t: number, start: number, span: number): number =>
  clamp((t - start) / span);

export const easeOut = (k: number): number => 1 - (1 - k) ** 3;

export const easeInOut = (k: number): number => (k < 0.5 ? 4 * k ** 3 : 1 - (-2 * k + 2) ** 3 / 2);

/** Past its end by a tenth and back, as things that arrive with a little weight. */
export const easeOutBack = (k: number): number =>
  1 + 2.70158 * (k - 1) ** 3 + 1.70158 * (k - 1) ** 2;

/** Size of something that pops in at `start`: 0 before, over 1 for a moment, then 1. */
export const popIn = (t: number, start: number, span = 0.55): number =>
  easeOutBack(through(t, start, span));

/** A sine between −1 and 1; `phase` in turns. */
export const wave = (t: number, periodSeconds: number, phase = 0): number =>
  Math.sin((t / periodSeconds + phase) * Math.PI * 2);

/** A heartbeat between 0 and 1: two quick swells and a rest. */
export function heartbeat(t: number, periodSeconds: number): number {
  const k = (((t / periodSeconds) % 1) + 1) % 1;
  const swell = (at: number, width: number) => Math.exp(-(((k - at) / width) ** 2));
  return clamp(swell(0.12, 0.05) + 0.65 * swell(0.32, 0.06));
}

/**
 * How far something that drifts has come after `t` seconds: it goes at about `speed` a second, and gently
 * turns back at 0 and at `room`, so that a film of any length stays within its sprite.
 */
export const drift = (t: number, speed: number, room: number): number =>
  room * (0.5 - 0.5 * Math.cos((2 * speed * t) / room));
