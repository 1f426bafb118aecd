/** Colours are `#rrggbb`. */

type Channels = readonly [number, number, number];

function channels(color: string): Channels {
  const value = Number.parseInt(color.slice(1, 7), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** `share` of `b` in `a`, 0 to 1. */
export function mix(a: string, b: string, share: number): string {
  const [from, to] = [channels(a), channels(b)];
  const part = (index: 0 | 1 | 2) =>
    Math.round(from[index] + (to[index] - from[index]) * share)
      .toString(16)
      .padStart(2, '0');
  return `#${part(0)}${part(1)}${part(2)}`;
}

export const fade = (color: string, opacity: number): string => {
  const [red, green, blue] = channels(color);
  return `rgba(${red},${green},${blue},${opacity})`;
};

export const lighter = (color: string, share: number): string => mix(color, '#ffffff', share);
export const darker = (color: string, share: number): string => mix(color, '#000000', share);
