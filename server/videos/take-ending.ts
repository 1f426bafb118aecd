import type { Usage } from '../models/models.ts';
import { releasePermit } from '../platform/permits/permits.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import { endOfTake } from '../purchases/purchases.ts';
import type { TakeRef } from './awaited-takes.ts';
import type { ObjectRef } from './contract.ts';
import type { RingLane } from './lanes.ts';
import type { FindVideoModel } from './take-models.ts';
import type { TakeRow } from './take-store.ts';
import * as takeStore from './take-store.ts';

export type TakeEndingDeps = {
  readonly db: Database;
  /** Knows the lane of the model that a take was ordered from. */
  readonly videoOf: FindVideoModel;
  readonly ringLane: RingLane;
  /** Rings for steps that wait for the take, in the transaction that changed it. */
  readonly ringTake: (tx: Database, take: TakeRef) => Promise<void>;
};

/** How a purchase of a take ends: not charged, charged, or nobody knows. */
type PurchaseEnd = 'released' | 'settled' | 'uncertain';

/**
 * Ends of takes. Each is one transaction: the take's state, its purchase, its permit for the next in the lane, and the
 * bell of whoever waits for it. A take that has ended otherwise meanwhile is left as it is.
 */
export function makeTakeEnding({ db, videoOf, ringLane, ringTake }: TakeEndingDeps) {
  return {
    /** The clip is ours. */
    stored(
      take: TakeRow,
      files: { readonly object: ObjectRef; readonly lastFrame: ObjectRef | null },
      usage: Usage | null,
    ): Promise<void> {
      return inOne(async (tx) => {
        if (!(await takeStore.markStored(tx, take.id, files))) return;
        await settle(tx, take, 'settled', usage);
        await ringTake(tx, take);
      });
    },

    /** There will be no clip. */
    without(
      take: TakeRow,
      status: 'failed' | 'unresolved' | 'canceled',
      code: string,
      purchase: PurchaseEnd,
      usage: Usage | null = null,
    ): Promise<void> {
      return inOne(async (tx) => {
        if (!(await takeStore.markEnded(tx, take.id, status, code))) return;
        await settle(tx, take, purchase, usage);
        await ringTake(tx, take);
      });
    },

    /** It was not ordered after all, and may be again; the step that wanted it is at work and needs no bell. */
    notOrdered(take: TakeRow): Promise<void> {
      return inOne(async (tx) => {
        if (await takeStore.markNotOrdered(tx, take.id)) await settle(tx, take, 'released', null);
      });
    },
  };

  function inOne(change: (tx: Database) => Promise<void>): Promise<void> {
    return retryOnLostConnection(() => db.transaction(change));
  }

  async function settle(
    tx: Database,
    take: TakeRow,
    purchase: PurchaseEnd,
    usage: Usage | null,
  ): Promise<void> {
    await endOfTake(tx, take.id, purchase, usage);
    const lane = videoOf(take.model)?.lane;
    if (!lane) return;
    await releasePermit(tx, lane, take.id);
    await ringLane(tx, lane);
  }
}

export type TakeEnding = ReturnType<typeof makeTakeEnding>;
