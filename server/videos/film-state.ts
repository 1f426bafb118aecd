import type { AccountId, SceneId, TakeId, VideoId } from '../platform/ids.ts';
import { Problem } from '../platform/problem.ts';
import type { Brief, Look, ObjectRef, StepKind } from './contract.ts';
import { type StepOutput, stepOutputs } from './outputs.ts';

export type Scene = {
  readonly id: SceneId;
  /** From 0, in film order. */
  readonly position: number;
  readonly narration: string;
  readonly visual: string;
  /** The take that the maker chose; null lets the pipeline film or find one. */
  readonly takeId: TakeId | null;
  /** Raised by every wish for a new take. */
  readonly variant: number;
  /** A picture that the clip begins with. */
  readonly firstFrame: ObjectRef | null;
};

/** A revision with what its run has produced so far: everything that a step's input is made of. */
export type FilmState = {
  readonly accountId: AccountId;
  readonly videoId: VideoId;
  readonly seed: number;
  readonly brief: Brief;
  readonly look: Look;
  /** In film order; empty until the script step has succeeded. */
  readonly scenes: readonly Scene[];
  /** The result of a step that has succeeded; throws an internal Problem otherwise. */
  output<Kind extends StepKind>(kind: Kind, sceneId?: SceneId | null): StepOutput<Kind>;
};

export type FinishedStep = {
  readonly kind: StepKind;
  readonly sceneId: SceneId | null;
  readonly output: unknown;
};

export function makeFilmState(
  film: Omit<FilmState, 'output'>,
  finished: readonly FinishedStep[],
): FilmState {
  const byStep = new Map(finished.map((step) => [slot(step.kind, step.sceneId), step.output]));
  return {
    ...film,
    output(kind, sceneId = null) {
      const parsed = stepOutputs[kind].safeParse(byStep.get(slot(kind, sceneId)));
      if (!parsed.success) throw new StepOutputMissing(kind, parsed.error);
      return parsed.data;
    },
  };
}

/** A step asked for a result that its plan does not promise: a fault of ours, never of the input. */
class StepOutputMissing extends Problem {
  constructor(kind: StepKind, cause: unknown) {
    super({
      kind: 'internal',
      code: 'step_output_missing',
      message: `The result of the ${kind} step is not there or cannot be read.`,
      action: 'Run the command again.',
      cause,
    });
  }
}

function slot(kind: StepKind, sceneId: SceneId | null): string {
  return `${kind} ${sceneId ?? ''}`;
}
