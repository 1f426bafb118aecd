import { CROSSFADE_FRAMES, sceneFrames, sceneSeconds } from '../../compose/compose.ts';
import type { Format } from '../../media/formats.ts';
import type { VideoModel } from '../../models/models.ts';
import type { Moderated } from '../../moderation/moderation.ts';
import type { SceneId, TakeId } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { Problem } from '../../platform/problem.ts';
import { type FilmOrder, type ObjectRef, objectRefSchema } from '../contract.ts';
import type { FilmState, Scene } from '../film-state.ts';
import { type Filming, newTakeId, seedOfOrder, type TakeState } from '../filming.ts';
import { inputHash } from '../input-hash.ts';
import { type StepOutput, stepOutputs } from '../outputs.ts';
import { defineStep, type Step, type StepOutcome, type StepWork } from '../step.ts';
import * as takeStore from '../take-store.ts';
import { isLastScene, sceneOf } from './scene-of.ts';

/** How long a scene may hold its clip's last frame; up to this a kept clip is better than a new one. */
const LONGEST_HOLD_SECONDS = 0.8;
/** Filmed beyond the scene's length, so that a slightly longer sentence later still fits the clip. */
const SPARE_SECONDS = 0.5;

type ClipInput = {
  readonly model: string;
  readonly prompt: string;
  readonly format: Format;
  readonly seed: number;
  readonly variant: number;
  readonly firstFrame: ObjectRef | null;
  readonly references: readonly ObjectRef[];
  readonly wantsLastFrame: boolean;
  /** The maker's own choice; then nothing is filmed. */
  readonly chosen: TakeId | null;
  readonly neededSeconds: number;
};

/** Films one scene, or takes a clip of the same picture that is long enough; see filming.ts for the order itself. */
export function clipStep(tools: {
  readonly db: Database;
  readonly video: Moderated['video'];
  readonly filming: Filming;
}): Step {
  const { db, video, filming } = tools;
  return defineStep<ClipInput, StepOutput<'clip'>>(
    {
      kind: 'clip',
      version: 2,
      deadlineMs: 300_000,
      maxFailures: 5,
      output: stepOutputs.clip,
      model: video.id,
    },
    (film, sceneId) => clipInput(film, sceneId, video),
    async (input, work) => {
      if (input.chosen !== null) return await takeChosen(input.chosen, work);
      const { neededSeconds: needed, chosen: _, ...picture } = input;
      const clipKey = inputHash('take', 2, picture);
      const least = Math.min(needed - LONGEST_HOLD_SECONDS, video.limits.maxSeconds);
      const kept = await takeStore.findStoredTake(db, work.accountId, clipKey, least);
      if (kept) return { done: outputOf(kept), reused: true };

      const underWay = await findOfOtherModel(work);
      if (underWay) return await report(await filming.watch(underWay, work), underWay, work);

      const seconds = lengthToFilm(needed + SPARE_SECONDS, video.limits);
      const { accountId, videoId } = work;
      const about = { accountId, videoId, sceneId: sceneOrThrow(work), model: video.id };
      const take = await takeStore.ensureTake(db, { ...about, id: newTakeId(), clipKey, seconds });
      const orderOf = (of: takeStore.TakeRow) => orderFor(picture, seconds, of, video);
      const owner = { runId: work.runId, stepId: work.stepId };
      return await report(await filming.next(take, orderOf, owner, work), take, work);
    },
  );

  /** What the step has waited for since before another model was set up: it is paid, and so it is kept. */
  async function findOfOtherModel(work: StepWork): Promise<takeStore.TakeRow | null> {
    if (work.takeId === null) return null;
    const take = await takeStore.findTake(db, work.accountId, work.takeId);
    if (!take || take.model === video.id) return null;
    return ['ordering', 'filming', 'stored'].includes(take.status) ? take : null;
  }

  /** What the take's state means for the step. */
  async function report(
    state: TakeState,
    { accountId, id }: takeStore.TakeRow,
    work: StepWork,
  ): Promise<StepOutcome<StepOutput<'clip'>>> {
    switch (state.is) {
      case 'filming':
        return { filming: id, progress: state.progress };
      case 'ordering':
        return { againAfterMs: state.afterMs, progress: 0 };
      case 'without permit':
        return video.lane ? { withoutPermit: video.lane } : { againAfterMs: 1_000, progress: 0 };
      case 'unresolved':
        return { againAfterMs: 0, progress: 0 };
      case 'stored': {
        const stored = await takeStore.findTake(db, accountId, id);
        work.signal.throwIfAborted();
        if (!stored) throw new TypeError('A take that was just stored is not there.');
        return { done: outputOf(stored) };
      }
    }
  }

  async function takeChosen(id: TakeId, work: StepWork): Promise<StepOutcome<StepOutput<'clip'>>> {
    const take = await takeStore.findTake(db, work.accountId, id);
    if (take?.status !== 'stored') throw new TakeNotThere();
    return { done: outputOf(take), reused: true };
  }
}

