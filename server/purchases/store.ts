import type { Usage } from '../models/models.ts';
import type { AccountId, PurchaseId, SceneId, StepId, TakeId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, ne, sql } from '../platform/postgres/drizzle.ts';
import { type PurchaseRow, purchases } from './schema.ts';

/** Queries for purchases. Every change starts from `held`, so an end is final. */

export async function insert(tx: Database, purchase: typeof purchases.$inferInsert): Promise<void> {
  await tx.insert(purchases).values(purchase);
}

export async function end(
  tx: Database,
  id: PurchaseId,
  status: 'settled' | 'released' | 'uncertain',
  usage: Usage | null,
): Promise<boolean> {
  const ended = await tx
    .update(purchases)
    .set({ status, endedAt: sql`now()`, ...(usage === null ? {} : charged(usage)) })
    .where(and(eq(purchases.id, id), eq(purchases.status, 'held')))
    .returning({ id: purchases.id });
  return ended.length === 1;
}

/** Ends the purchase of a take, if it is still held. */
export async function endOfTake(
  tx: Database,
  takeId: TakeId,
  status: 'settled' | 'released' | 'uncertain',
  usage: Usage | null,
): Promise<void> {
  await tx
    .update(purchases)
    .set({ status, endedAt: sql`now()`, ...(usage === null ? {} : charged(usage)) })
    .where(and(eq(purchases.takeId, takeId), eq(purchases.status, 'held')));
}

function charged({ unit, units, costMicroUsd, reference }: Usage) {
  return { unit, units, costMicroUsd, ...(reference === null ? {} : { reference }) };
}

/** What an attempt of a step left open: its process died before the result was stored. */
export async function findHeldOfStep(
  db: Database,
  accountId: AccountId,
  stepId: StepId,
): Promise<readonly PurchaseId[]> {
  const held = await db
    .select({ id: purchases.id })
    .from(purchases)
    .where(
      and(
        eq(purchases.accountId, accountId),
        eq(purchases.stepId, stepId),
        eq(purchases.status, 'held'),
        sql`${purchases.takeId} is null`,
      ),
    );
  return held.map(({ id }) => id);
}

/** Locks the video's row and tells its limit. */
export async function lockMaxCredits(
  tx: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<number | null> {
  const found = await tx.execute(sql`
    select max_credits as max from videos
    where account_id = ${accountId} and id = ${videoId} for no key update`);
  const max = found.rows[0]?.['max'];
  return typeof max === 'number' ? max : null;
}

/** Millionths of a dollar that the video has cost or may still cost. */
export async function sumCommitted(
  tx: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<number> {
  const { held, settled, uncertain } = await sumsOfVideo(tx, accountId, videoId);
  return held + settled + uncertain;
}

export type Sums = { readonly [Status in PurchaseRow['status']]: number };

/** Millionths of a dollar by what became of them. */
export async function sumsOfVideo(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<Sums> {
  return await sumsWhere(
    db,
    and(eq(purchases.accountId, accountId), eq(purchases.videoId, videoId)),
  );
}

/** Every purchase of a video in order; bounded by the steps of its runs. */
export async function listOfVideo(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<readonly PurchaseRow[]> {
  return await db
    .select()
    .from(purchases)
    .where(and(eq(purchases.accountId, accountId), eq(purchases.videoId, videoId)))
    .orderBy(asc(purchases.id))
    .limit(5_000);
}

/** Millionths of a dollar spent or held for each scene of a video. */
export async function sumsOfScenes(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<ReadonlyMap<SceneId, number>> {
  const rows = await db
    .select({
      sceneId: purchases.sceneId,
      sum: sql<number>`sum(${purchases.costMicroUsd})::float8`,
    })
    .from(purchases)
    .where(
      and(
        eq(purchases.accountId, accountId),
        eq(purchases.videoId, videoId),
        ne(purchases.status, 'released'),
      ),
    )
    .groupBy(purchases.sceneId);
  return new Map(rows.flatMap(({ sceneId, sum }) => (sceneId === null ? [] : [[sceneId, sum]])));
}

/** Millionths of a dollar of the whole account by what became of them. */
export async function sumsOfAccount(db: Database, accountId: AccountId): Promise<Sums> {
  return await sumsWhere(db, eq(purchases.accountId, accountId));
}

/** The account's purchases, newest first, older than `before`. */
export async function listPage(
  db: Database,
  accountId: AccountId,
  before: string | null,
  limit: number,
): Promise<readonly PurchaseRow[]> {
  return await db
    .select()
    .from(purchases)
    .where(
      and(
        eq(purchases.accountId, accountId),
        before === null ? undefined : sql`${purchases.id} < ${before}`,
      ),
    )
    .orderBy(desc(purchases.id))
    .limit(limit);
}

/** What vendors may have charged for, of whatever account, newest first, at most `limit`: for staff alone. */
export async function listUncertain(
  db: Database,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<readonly PurchaseRow[]> {
  return await db
    .select()
    .from(purchases)
    .where(
      and(
        eq(purchases.status, 'uncertain'),
        before === null ? undefined : sql`${purchases.id} < ${before}`,
      ),
    )
    .orderBy(desc(purchases.id))
    .limit(limit);
}

export async function isUncertain(db: Database, id: PurchaseId): Promise<boolean> {
  const found = await db
    .select({ id: purchases.id })
    .from(purchases)
    .where(and(eq(purchases.id, id), eq(purchases.status, 'uncertain')));
  return found.length === 1;
}

async function sumsWhere(db: Database, where: ReturnType<typeof and>): Promise<Sums> {
  const rows = await db
    .select({
      status: purchases.status,
      sum: sql<number>`sum(${purchases.costMicroUsd})::float8`,
    })
    .from(purchases)
    .where(where)
    .groupBy(purchases.status);
  const sums = { held: 0, settled: 0, released: 0, uncertain: 0 };
  for (const { status, sum } of rows) sums[status] = sum;
  return sums;
}
