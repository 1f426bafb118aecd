import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { MediaEngine } from '../media/media.ts';
import type { ClipRequest, ModelCall, Usage } from '../models/models.ts';
import { OrderUncertain, VendorProblem } from '../models/vendor-problem.ts';
import type { Moderated } from '../moderation/moderation.ts';
import { newId, type RunId, type StepId } from '../platform/ids.ts';
import { claimPermit, releasePermit } from '../platform/permits/permits.ts';
import {
  type Database,
  isUniqueViolation,
  retryOnLostConnection,
} from '../platform/postgres/database.ts';
import { endOfTake, hold } from '../purchases/purchases.ts';
import { acceptClip } from './accept-clip.ts';
import type { AwaitedTake, TakeRef } from './awaited-takes.ts';
import { type FilmOrder, filmOrderSchema, type ObjectRef } from './contract.ts';
import type { RingLane } from './lanes.ts';
import { takeLastFrame } from './last-frame.ts';
import { type FindVideoModel, modelOfTake } from './take-models.ts';
import type { TakeRow } from './take-store.ts';
import * as takeStore from './take-store.ts';

export type FilmingDeps = {
  readonly db: Database;
  /** Takes new orders. */
  readonly video: Moderated['video'];
  /** Is asked about the takes that were ordered from it. */
  readonly videoOf: FindVideoModel;
  readonly engine: MediaEngine;
  readonly ringLane: RingLane;
  /** Rings for steps that wait for the take, in the transaction that changed it. */
  readonly ringTake: (tx: Database, take: TakeRef) => Promise<void>;
  /** The public address that ends in this token; null where a vendor cannot reach us. */
  readonly callbackUrl: (token: string) => string | null;
};

/** On whose behalf a take is ordered, as its purchase keeps it. */
export type OrderOwner = { readonly runId: RunId; readonly stepId: StepId };

/** What filming needs of whoever looks after the take at the moment. */
export type FilmingWork = ModelCall & {
  readonly dir: string;
  keep(file: string, contentType: string): Promise<ObjectRef>;
  open(object: ObjectRef): Promise<string>;
};

export type TakeState =
  | { readonly is: 'stored' }
  /** The model films: nothing to do until a `glance` says so. `progress` is 0–1. */
  | { readonly is: 'filming'; readonly progress: number }
  /** An order that nobody has confirmed yet: nothing to do before `afterMs` have passed. */
  | { readonly is: 'ordering'; readonly afterMs: number }
  /** The model films as much at once as the key allows. */
  | { readonly is: 'without permit' }
  /** The order was never accepted, as far as the vendor knows; a new take may be ordered. */
  | { readonly is: 'unresolved' };

/** A take that is filmed for longer than this fails its step; if the clip arrives after all, it is kept. */
const LONGEST_FILMING_MS = 3 * 3600_000;
/** What a clip usually takes, to show progress where the vendor tells none (ModelArk: 90–220 s for 5 s of 720p). */
const USUAL_FILMING_MS = 150_000;
const FILM_ANEW = 'Render again: the scene is filmed anew.';
/** Tasks older than this before an order cannot be that order's; clocks differ by less. */
const KNOWN_TASKS_MS = 24 * 3600_000;

/**
 * Brings a take from an order to a stored clip, one move at a time, so that a process killed between any two
 * moves loses nothing and buys nothing twice: the order is written before the vendor is asked, the task id
 * right after, the purchase settles with the stored clip. An order that nobody confirmed is looked for.
 */
