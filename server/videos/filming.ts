import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { MediaEngine } from '../media/media.ts';
import type { ModelCall, Usage } from '../models/models.ts';
import { VendorProblem } from '../models/vendor-problem.ts';
import type { Moderated } from '../moderation/moderation.ts';
import { newId } from '../platform/ids.ts';
import { acceptClip } from './accept-clip.ts';
import type { AwaitedTake } from './awaited-takes.ts';
import { type FilmOrder, filmOrderSchema, type ObjectRef } from './contract.ts';
import { takeLastFrame } from './last-frame.ts';
import { makeTakeEnding, type TakeEndingDeps } from './take-ending.ts';
import { modelOfTake } from './take-models.ts';
import {
  makeTakeOrders,
  type OrderOwner,
  type OrderState,
  type OrderWork,
  type TakeOrdersDeps,
} from './take-orders.ts';
import type { TakeRow } from './take-store.ts';
import * as takeStore from './take-store.ts';

export type FilmingDeps = TakeEndingDeps &
  Omit<TakeOrdersDeps, 'ending'> & { readonly engine: MediaEngine };

/** What filming needs of whoever looks after the take at the moment. */
export type FilmingWork = OrderWork & {
  readonly dir: string;
  keep(file: string, contentType: string): Promise<ObjectRef>;
};

export type TakeState =
  | { readonly is: 'stored' }
  /** While it is `filming` there is nothing to do until a `glance` says so; `progress` is 0–1. */
  | OrderState;

/** A take that is filmed for longer than this fails its step; if the clip arrives after all, it is kept. */
const LONGEST_FILMING_MS = 3 * 3600_000;
/** What a clip usually takes, to show progress where the vendor tells none (ModelArk: 90–220 s for 5 s of 720p). */
const USUAL_FILMING_MS = 150_000;
const FILM_ANEW = 'Render again: the scene is filmed anew.';

/**
 * Brings a take from an order to a stored clip, one move at a time, so that a process killed between any two
 * moves loses nothing and buys nothing twice: the order is written before the vendor is asked, the task id
 * right after, the purchase settles with the stored clip. An order that nobody confirmed is looked for.
 */
