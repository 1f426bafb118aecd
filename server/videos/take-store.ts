import type { AccountId, RunId, SceneId, StepId, TakeId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, gte, inArray, sql } from '../platform/postgres/drizzle.ts';
import type { FilmOrder, ObjectRef } from './contract.ts';
import { steps, type TakeRow, takes } from './schema.ts';

/**
 * Queries for takes: the intent row before the order, the order before the vendor is asked, the vendor's task
 * id right after, then the clip. Every change names the state it starts from.
 */

export type { TakeRow } from './schema.ts';

/** States in which a model may be filming, or may have been asked to. */
export const IN_FLIGHT = ['ordering', 'filming'] as const;
/** States of which there is one take of a picture and length. */
const WANTED = ['intended', ...IN_FLIGHT, 'stored'] as const;

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
  const [row] = await db
    .select({
      ageMs: sql<number>`(extract(epoch from now() - ${takes.orderedAt}) * 1000)::float8`,
    })
    .from(takes)
    .where(eq(takes.id, id));
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

/** A clip step of an open run that waits for this take, whichever run that is. */
const wantedBy = (test: ReturnType<typeof sql>) => sql`exists (
  select 1 from steps join runs on runs.id = steps.run_id
  where steps.kind = 'clip' and steps.account_id = ${takes.accountId}
    and steps.scene_id = ${takes.sceneId}
    and steps.status in ('pending', 'ready', 'running', 'waiting')
    and runs.status in ('queued', 'running') and ${test})`;

/** Takes that are being filmed for the scenes of a run, and for no other open run. */
export async function listTakesInFlight(
  db: Database,
  accountId: AccountId,
  runId: RunId,
): Promise<readonly TakeRow[]> {
  return await db
    .select()
    .from(takes)
    .where(
      and(
        eq(takes.accountId, accountId),
        inArray(takes.status, [...IN_FLIGHT]),
        sql`exists (select 1 from steps where steps.kind = 'clip' and steps.scene_id = ${takes.sceneId} and steps.run_id = ${runId})`,
        sql`not ${wantedBy(sql`steps.run_id <> ${runId}`)}`,
      ),
    );
}

/**
 * Takes in flight that no open run waits for (their run was canceled or failed), due for a look. Taking them
 * puts the next look off, so that each is looked at by one process.
 */
export async function takeStragglers(
  db: Database,
  nextLookMs: number,
  limit: number,
): Promise<readonly TakeRow[]> {
  return await db
    .update(takes)
    .set({ checkAfter: sql`now() + make_interval(secs => ${nextLookMs / 1000})` })
    .where(
      sql`${takes.id} in (
        select takes.id from takes
        where takes.status in ('ordering', 'filming') and takes.check_after <= now()
          and not ${wantedBy(sql`true`)}
        order by takes.check_after limit ${limit} for no key update skip locked)`,
    )
    .returning();
}

/** Makes the steps that wait for this take due at once; their ids, to be rung for. */
export async function wakeStepsOfTake(
  tx: Database,
  { accountId, sceneId }: Pick<TakeRow, 'accountId' | 'sceneId'>,
): Promise<readonly StepId[]> {
  const due = await tx
    .update(steps)
    .set({ runAfter: now() })
    .where(
      and(
        eq(steps.accountId, accountId),
        eq(steps.kind, 'clip'),
        eq(steps.sceneId, sceneId),
        eq(steps.status, 'waiting'),
      ),
    )
    .returning({ id: steps.id });
  return due.map(({ id }) => id);
}

function now() {
  return sql`now()`;
}
