import type { AccountId, RunId, TakeId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, eq, gte, ne, sql } from '../platform/postgres/drizzle.ts';
import type { ObjectRef } from './contract.ts';
import { steps, takes } from './schema.ts';

/** Queries for takes: the intent row before filming, the model's task id right after, then the clip. */

export type TakeRow = typeof takes.$inferSelect;

/** The shortest stored take of the same picture that is at least `seconds` long. */
export async function findStoredTake(
  db: Database,
  accountId: AccountId,
  clipKey: string,
  seconds: number,
): Promise<TakeRow | null> {
  const [take] = await db
    .select()
    .from(takes)
    .where(
      and(
        eq(takes.accountId, accountId),
        eq(takes.clipKey, clipKey),
        eq(takes.status, 'stored'),
        gte(takes.seconds, seconds),
      ),
    )
    .orderBy(asc(takes.seconds))
    .limit(1);
  return take ?? null;
}

/** The one take of that picture and length that has not failed; written now if there is none. */
export async function ensureTake(
  db: Database,
  take: Pick<TakeRow, 'id' | 'accountId' | 'videoId' | 'sceneId' | 'model' | 'clipKey' | 'seconds'>,
): Promise<TakeRow> {
  await db
    .insert(takes)
    .values({ ...take, status: 'intended' })
    .onConflictDoNothing();
  const [found] = await db
    .select()
    .from(takes)
    .where(
      and(
        eq(takes.accountId, take.accountId),
        eq(takes.clipKey, take.clipKey),
        eq(takes.seconds, take.seconds),
        ne(takes.status, 'failed'),
      ),
    );
  if (!found) throw new Error('The take that was just ensured is not there.');
  return found;
}

/** intended → filming; false when another worker was first, whose task then counts. */
export async function markFilming(db: Database, id: TakeId, taskId: string): Promise<boolean> {
  const changed = await db
    .update(takes)
    .set({ status: 'filming', taskId, updatedAt: sql`now()` })
    .where(and(eq(takes.id, id), eq(takes.status, 'intended')))
    .returning({ id: takes.id });
  return changed.length === 1;
}

export async function markStored(db: Database, id: TakeId, object: ObjectRef): Promise<void> {
  await db
    .update(takes)
    .set({ status: 'stored', object, updatedAt: sql`now()` })
    .where(and(eq(takes.id, id), eq(takes.status, 'filming')));
}

export async function markTakeFailed(db: Database, id: TakeId, code: string): Promise<void> {
  await db
    .update(takes)
    .set({ status: 'failed', errorCode: code, updatedAt: sql`now()` })
    .where(and(eq(takes.id, id), ne(takes.status, 'failed')));
}

/** Takes that are being filmed for the scenes of a run, and for no other running run. */
export async function listTakesInFlight(
  db: Database,
  accountId: AccountId,
  runId: RunId,
): Promise<readonly TakeRow[]> {
  const wantedBy = (test: ReturnType<typeof sql>) => sql`exists (
    select 1 from steps join runs on runs.id = steps.run_id
    where steps.kind = 'clip' and steps.scene_id = ${takes.sceneId} and ${test})`;
  return await db
    .select()
    .from(takes)
    .where(
      and(
        eq(takes.accountId, accountId),
        eq(takes.status, 'filming'),
        wantedBy(sql`${steps.runId} = ${runId}`),
        sql`not ${wantedBy(sql`${steps.runId} <> ${runId} and runs.status = 'running'`)}`,
      ),
    );
}
