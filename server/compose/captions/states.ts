import type { PageRange } from './pages.ts';
import type { CaptionState } from './track.ts';

/** When each page is on show, and which word is current when. Pure frame arithmetic. */

export type Spoken = { readonly startMs: number; readonly endMs: number };
export type Span = { readonly fromFrame: number; readonly toFrame: number };

/** A page shows this long before its first word when nothing else does: the eye arrives first. */
const LEAD_MS = 200;
/** A page stays this long after its last word when nothing follows. */
const LINGER_MS = 500;
/** Shorter gaps between two pages would flicker: the first stays until the second comes. */
const MAX_BRIDGED_MS = 800;

/** Frames of each page: ascending, never overlapping, each at least one frame long, within the scene. */
export function timePages(
  pages: readonly PageRange[],
  words: readonly Spoken[],
  { frames, fps }: { frames: number; fps: number },
): readonly Span[] {
  const frameOf = (ms: number) => Math.round((ms * fps) / 1000);
  const times = pages.map((page) => {
    const first = words[page[0]?.[0] ?? 0];
    const last = words[(page.at(-1)?.[1] ?? 1) - 1];
    return { startMs: first?.startMs ?? 0, endMs: last?.endMs ?? 0 };
  });
  const starts: number[] = [];
  times.forEach(({ startMs }, i) => {
    const endBefore = times[i - 1]?.endMs ?? Number.NEGATIVE_INFINITY;
    const leads = startMs - endBefore > MAX_BRIDGED_MS;
    const from = frameOf(leads ? startMs - Math.min(LEAD_MS, startMs) : startMs);
    const earliest = i === 0 ? 0 : (starts[i - 1] ?? 0) + 1;
    const latest = Math.max(i, frames - (times.length - i));
    starts.push(Math.min(latest, Math.max(earliest, from)));
  });
  return times.map(({ endMs }, i) => {
    const fromFrame = starts[i] ?? 0;
    const nextMs = times[i + 1]?.startMs;
    const next = starts[i + 1] ?? frames;
    const bridged = nextMs !== undefined && nextMs - endMs <= MAX_BRIDGED_MS;
    const end = bridged ? next : Math.min(next, frameOf(endMs + LINGER_MS));
    return { fromFrame, toFrame: Math.max(fromFrame + 1, end) };
  });
}

/** Steps closer than this would cost pictures that nobody can tell apart. */
const MIN_STEP_FRAMES = 3;

/**
 * The states of a scene; words without time of their own (a dash, an emoji) are never current. A word
 * fills in at most `steps` equal ones, the first where it begins; none are lit with 0.
 */
export function listStates(
  pages: readonly PageRange[],
  spans: readonly Span[],
  words: readonly Spoken[],
  { frames, fps, steps }: { frames: number; fps: number; steps: number },
): readonly CaptionState[] {
  const changes: Omit<CaptionState, 'toFrame'>[] = [
    { fromFrame: 0, page: null, word: null, filled: 1 },
  ];
  pages.forEach((page, i) => {
    const span = spans[i];
    if (!span || span.fromFrame >= frames) return;
    changes.push({ fromFrame: span.fromFrame, page: i, word: null, filled: 1 });
    const from = page[0]?.[0] ?? 0;
    const to = page.at(-1)?.[1] ?? 0;
    for (let index = from; steps > 0 && index < to; index += 1) {
      const word = words[index];
      if (!word || word.endMs <= word.startMs) continue;
      const length = ((word.endMs - word.startMs) * fps) / 1000;
      const count = Math.max(1, Math.min(steps, Math.floor(length / MIN_STEP_FRAMES)));
      for (let step = 0; step < count; step += 1) {
        const frame = Math.round((word.startMs * fps) / 1000 + (length * step) / count);
        const fromFrame = Math.min(span.toFrame - 1, Math.max(span.fromFrame, frame));
        changes.push({ fromFrame, page: i, word: index, filled: (step + 1) / count });
      }
    }
    if (span.toFrame < frames)
      changes.push({ fromFrame: span.toFrame, page: null, word: null, filled: 1 });
  });
  // Of changes at one frame the last one counts.
  const kept = changes.filter((change, i) => changes[i + 1]?.fromFrame !== change.fromFrame);
  return kept.map((change, i) => ({ ...change, toFrame: kept[i + 1]?.fromFrame ?? frames }));
}
