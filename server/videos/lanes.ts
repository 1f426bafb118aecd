import type { StepId } from '../platform/ids.ts';
import { countPermits, type Lane } from '../platform/permits/permits.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Ring } from './advance.ts';
import { wakeLane } from './step-store.ts';

/** Wakes the next step that waits for a permit of the lane, as part of the transaction that gave one back. */
export type RingLane = (tx: Database, lane: Lane) => Promise<void>;

export function makeRingLane(ring: Ring): RingLane {
  return async (tx, lane) => {
    const woken: readonly StepId[] = await wakeLane(tx, lane.name, 1);
    if (woken.length > 0) await ring(tx, woken, 0);
  };
}

/**
 * After a step has begun to wait: a permit given back just before found nobody waiting, and would go unused until
 * the step's own next try.
 */
export async function ringIfFree(db: Database, ringLane: RingLane, lane: Lane): Promise<void> {
  if ((await countPermits(db, lane)) >= lane.limit) return;
  await db.transaction((tx) => ringLane(tx, lane));
}
