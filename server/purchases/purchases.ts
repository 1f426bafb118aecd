import type { Usage } from '../models/models.ts';
import { chargedInVain, OrderUncertain } from '../models/vendor-problem.ts';
import { type AccountId, newId, type PurchaseId, type VideoId } from '../platform/ids.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import { OverMaxCredits, PurchaseUncertain } from './errors.ts';
import type { PurchaseRow } from './schema.ts';
import * as store from './store.ts';

/** What one credit stands for: a US cent of vendor cost. */
export const CREDIT_MICRO_USD = 10_000;

/** Whole credits for a vendor cost; a part of one counts as one. */
export function creditsOf(costMicroUsd: number): number {
  return Math.ceil(costMicroUsd / CREDIT_MICRO_USD);
}

/** What is bought, for whom, and where it belongs. */
export type Purchase = Pick<PurchaseRow, 'accountId' | 'kind' | 'model'> &
  Partial<Pick<PurchaseRow, 'videoId' | 'runId' | 'sceneId' | 'stepId' | 'takeId'>>;

/**
 * Writes the intent to buy, before the vendor is asked. A video with a `max_credits` is not taken beyond it:
 * rejects with `max_credits_reached`, nothing bought.
 */
export async function hold(tx: Database, purchase: Purchase, estimate: Usage): Promise<PurchaseId> {
  const { videoId = null } = purchase;
  if (videoId !== null && estimate.costMicroUsd > 0) {
    await stayWithinMax(tx, purchase.accountId, videoId, estimate);
  }
  const id = newId('pur');
  const { unit, units, costMicroUsd } = estimate;
  await store.insert(tx, { ...purchase, id, status: 'held', unit, units, costMicroUsd });
  return id;
}

async function stayWithinMax(
  tx: Database,
  accountId: AccountId,
  videoId: VideoId,
  estimate: Usage,
): Promise<void> {
  // Locked until the hold is written: two scenes at once must not both take the last credits.
  const max = await store.lockMaxCredits(tx, accountId, videoId);
  if (max === null) return;
  const spent = await store.sumCommitted(tx, accountId, videoId);
  if (creditsOf(spent + estimate.costMicroUsd) > max) throw new OverMaxCredits(max);
}

/** held → settled, with what the vendor charged where it said so. In the transaction that stores the result. */
export async function settle(tx: Database, id: PurchaseId, usage: Usage | null): Promise<void> {
  await store.end(tx, id, 'settled', usage);
}

/** held → released: nothing was bought. */
export async function release(tx: Database, id: PurchaseId): Promise<void> {
  await store.end(tx, id, 'released', null);
}

/** held → uncertain: the vendor may have charged for what never reached us. */
export async function markUncertain(tx: Database, id: PurchaseId): Promise<void> {
  await store.end(tx, id, 'uncertain', null);
}

export const { endOfTake, findHeldOfStep, listOfVideo, listUncertain, sumsOfScenes, sumsOfVideo } =
  store;

/** Throws `purchase_uncertain` for what a vendor may have been paid for: nobody buys it a second time blindly. */
export async function refuseToBuyAgain(tx: Database, id: PurchaseId): Promise<void> {
  if (await store.isUncertain(tx, id)) throw new PurchaseUncertain();
}

/**
 * Buys one answer that nothing else stores (an idea, a better prompt): held before, settled or released after.
 * What costs nothing is not recorded.
 */
export function makeBuy(db: Database) {
  return async function buy<T>(
    purchase: Purchase,
    estimate: Usage,
    work: (bought: (usage: Usage) => void) => Promise<T>,
  ): Promise<T> {
    if (estimate.costMicroUsd === 0) return await work(() => undefined);
    const id = await db.transaction((tx) => hold(tx, purchase, estimate));
    let usage: Usage | null = null;
    try {
      const result = await work((told) => {
        usage = told;
      });
      await retryOnLostConnection(() => settle(db, id, usage));
      return result;
    } catch (error) {
      const end = error instanceof OrderUncertain ? markUncertain : release;
      // An answer that came and was of no use was charged all the same.
      await (usage === null ? end(db, id) : settle(db, id, usage)).catch(() => undefined);
      throw usage === null ? error : chargedInVain(error);
    }
  };
}
