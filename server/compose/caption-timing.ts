import { FILM_FPS } from '../media/formats.ts';
import type { TimedWord } from '../models/models.ts';
import type { CaptionTrack } from './captions/captions.ts';

/** A scene's captions as planned and the words as spoken, both timed from the scene's start. */
export type CaptionedScene = {
  readonly startFrame: number;
  readonly words: readonly TimedWord[];
  readonly captions: CaptionTrack | null;
};

/** The rows that captions may cover anywhere in a film; null for a film without any. */
export function captionBand(
  scenes: readonly CaptionedScene[],
): { readonly y: number; readonly height: number } | null {
  const areas = scenes.flatMap(({ captions }) => (captions ? [captions.area] : []));
  if (areas.length === 0) return null;
  const y = Math.min(...areas.map((area) => area.y));
  const end = Math.max(...areas.map((area) => area.y + area.height));
  return { y, height: end - y };
}

/**
 * The farthest that a word's highlight begins from its sound, in ms; null when nothing is highlighted.
 * Words too short to be lit for a frame (a dash, a lone emoji) have no highlight to measure.
 */
export function captionErrorMs(scenes: readonly CaptionedScene[]): number | null {
  const errors = scenes.flatMap(({ captions, words }) => {
    const spoken = words.filter(({ text }) => text.trim() !== '');
    const lit = new Map<number, number>();
    for (const { word, fromFrame } of captions?.states ?? []) {
      if (word !== null && !lit.has(word)) lit.set(word, (fromFrame * 1000) / FILM_FPS);
    }
    return [...lit].flatMap(([index, ms]) => {
      const word = spoken[index];
      return word ? [Math.abs(ms - word.startMs)] : [];
    });
  });
  return errors.length === 0 ? null : Math.max(...errors);
}
