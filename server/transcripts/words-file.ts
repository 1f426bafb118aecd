import type { Transcript } from '../compose/compose.ts';

/** The file of a transcript's words: JSON in the API's own words, times in milliseconds from the beginning. */
export function presentWords(
  { text, durationMs, scenes }: Transcript,
  language: string | null,
): string {
  const words = scenes.flatMap((scene) =>
    scene.words.map((word) => ({
      text: word.text,
      start_ms: word.startMs,
      end_ms: word.endMs,
    })),
  );
  return `${JSON.stringify({ language, duration_ms: durationMs, text, words }, null, 2)}\n`;
}