export function makeFilming(deps: FilmingDeps) {
  const { db, video, videoOf } = deps;
  const ending = makeTakeEnding(deps);
  const orders = makeTakeOrders({ ...deps, ending });

  return {
    /** Makes the next move of the take. Rejects when the vendor refuses the order or the film fails. */
    async next(
      take: TakeRow,
      order: (orderOf: TakeRow) => FilmOrder,
      owner: OrderOwner,
      work: FilmingWork,
    ): Promise<TakeState> {
      if (take.status === 'stored') return { is: 'stored' };
      if (take.status === 'intended') return await orders.place(take, order(take), owner, work);
      return await watch(take, work);
    },

    watch,

    /**
     * How far the film is, 0–1, at the price of one question to the vendor; null when there is something to do.
     * Rejects when the vendor does not say.
     */
    async glance(take: AwaitedTake, call: ModelCall): Promise<number | null> {
      const { taskId, ageMs } = take;
      const task = await modelOfTake(videoOf, take).poll(taskId, call);
      const goesOn = task.status === 'queued' || task.status === 'running';
      return goesOn && ageMs <= LONGEST_FILMING_MS ? progressOf(task.progress, ageMs) : null;
    },

    /** How long to leave a film alone between glances. */
    async pauseMs(): Promise<number> {
      return video.pollAfterMs(video.lane ? await takeStore.countInFlight(db, video.id) : 1);
    },

    /** Calls off what can still be called off; true when the take has ended. A finished clip is kept. */
    async callOff(take: TakeRow, call: ModelCall): Promise<boolean> {
      const { taskId } = take;
      if (taskId === null) return false;
      const model = modelOfTake(videoOf, take);
      const task = await model.poll(taskId, call);
      if (task.status !== 'queued' && task.status !== 'running') return false;
      if (!(await model.cancel(taskId, call))) return false;
      await ending.without(take, 'canceled', 'canceled', 'released');
      return true;
    },

    /** A hint from the vendor that this task belongs to the take; believed only when the vendor knows the task. */
    async hint(take: TakeRow, taskId: string, call: ModelCall): Promise<void> {
      if (take.status === 'ordering') {
        const task = await modelOfTake(videoOf, take).poll(taskId, call);
        if (task.status !== 'gone') await orders.adopt(take, taskId);
      }
      await db.transaction((tx) => deps.ringTake(tx, take));
    },
  };

  /** Looks after a take whose order was sent, whoever sent it. */
  async function watch(take: TakeRow, work: FilmingWork): Promise<TakeState> {
    if (take.status === 'stored') return { is: 'stored' };
    if (take.taskId !== null) return await look(take, take.taskId, work);
    if (take.status === 'ordering') return await orders.find(take, work);
    return { is: 'unresolved' };
  }

  async function look(take: TakeRow, taskId: string, work: FilmingWork): Promise<TakeState> {
    const task = await modelOfTake(videoOf, take).poll(taskId, work);
    if (task.status === 'failed') {
      await ending.without(take, 'failed', task.code, 'released');
      throw new VendorProblem({
        ...(task.code === 'provider_refused_content' ? { kind: 'invalid' } : {}),
        code: task.code,
        message: task.message,
        action: 'Change what the scene shows, or render again.',
        recovery: task.retryable ? 'retry' : 'fail',
        vendorCode: task.vendorCode,
        // The vendor answers well; a film that fails every time must not be ordered for ever.
        isOutage: false,
      });
    }
    if (task.status === 'gone') {
      await ending.without(take, 'failed', task.code, 'uncertain');
      const { code, message } = task;
      // Whoever pays decides on another.
      throw new VendorProblem({ code, message, action: FILM_ANEW, recovery: 'fail' });
    }
    if (task.status === 'succeeded') return await fetchClip(take, taskId, task.usage, work);
    const ageMs = await takeStore.orderAgeMs(db, take.id);
    if (ageMs > LONGEST_FILMING_MS) throw filmingTooLong();
    return { is: 'filming', progress: progressOf(task.progress, ageMs) };
  }

  async function fetchClip(
    take: TakeRow,
    taskId: string,
    usage: Usage | null,
    work: FilmingWork,
  ): Promise<TakeState> {
    const wantsLastFrame = filmOrderSchema.safeParse(take.request).data?.wantsLastFrame ?? false;
    const clip = join(work.dir, 'clip.mp4');
    const picture = wantsLastFrame ? join(work.dir, 'last-frame.png') : null;
    try {
      const files = { clip, lastFrame: picture };
      const { hasLastFrame } = await modelOfTake(videoOf, take).download(taskId, files, work);
      const seconds = await acceptClip(deps.engine, clip, take.seconds, work);
      if (picture && !hasLastFrame)
        await takeLastFrame(deps.engine, { clip, seconds }, picture, work);
    } catch (error) {
      // What can never be fetched, or not be used, was paid for all the same.
      if (error instanceof VendorProblem && error.recovery === 'fail') {
        await ending.without(take, 'failed', error.code, 'settled', usage);
      }
      throw error;
    }
    const object = await work.keep(clip, 'video/mp4');
    const lastFrame = picture ? await work.keep(picture, 'image/png') : null;
    await ending.stored(take, { object, lastFrame }, usage);
    return { is: 'stored' };
  }
}

export type Filming = ReturnType<typeof makeFilming>;

/**
 * The seed of an order: the film's own where the model's pictures should be related, else one that no other
 * order has, by which it is found again.
 */
export function seedOfOrder(video: Moderated['video'], take: TakeRow, filmSeed: number): number {
  if (!video.knowsOrdersBySeed) return filmSeed;
  return createHash('sha256').update(take.id).digest().readUInt32BE(0) >>> 1;
}

export function newTakeId() {
  return newId('tak');
}

/** As the vendor tells it, else by the time that a clip usually takes. */
function progressOf(told: number | null, ageMs: number): number {
  return told ?? Math.min(0.9, ageMs / USUAL_FILMING_MS);
}

function filmingTooLong(): VendorProblem {
  return new VendorProblem({
    code: 'provider_timeout',
    message: 'The clip was not finished within three hours.',
    action: 'Render again: if the clip arrives after all, it is used and not bought twice.',
    recovery: 'fail',
  });
}