function clipInput(film: FilmState, sceneId: SceneId | null, video: Moderated['video']): ClipInput {
  const scene = sceneOf(film, sceneId);
  const firstFrame = scene.firstFrame ?? frameBefore(film, scene);
  const { reference } = film.look;
  return {
    model: video.id,
    prompt: scene.visual,
    format: film.look.format,
    seed: film.seed,
    variant: scene.variant,
    firstFrame,
    // Frames and references exclude each other; the frame says more about this clip.
    references: reference && firstFrame === null ? [reference] : [],
    wantsLastFrame: film.look.continuity === 'chain' && !isLastScene(film, scene),
    chosen: scene.takeId,
    neededSeconds: neededSeconds(film, scene),
  };
}

/** In a chain, what the clip before ended with. */
function frameBefore(film: FilmState, scene: Scene): ObjectRef | null {
  const before = film.scenes[scene.position - 1];
  if (film.look.continuity !== 'chain' || !before) return null;
  return film.output('clip', before.id).lastFrame;
}

function orderFor(
  {
    prompt,
    format,
    seed,
    firstFrame,
    references,
    wantsLastFrame,
    variant,
  }: Omit<ClipInput, 'neededSeconds' | 'chosen'>,
  seconds: number,
  take: takeStore.TakeRow,
  video: Moderated['video'],
): FilmOrder {
  return {
    prompt,
    seconds,
    format,
    seed: seedOfOrder(video, take, (seed + variant) % 2 ** 31),
    firstFrame,
    references: [...references],
    wantsLastFrame,
  };
}

/** Seconds of footage that the scene shows; a crossfade out of it shows a little more. */
function neededSeconds(film: FilmState, scene: Scene): number {
  const isLast = isLastScene(film, scene);
  const fades = film.look.transition === 'crossfade' && !isLast;
  const frames = sceneFrames(film.output('voice', scene.id).seconds, { isLast });
  return sceneSeconds(frames + (fades ? CROSSFADE_FRAMES : 0));
}

/** The least length that the model films and that covers `seconds`; its longest if none does. */
export function lengthToFilm(seconds: number, limits: VideoModel['limits']): number {
  const stepped = Math.ceil(seconds / limits.stepSeconds - 1e-9) * limits.stepSeconds;
  return Math.min(limits.maxSeconds, Math.max(limits.minSeconds, stepped));
}

function outputOf(take: takeStore.TakeRow): StepOutput<'clip'> {
  return {
    clip: objectRefSchema.parse(take.object),
    seconds: take.seconds,
    takeId: take.id,
    lastFrame: take.lastFrame === null ? null : objectRefSchema.parse(take.lastFrame),
  };
}

function sceneOrThrow(work: StepWork) {
  if (work.sceneId === null) throw new TypeError('A clip was planned without its scene.');
  return work.sceneId;
}

class TakeNotThere extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'take_not_there',
      message: 'The chosen take of this scene is not there any more.',
      action: 'Choose another take of the scene, or film a new one.',
    });
  }
}
