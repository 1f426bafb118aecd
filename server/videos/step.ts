import type { z } from 'zod';
import type { Lane, Usage } from '../models/models.ts';
import type { AccountId, RunId, SceneId, StepId, TakeId, VideoId } from '../platform/ids.ts';
import type { Purchase } from '../purchases/purchases.ts';
import type { ObjectRef, StepKind } from './contract.ts';
import type { FilmState } from './film-state.ts';
import { inputHash } from './input-hash.ts';

/** What a step may use while it runs, besides its input. */
export type StepWork = {
  readonly accountId: AccountId;
  readonly videoId: VideoId;
  readonly runId: RunId;
  readonly sceneId: SceneId | null;
  readonly stepId: StepId;
  /** What an earlier attempt of the step has waited for. */
  readonly takeId: TakeId | null;
  /** A folder of this attempt's own, removed afterwards. */
  readonly dir: string;
  readonly signal: AbortSignal;
  /** Stores a finished file under the account's prefix. */
  keep(file: string, contentType: string): Promise<ObjectRef>;
  /** A local path that holds a stored object; not to be written to. */
  open(object: ObjectRef): Promise<string>;
  /** Adds CPU time spent in child processes to the step's account. */
  spent(cpuMs: number): void;
  /**
   * Asks a model for something paid: the purchase is held before `ask` runs and settled with the step's stored
   * result. What costs nothing is simply done.
   */
  buy<T>(
    purchase: Pick<Purchase, 'kind' | 'model'>,
    estimate: Usage,
    ask: (bought: (usage: Usage) => void) => Promise<T>,
  ): Promise<T>;
};

export type StepOutcome<Output> =
  /** `reused` when an earlier result was taken over whole and nothing was made. */
  | { readonly done: Output; readonly reused?: boolean }
  /** Not finished: look again after this long. The step holds no worker meanwhile. */
  | { readonly againAfterMs: number; readonly progress: number }
  /** Not finished: a take is being filmed. The step is woken when it is not filmed any more. */
  | { readonly filming: TakeId; readonly progress: number }
  /** Not begun: the lane is full. The step is woken when a permit is given back. */
  | { readonly withoutPermit: Lane };

export type StepDefinition<Output> = {
  readonly kind: StepKind;
  /** Raised when the same input gives another result than before. */
  readonly version: number;
  /** For one attempt. */
  readonly deadlineMs: number;
  /** Failures after which a retryable problem is final. */
  readonly maxFailures: number;
  readonly output: z.ZodType<Output>;
  /** The model that does the work, for showing. */
  readonly model?: string;
};

/** A step ready to run: its hash covers everything it depends on, because `perform` sees nothing else. */
export type PreparedStep = {
  readonly inputHash: string;
  /** Where an attempt takes a permit for as long as it runs. */
  readonly lane: Lane | null;
  perform(work: StepWork): Promise<StepOutcome<unknown>>;
};

export type Step = Omit<StepDefinition<unknown>, 'output'> & {
  readonly output: z.ZodType;
  prepare(film: FilmState, sceneId: SceneId | null): PreparedStep;
};

/**
 * Joins what a step depends on (`input`, plain JSON) with what it does (`run`). `run` gets the input
 * and nothing of the film, so a dependency that is not in the hash cannot exist. `hints` are the one exception:
 * what may make a result better but would not make another one wrong, such as the sentence spoken before.
 */
export function defineStep<Input, Output, Hints = undefined>(
  definition: StepDefinition<Output>,
  input: (film: FilmState, sceneId: SceneId | null) => Input,
  run: (input: Input, work: StepWork, hints: Hints | undefined) => Promise<StepOutcome<Output>>,
  extras: {
    readonly hints?: (film: FilmState, sceneId: SceneId | null) => Hints;
    /** The lane of the model that this input needs. */
    readonly lane?: (input: Input) => Lane | null;
  } = {},
): Step {
  return {
    ...definition,
    prepare(film, sceneId) {
      const prepared = input(film, sceneId);
      return {
        inputHash: inputHash(definition.kind, definition.version, prepared),
        lane: extras.lane?.(prepared) ?? null,
        perform: (work) => run(prepared, work, extras.hints?.(film, sceneId)),
      };
    },
  };
}
