import type { StepKind } from './contract.ts';
import type { STEP_STATUSES } from './schema.ts';

/**
 * Rough CPU seconds of a step on two cores with local models (bench/make.ts prints them), which is
 * all that a progress bar needs: the shares, not the truth.
 */
const WEIGHT: { readonly [Kind in StepKind]: number } = {
  moderate: 0.1,
  script: 0.3,
  voice: 1,
  words: 0.1,
  clip: 8,
  segment: 7,
  soundtrack: 4,
  finish: 1,
  check: 4,
  store: 2,
};

/** Scenes assumed until the script says how many there are. */
const USUAL_SCENES = 6;
const PER_SCENE = ['voice', 'words', 'clip', 'segment'] as const;
const WHOLE_FILM = ['soundtrack', 'finish', 'check', 'store'] as const;

export type StepProgress = {
  readonly kind: StepKind;
  readonly status: (typeof STEP_STATUSES)[number];
  /** 0–1 within the step. */
  readonly progress: number;
};

/** How much of the work is done, 0–1. It can fall when the script turns out longer; the stored value never does. */
export function overallProgress(steps: readonly StepProgress[]): number {
  let total = 0;
  let done = 0;
  for (const step of steps) {
    const weight = WEIGHT[step.kind];
    total += weight;
    done += step.status === 'succeeded' ? weight : weight * Math.min(1, Math.max(0, step.progress));
  }
  if (!steps.some((step) => step.kind === 'store')) {
    total += PER_SCENE.reduce((sum, kind) => sum + WEIGHT[kind] * USUAL_SCENES, 0);
    total += WHOLE_FILM.reduce((sum, kind) => sum + WEIGHT[kind], 0);
  }
  return total === 0 ? 0 : done / total;
}

/**
 * Seconds left, by the pace so far; null while there is too little to judge by.
 * `fromProgress` is where the run stood when the clock started, so that a resumed run is judged by its own pace.
 */
export function etaSeconds(
  progress: number,
  elapsedSeconds: number,
  fromProgress = 0,
): number | null {
  const gained = progress - fromProgress;
  if (progress >= 1) return 0;
  if (gained < 0.02 || elapsedSeconds < 1) return null;
  return (elapsedSeconds / gained) * (1 - progress);
}
