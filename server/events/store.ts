import type { AccountId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, sql } from '../platform/postgres/drizzle.ts';
import { type EventId, type EventRow, type EventType, events } from './schema.ts';

/** Queries for events. All that serve users are bound to the account. */

const PRUNE_AT_ONCE = 1_000;

/** The next number of the video, which nobody else gets until the transaction ends. */
export async function nextSequence(tx: Database, videoId: VideoId): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`events ${videoId}`}, 0))`);
  const [row] = await tx
    .select({ last: sql<number>`coalesce(max(${events.sequence}), 0)::int` })
    .from(events)
    .where(eq(events.videoId, videoId));
  return (row?.last ?? 0) + 1;
}

export async function insert(tx: Database, event: typeof events.$inferInsert): Promise<EventRow> {
  const [row] = await tx.insert(events).values(event).returning();
  if (!row) throw new Error('The event that was just written is not there.');
  return row;
}

export async function listAfter(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
  sequence: number,
  limit: number,
): Promise<readonly EventRow[]> {
  return await db
    .select()
    .from(events)
    .where(
      and(
        eq(events.accountId, accountId),
        eq(events.videoId, videoId),
        sql`${events.sequence} > ${sequence}`,
      ),
    )
    .orderBy(asc(events.sequence))
    .limit(limit);
}

export async function latestSequence(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<number> {
  const [row] = await db
    .select({ last: sql<number>`coalesce(max(${events.sequence}), 0)::int` })
    .from(events)
    .where(and(eq(events.accountId, accountId), eq(events.videoId, videoId)));
  return row?.last ?? 0;
}

export async function find(
  db: Database,
  accountId: AccountId,
  id: EventId,
): Promise<EventRow | null> {
  const [row] = await db
    .select()
    .from(events)
    .where(and(eq(events.accountId, accountId), eq(events.id, id)));
  return row ?? null;
}

export async function listPage(
  db: Database,
  accountId: AccountId,
  filter: {
    readonly type: EventType | undefined;
    readonly videoId: VideoId | undefined;
    readonly before: string | null;
  },
  limit: number,
): Promise<readonly EventRow[]> {
  const { type, videoId, before } = filter;
  return await db
    .select()
    .from(events)
    .where(
      and(
        eq(events.accountId, accountId),
        type === undefined ? undefined : eq(events.type, type),
        videoId === undefined ? undefined : eq(events.videoId, videoId),
        before === null ? undefined : sql`${events.id} < ${before}`,
      ),
    )
    .orderBy(desc(events.id))
    .limit(limit);
}

/** Removes what is older than 30 days, at most a thousand at once; how many were removed. */
export async function prune(db: Database): Promise<number> {
  const pruned = await db.execute(sql`
    delete from events where ctid in (
      select ctid from events where created_at < now() - interval '30 days' limit ${PRUNE_AT_ONCE})`);
  return pruned.rowCount ?? 0;
}
