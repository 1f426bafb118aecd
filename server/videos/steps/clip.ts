import { join } from 'node:path';
import { CROSSFADE_FRAMES, sceneFrames, sceneSeconds } from '../../compose/compose.ts';
import type { ClipRequest, VideoModel } from '../../models/models.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { Problem } from '../../platform/problem.ts';
import { objectRefSchema } from '../contract.ts';
import type { FilmState, Scene } from '../film-state.ts';
import { inputHash } from '../input-hash.ts';
import { type StepOutput, stepOutputs } from '../outputs.ts';
import { defineStep, type Step, type StepOutcome, type StepWork } from '../step.ts';
import * as takeStore from '../take-store.ts';
import { isLastScene, sceneOf } from './scene-of.ts';

/** How long a scene may hold its clip's last frame; up to this a kept clip is better than a new one. */
const LONGEST_HOLD_SECONDS = 0.8;
/** Filmed beyond the scene's length, so that a slightly longer sentence later still fits the clip. */
const SPARE_SECONDS = 0.5;
const POLL_MS = 1_000;

type ClipInput = Omit<ClipRequest, 'seconds'> & {
  readonly model: string;
  readonly neededSeconds: number;
};

/**
 * Films one scene. The take row is written before the model is asked and its task id right after, so a
 * step killed at any point finds its order again. A clip of the same picture that is long enough is kept.
 */
export function clipStep(tools: { readonly db: Database; readonly video: VideoModel }): Step {
  const { db, video } = tools;
  return defineStep<ClipInput, StepOutput<'clip'>>(
    { kind: 'clip', version: 1, deadlineMs: 120_000, maxFailures: 5, output: stepOutputs.clip },
    (film, sceneId) => {
      const scene = sceneOf(film, sceneId);
      return {
        model: video.id,
        prompt: scene.visual,
        format: film.look.format,
        seed: film.seed,
        neededSeconds: neededSeconds(film, scene),
      };
    },
    async (input, work) => {
      const { neededSeconds: needed, ...picture } = input;
      const clipKey = inputHash('take', 1, picture);
      const least = Math.min(needed - LONGEST_HOLD_SECONDS, video.limits.maxSeconds);
      const kept = await takeStore.findStoredTake(db, work.accountId, clipKey, least);
      if (kept) return { done: outputOf(kept), reused: true };

      const seconds = lengthToFilm(needed + SPARE_SECONDS, video.limits);
      const take = await takeStore.ensureTake(db, {
        id: newId('tak'),
        accountId: work.accountId,
        videoId: work.videoId,
        sceneId: sceneOrThrow(work),
        model: video.id,
        clipKey,
        seconds,
      });
      if (take.status === 'stored') return { done: outputOf(take), reused: true };
      if (take.taskId === null) return await order(take, { ...picture, seconds }, work);
      return await look(take, take.taskId, work);
    },
  );

  async function order(
    take: takeStore.TakeRow,
    request: ClipRequest,
    work: StepWork,
  ): Promise<StepOutcome<StepOutput<'clip'>>> {
    const { taskId } = await video.submit(request, work);
    const first = await takeStore.markFilming(db, take.id, taskId);
    if (!first) await video.cancel(taskId, work);
    return { againAfterMs: POLL_MS, progress: 0 };
  }

  async function look(
    take: takeStore.TakeRow,
    taskId: string,
    work: StepWork,
  ): Promise<StepOutcome<StepOutput<'clip'>>> {
    const task = await video.poll(taskId, work);
    if (task.status === 'failed') {
      await takeStore.markTakeFailed(db, take.id, task.code);
      throw new Problem({
        kind: 'upstream',
        code: task.code,
        message: task.message,
        action: 'Change what the scene shows, or try again.',
        retryable: task.retryable,
      });
    }
    if (task.status !== 'succeeded') return { againAfterMs: POLL_MS, progress: task.progress ?? 0 };
    const file = join(work.dir, 'clip.mp4');
    await video.download(taskId, file, work);
    const object = await work.keep(file, 'video/mp4');
    await takeStore.markStored(db, take.id, object);
    return { done: { clip: object, seconds: take.seconds } };
  }
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
  return { clip: objectRefSchema.parse(take.object), seconds: take.seconds };
}

function sceneOrThrow(work: StepWork) {
  if (work.sceneId === null) throw new TypeError('A clip was planned without its scene.');
  return work.sceneId;
}
