import type { AccountId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, gte, inArray, lt, sql } from '../platform/postgres/drizzle.ts';
import { type EventId, type EventRow, type EventType, eventCounts, events } from './schema.ts';

/** Queries for events. All that serve users are bound to the account. */

const PRUNE_AT_ONCE = 1_000;
const MOST_BATCHES = 20;

/** The next number of the video, which nobody else gets until the transaction ends. */
export async function nextSequence(
  tx: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<number> {
  const [row] = await tx
    .insert(eventCounts)
    .values({ videoId, accountId, latest: 1 })
    .onConflictDoUpdate({
      target: eventCounts.videoId,
      set: { latest: sql`${eventCounts.latest} + 1` },
    })
    .returning({ latest: eventCounts.latest });
  if (!row) throw new Error('The number that was just given is not there.');
  return row.latest;
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

/** The newest number of the video; 0 when nothing has happened yet. */
export async function latestSequence(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<number> {
  const [row] = await db
    .select({ latest: eventCounts.latest })
    .from(eventCounts)
    .where(and(eq(eventCounts.accountId, accountId), eq(eventCounts.videoId, videoId)));
  return row?.latest ?? 0;
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

/** What happened from `from` on and before `to`, oldest first, of these types; null for all. */
export async function listBetween(
  db: Database,
  accountId: AccountId,
  range: {
    readonly from: Date;
    readonly to: Date;
    readonly types: readonly EventType[] | null;
  },
  limit: number,
): Promise<readonly EventRow[]> {
  const { from, to, types } = range;
  return await db
    .select()
    .from(events)
    .where(
      and(
        eq(events.accountId, accountId),
        gte(events.createdAt, from),
        lt(events.createdAt, to),
        types === null ? undefined : inArray(events.type, [...types]),
      ),
    )
    .orderBy(asc(events.id))
    .limit(limit);
}

/** Removes what is older than 30 days, at most twenty thousand in one call; how many were removed. */
export async function prune(db: Database): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const pruned = await db.execute(sql`
      delete from events where ctid in (
        select ctid from events where created_at < now() - interval '30 days'
        limit ${PRUNE_AT_ONCE})`);
    total += pruned.rowCount ?? 0;
    if ((pruned.rowCount ?? 0) < PRUNE_AT_ONCE) break;
  }
  return total;
}
