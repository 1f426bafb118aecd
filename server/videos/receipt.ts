import type { Database } from '../platform/postgres/database.ts';
import { creditsOf, listOfVideo } from '../purchases/purchases.ts';
import type { RunRow } from './schema.ts';

/** One line of a receipt; what a reader of JSON gets. */
export type ReceiptLine = {
  readonly kind: string;
  readonly model: string;
  readonly scene_id: string | null;
  readonly status: string;
  readonly unit: string;
  readonly units: number;
  readonly cost_usd: number;
  readonly credits: number;
};

/** What was bought for a video until now, in order; nothing that was given back. */
export async function makeReceipt(
  db: Database,
  { accountId, videoId }: Pick<RunRow, 'accountId' | 'videoId'>,
): Promise<readonly ReceiptLine[]> {
  const bought = await listOfVideo(db, accountId, videoId);
  return bought
    .filter(({ status }) => status !== 'released')
    .map((purchase) => ({
      kind: purchase.kind,
      model: purchase.model,
      scene_id: purchase.sceneId,
      status: purchase.status,
      unit: purchase.unit,
      units: purchase.units,
      cost_usd: purchase.costMicroUsd / 1_000_000,
      credits: creditsOf(purchase.costMicroUsd),
    }));
}
