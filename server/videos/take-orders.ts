import { createHash, randomBytes } from 'node:crypto';
import type { ClipRequest, ModelCall } from '../models/models.ts';
import { OrderUncertain } from '../models/vendor-problem.ts';
import type { Moderated } from '../moderation/moderation.ts';
import type { RunId, StepId } from '../platform/ids.ts';
import { claimPermit } from '../platform/permits/permits.ts';
import {
  type Database,
  isUniqueViolation,
  retryOnLostConnection,
} from '../platform/postgres/database.ts';
import { hold } from '../purchases/purchases.ts';
import { type FilmOrder, filmOrderSchema, type ObjectRef } from './contract.ts';
import type { TakeEnding } from './take-ending.ts';
import { type FindVideoModel, modelOfTake } from './take-models.ts';
import type { TakeRow } from './take-store.ts';
import * as takeStore from './take-store.ts';

export type TakeOrdersDeps = {
  readonly db: Database;
  /** Takes new orders. */
  readonly video: Moderated['video'];
  /** Is asked about the takes that were ordered from it. */
  readonly videoOf: FindVideoModel;
  readonly ending: TakeEnding;
  /** The public address that ends in this token; null where a vendor cannot reach us. */
  readonly callbackUrl: (token: string) => string | null;
};

/** On whose behalf a take is ordered, as its purchase keeps it. */
export type OrderOwner = { readonly runId: RunId; readonly stepId: StepId };

/** What ordering needs of whoever looks after the take at the moment. */
export type OrderWork = ModelCall & { open(object: ObjectRef): Promise<string> };

export type OrderState =
  | { readonly is: 'filming'; readonly progress: number }
  /** An order that nobody has confirmed yet: nothing to do before `afterMs` have passed. */
  | { readonly is: 'ordering'; readonly afterMs: number }
  /** The model films as much at once as the key allows. */
  | { readonly is: 'without permit' }
  /** The order was never accepted, as far as the vendor knows; a new take may be ordered. */
  | { readonly is: 'unresolved' };

/** Tasks older than this before an order cannot be that order's; clocks differ by less. */
const KNOWN_TASKS_MS = 24 * 3600_000;

/**
 * Orders of takes, so that none is bought twice: the order is written before the vendor is asked, the task id right
 * after, and an order that nobody confirmed is looked for among the vendor's tasks.
 */
export function makeTakeOrders({ db, video, videoOf, ending, callbackUrl }: TakeOrdersDeps) {
  return {
    /** Orders a take from the model. Rejects when the vendor refuses, or nobody knows whether it accepted. */
    async place(
      take: TakeRow,
      request: FilmOrder,
      owner: OrderOwner,
      work: OrderWork,
    ): Promise<OrderState> {
      const token = randomBytes(16).toString('hex');
      const asked = await openPictures(request, work);
      const written = await write(take, request, owner, hashOfToken(token));
      if (written === 'no permit') return { is: 'without permit' };
      if (written === 'taken') return { is: 'ordering', afterMs: 1_000 };
      try {
        const call = { ...work, accountId: take.accountId };
        const { taskId } = await video.submit({ ...asked, callbackUrl: callbackUrl(token) }, call);
        await retryOnLostConnection(() => takeStore.markFilming(db, take.id, taskId));
        return { is: 'filming', progress: 0 };
      } catch (error) {
        // Stopped half-way is uncertain as well: the order stays as written, and is looked for.
        if (error instanceof OrderUncertain || work.signal.aborted) throw error;
        await ending.notOrdered(take);
        throw error;
      }
    },

    /** Looks for the task of an order that nobody confirmed, once that is due. */
    async find(take: TakeRow, work: OrderWork): Promise<OrderState> {
      const model = modelOfTake(videoOf, take);
      const dueMs = model.looksAfterMs[take.looks] ?? 0;
      const ageMs = await takeStore.orderAgeMs(db, take.id);
      if (ageMs < dueMs) return { is: 'ordering', afterMs: dueMs - ageMs };
      const orderedAt = take.orderedAt ?? take.createdAt;
      const since = new Date(orderedAt.getTime() - KNOWN_TASKS_MS);
      const known = await takeStore.listKnownTasks(db, take.model, since);
      const request = await openPictures(filmOrderSchema.parse(take.request), work);
      const taskId = await model.find({ request, orderedAt, known }, work);
      if (taskId !== null && (await adopt(take, taskId))) return { is: 'filming', progress: 0 };
      if (take.looks + 1 < model.looksAfterMs.length) {
        await takeStore.countLook(db, take.id);
        const nextMs = model.looksAfterMs[take.looks + 1] ?? 0;
        return { is: 'ordering', afterMs: Math.max(0, nextMs - ageMs) };
      }
      await ending.without(take, 'unresolved', 'order_uncertain', 'uncertain');
      return { is: 'unresolved' };
    },

    adopt,
  };

  /** The order as an intent, before anybody is asked. */
  async function write(
    take: TakeRow,
    request: FilmOrder,
    owner: OrderOwner,
    callbackHash: string,
  ): Promise<'ordered' | 'no permit' | 'taken'> {
    const { accountId, videoId, sceneId, id: takeId, model } = take;
    return await db.transaction(async (tx) => {
      if (video.lane && !(await claimPermit(tx, video.lane, takeId, null))) return 'no permit';
      if (!(await takeStore.markOrdering(tx, takeId, { request, callbackHash }))) return 'taken';
      const estimate = video.estimate(request);
      if (estimate.costMicroUsd > 0) {
        const purchase = { accountId, videoId, sceneId, takeId, model, kind: 'clip' } as const;
        await hold(tx, { ...purchase, ...owner }, estimate);
      }
      return 'ordered';
    });
  }

  /** Takes the task for the order's own; false when it turns out to be another's. */
  async function adopt(take: TakeRow, taskId: string): Promise<boolean> {
    try {
      await takeStore.markFilming(db, take.id, taskId);
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }
}

/** What of a callback's address is kept. */
export const hashOfToken = (token: string): string =>
  createHash('sha256').update(token).digest('hex');

async function openPictures(request: FilmOrder, work: OrderWork): Promise<ClipRequest> {
  const { firstFrame, references, ...rest } = request;
  return {
    ...rest,
    firstFrame: firstFrame && (await work.open(firstFrame)),
    references: await Promise.all(references.map((object) => work.open(object))),
  };
}