export function makeFilming(deps: FilmingDeps) {
  const { db, video, videoOf } = deps;

  return {
    /** Makes the next move of the take. Rejects when the vendor refuses the order or the film fails. */
    async next(
      take: TakeRow,
      order: (orderOf: TakeRow) => FilmOrder,
      owner: OrderOwner,
      work: FilmingWork,
    ): Promise<TakeState> {
      if (take.status === 'stored') return { is: 'stored' };
      if (take.status === 'intended') return await placeOrder(take, order(take), owner, work);
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
      await end(take, 'canceled', 'canceled', 'released', null);
      return true;
    },

    /** A hint from the vendor that this task belongs to the take; believed only when the vendor knows the task. */
    async hint(take: TakeRow, taskId: string, call: ModelCall): Promise<void> {
      if (take.status === 'ordering') {
        const task = await modelOfTake(videoOf, take).poll(taskId, call);
        if (task.status !== 'gone') await adopt(take, taskId);
      }
      await db.transaction((tx) => deps.ringTake(tx, take));
    },
  };

  async function placeOrder(
    take: TakeRow,
    request: FilmOrder,
    owner: OrderOwner,
    work: FilmingWork,
  ): Promise<TakeState> {
    const token = randomBytes(16).toString('hex');
    const callbackHash = createHash('sha256').update(token).digest('hex');
    const asked = await openPictures(request, work);
    const written = await db.transaction(async (tx) => {
      if (video.lane && !(await claimPermit(tx, video.lane, take.id, null))) return 'no permit';
      if (!(await takeStore.markOrdering(tx, take.id, { request, callbackHash }))) return 'taken';
      const estimate = video.estimate(request);
      if (estimate.costMicroUsd > 0) await hold(tx, { ...purchaseOf(take), ...owner }, estimate);
      return 'ordered';
    });
    if (written === 'no permit') return { is: 'without permit' };
    if (written === 'taken') return { is: 'ordering', afterMs: 1_000 };
    try {
      const callbackUrl = deps.callbackUrl(token);
      const call = { ...work, accountId: take.accountId };
      const { taskId } = await video.submit({ ...asked, callbackUrl }, call);
      await retryOnLostConnection(() => takeStore.markFilming(db, take.id, taskId));
      return { is: 'filming', progress: 0 };
    } catch (error) {
      // Stopped half-way is uncertain as well: the order stays as written, and is looked for.
      if (error instanceof OrderUncertain || work.signal.aborted) throw error;
      await retryOnLostConnection(() => notOrdered(take));
      throw error;
    }
  }

  async function notOrdered(take: TakeRow): Promise<void> {
    await db.transaction(async (tx) => {
      if (!(await takeStore.markNotOrdered(tx, take.id))) return;
      await endOfTake(tx, take.id, 'released', null);
      await giveBackPermit(tx, take);
    });
  }

  /** Looks after a take whose order was sent, whoever sent it. */
  async function watch(take: TakeRow, work: FilmingWork): Promise<TakeState> {
    if (take.status === 'stored') return { is: 'stored' };
    if (take.taskId !== null) return await look(take, take.taskId, work);
    if (take.status === 'ordering') return await findOrder(take, work);
    return { is: 'unresolved' };
  }

  async function findOrder(take: TakeRow, work: FilmingWork): Promise<TakeState> {
    const model = modelOfTake(videoOf, take);
    const dueMs = model.looksAfterMs[take.looks] ?? 0;
    const ageMs = await takeStore.orderAgeMs(db, take.id);
    if (ageMs < dueMs) return { is: 'ordering', afterMs: dueMs - ageMs };
    const orderedAt = take.orderedAt ?? take.createdAt;
    const known = await takeStore.listKnownTasks(
      db,
      take.model,
      new Date(orderedAt.getTime() - KNOWN_TASKS_MS),
    );
    const request = await openPictures(filmOrderSchema.parse(take.request), work);
    const taskId = await model.find({ request, orderedAt, known }, work);
    if (taskId !== null && (await adopt(take, taskId))) return { is: 'filming', progress: 0 };
    if (take.looks + 1 < model.looksAfterMs.length) {
      await takeStore.countLook(db, take.id);
      const nextMs = model.looksAfterMs[take.looks + 1] ?? 0;
      return { is: 'ordering', afterMs: Math.max(0, nextMs - ageMs) };
    }
    await end(take, 'unresolved', 'order_uncertain', 'uncertain', null);
    return { is: 'unresolved' };
  }

  /** False when the task turns out to be another order's. */
  async function adopt(take: TakeRow, taskId: string): Promise<boolean> {
    try {
      await takeStore.markFilming(db, take.id, taskId);
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async function look(take: TakeRow, taskId: string, work: FilmingWork): Promise<TakeState> {
    const task = await modelOfTake(videoOf, take).poll(taskId, work);
    if (task.status === 'failed') {
      await end(take, 'failed', task.code, 'released', null);
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
      await end(take, 'failed', task.code, 'uncertain', null);
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
        await end(take, 'failed', error.code, 'settled', usage);
      }
      throw error;
    }
    const object = await work.keep(clip, 'video/mp4');
    const lastFrame = picture ? await work.keep(picture, 'image/png') : null;
    await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        if (!(await takeStore.markStored(tx, take.id, { object, lastFrame }))) return;
        await endOfTake(tx, take.id, 'settled', usage);
        await giveBackPermit(tx, take);
        await deps.ringTake(tx, take);
      }),
    );
    return { is: 'stored' };
  }

  async function end(
    take: TakeRow,
    status: 'failed' | 'unresolved' | 'canceled',
    code: string,
    purchase: 'released' | 'uncertain' | 'settled',
    usage: Usage | null,
  ): Promise<void> {
    await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        if (!(await takeStore.markEnded(tx, take.id, status, code))) return;
        await endOfTake(tx, take.id, purchase, usage);
        await giveBackPermit(tx, take);
        await deps.ringTake(tx, take);
      }),
    );
  }

  async function giveBackPermit(tx: Database, take: TakeRow): Promise<void> {
    const lane = videoOf(take.model)?.lane;
    if (!lane) return;
    await releasePermit(tx, lane, take.id);
    await deps.ringLane(tx, lane);
  }

  async function openPictures(request: FilmOrder, work: FilmingWork): Promise<ClipRequest> {
    const { firstFrame, references, ...rest } = request;
    return {
      ...rest,
      firstFrame: firstFrame && (await work.open(firstFrame)),
      references: await Promise.all(references.map((object) => work.open(object))),
    };
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

function purchaseOf({ accountId, videoId, sceneId, id, model }: TakeRow) {
  return { accountId, videoId, sceneId, takeId: id, model, kind: 'clip' as const };
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
