import type { TimedWord } from '../../models.ts';
import { extractFeatures, FRAME_MS, type Samples } from './features.ts';

/** A quieter stretch shorter than this is a stop consonant, not a pause. */
const SHORTEST_PAUSE_FRAMES = 18;

type Span = { readonly from: number; readonly to: number };

/**
 * Word times by length alone, for a language that no voice here can speak: the words share the time in
 * which somebody speaks, by their letters. Captions stay near the speech but do not follow each word:
 * 305–870 ms off on average as measured, more where the speaker hurries or a noise is taken for speech.
 */
export async function spreadWords(
  audio: Samples,
  words: readonly string[],
  signal: AbortSignal,
): Promise<TimedWord[]> {
  const { power, frames } = await extractFeatures(audio, signal);
  const spans = speechSpans(power);
  const spoken = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const total = words.reduce((sum, word) => sum + letters(word), 0);
  const lastMs = Math.min(frames * FRAME_MS, Math.floor((audio.length * 1000) / 16_000));
  let done = 0;
  return words.map((text) => {
    const startMs = placeOf(spans, (done / total) * spoken, 'start');
    done += letters(text);
    const endMs = placeOf(spans, (done / total) * spoken, 'end');
    const start = Math.min(lastMs, startMs);
    return { text, startMs: start, endMs: Math.min(lastMs, Math.max(start, endMs)) };
  });
}

/** Two for the gap between words; a digit or an ideograph is a syllable or more. */
function letters(word: string): number {
  const extra = word.match(/[\p{Nd}\p{Script=Han}\p{Script=Hangul}]/gu)?.length ?? 0;
  return [...word].length + 2 + 2 * extra;
}

/** Where the sound is nearer to its loud parts than to its quiet ones. Never empty. */
function speechSpans(power: Float32Array): Span[] {
  const sorted = Float32Array.from(power).sort();
  const quiet = sorted[Math.floor(sorted.length * 0.05)] ?? 0;
  const loud = sorted[Math.floor(sorted.length * 0.9)] ?? 0;
  const threshold = quiet + (loud - quiet) * 0.35;
  const spans: { from: number; to: number }[] = [];
  for (const [at, value] of power.entries()) {
    if (value <= threshold) continue;
    const last = spans.at(-1);
    if (last && at - last.to < SHORTEST_PAUSE_FRAMES) last.to = at + 1;
    else spans.push({ from: at, to: at + 1 });
  }
  return spans.length > 0 ? spans : [{ from: 0, to: power.length }];
}

/** Milliseconds at which `elapsed` frames of speech have passed; at a pause, its end or its start. */
function placeOf(spans: readonly Span[], elapsed: number, side: 'start' | 'end'): number {
  let left = elapsed;
  for (const { from, to } of spans) {
    const length = to - from;
    if (left < length - (side === 'start' ? 1e-6 : -1e-6)) {
      return Math.round((from + Math.min(length, left)) * FRAME_MS);
    }
    left -= length;
  }
  return (spans.at(-1)?.to ?? 0) * FRAME_MS;
}
