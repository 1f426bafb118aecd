import type { AccountId, SceneId, TakeId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, gte, inArray, sql } from '../platform/postgres/drizzle.ts';
import type { FilmOrder, ObjectRef } from './contract.ts';
import { type TakeRow, takes } from './schema.ts';

/**
 * Queries for takes: the intent row before the order, the order before the vendor is asked, the vendor's task
 * id right after, then the clip. Every change names the state it starts from.
 */

export type { TakeRow } from './schema.ts';

/** States in which a model may be filming, or may have been asked to. */
export const IN_FLIGHT = ['ordering', 'filming'] as const;
/** States of which there is one take of a picture and length. */
const WANTED = ['intended', ...IN_FLIGHT, 'stored'] as const;

/** Since it was ordered, by the database's clock. */
export const AGE_MS = sql<number>`(extract(epoch from now() - ${takes.orderedAt}) * 1000)::float8`;

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

export async function findTake(
  db: Database,
  accountId: AccountId,
  id: TakeId,
): Promise<TakeRow | null> {
  const [take] = await db
    .select()
    .from(takes)
    .where(and(eq(takes.accountId, accountId), eq(takes.id, id)));
  return take ?? null;
}

/** The one take of that picture and length that is wanted or there; written now if there is none. */
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
        eq(takes.source, 'model'),
        inArray(takes.status, [...WANTED]),
      ),
    );
  if (!found) throw new Error('The take that was just ensured is not there.');
  return found;
}

/** A clip of the maker's own, stored already. */
export async function insertUploadedTake(
  tx: Database,
  take: Pick<TakeRow, 'id' | 'accountId' | 'videoId' | 'sceneId' | 'clipKey' | 'seconds'> & {
    readonly object: ObjectRef;
  },
): Promise<void> {
  await tx
    .insert(takes)
    .values({ ...take, model: 'upload', source: 'upload', status: 'stored' })
    .onConflictDoNothing();
}

/** intended → ordering; false when another worker was first. */
export async function markOrdering(
  tx: Database,
  id: TakeId,
  order: { readonly request: FilmOrder; readonly callbackHash: string },
): Promise<boolean> {
  return await change(tx, id, ['intended'], { ...order, status: 'ordering', orderedAt: now() });
}

/** ordering → intended: the vendor has definitely not accepted. */
export async function markNotOrdered(tx: Database, id: TakeId): Promise<boolean> {
  return await change(tx, id, ['ordering'], { status: 'intended', callbackHash: null, looks: 0 });
}

/** ordering → filming; false when the order has been settled otherwise. */
export async function markFilming(db: Database, id: TakeId, taskId: string): Promise<boolean> {
  return await change(db, id, ['ordering'], { status: 'filming', taskId });
}

/** One more look for an uncertain order that found nothing. */
export async function countLook(db: Database, id: TakeId): Promise<void> {
  await change(db, id, ['ordering'], { looks: sql`${takes.looks} + 1` });
}

export async function markStored(
  tx: Database,
  id: TakeId,
  stored: { readonly object: ObjectRef; readonly lastFrame: ObjectRef | null },
): Promise<boolean> {
  return await change(tx, id, ['filming'], { status: 'stored', ...stored });
}

export async function markEnded(
  tx: Database,
  id: TakeId,
  status: 'failed' | 'unresolved' | 'canceled',
  errorCode: string | null,
): Promise<boolean> {
  return await change(tx, id, ['intended', ...IN_FLIGHT], { status, errorCode });
}

async function change(
  db: Database,
  id: TakeId,
  from: readonly TakeRow['status'][],
  set: { readonly [Column in keyof TakeRow]?: TakeRow[Column] | ReturnType<typeof sql> },
): Promise<boolean> {
  const changed = await db
    .update(takes)
    .set({ ...set, updatedAt: now() })
    .where(and(eq(takes.id, id), inArray(takes.status, [...from])))
    .returning({ id: takes.id });
  return changed.length === 1;
}

/** Milliseconds since the order was written, by the database's clock. */
export async function orderAgeMs(db: Database, id: TakeId): Promise<number> {
  const [row] = await db.select({ ageMs: AGE_MS }).from(takes).where(eq(takes.id, id));
  return row?.ageMs ?? 0;
}

/** Task ids of the model's takes since a moment: they belong to other orders. At most 2,000. */
export async function listKnownTasks(
  db: Database,
  model: string,
  since: Date,
): Promise<ReadonlySet<string>> {
  const rows = await db
    .select({ taskId: takes.taskId })
    .from(takes)
    .where(
      and(eq(takes.model, model), gte(takes.createdAt, since), sql`${takes.taskId} is not null`),
    )
    .orderBy(desc(takes.createdAt))
    .limit(2_000);
  return new Set(rows.flatMap(({ taskId }) => taskId ?? []));
}

export async function countInFlight(db: Database, model: string): Promise<number> {
  return await db.$count(takes, and(eq(takes.model, model), inArray(takes.status, [...IN_FLIGHT])));
}

export async function findByCallback(db: Database, callbackHash: string): Promise<TakeRow | null> {
  const [take] = await db.select().from(takes).where(eq(takes.callbackHash, callbackHash));
  return take ?? null;
}

/** Every take of a scene, newest first; at most 100. */
export async function listTakesOfScene(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
  sceneId: SceneId,
): Promise<readonly TakeRow[]> {
  return await db
    .select()
    .from(takes)
    .where(
      and(eq(takes.accountId, accountId), eq(takes.videoId, videoId), eq(takes.sceneId, sceneId)),
    )
    .orderBy(desc(takes.id))
    .limit(100);
}

function now() {
  return sql`now()`;
}
