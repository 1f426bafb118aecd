import type { EventId, EventRow } from '../events/events.ts';
import type { AccountId } from '../platform/ids.ts';
import { newId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, desc, eq, inArray, sql } from '../platform/postgres/drizzle.ts';
import { fromNow } from '../platform/postgres/statements.ts';
import { type DeliveryId, type DeliveryRow, deliveries, type EndpointId } from './schema.ts';

/** Queries for deliveries. Every change names the state it starts from; times are the database's own. */

const PRUNE_AT_ONCE = 1_000;
const MOST_BATCHES = 20;
/** So many of one account's may be under way at once. */
const MOST_AT_ONCE = 4;
/** A delivery that has been due so long was not taken for want of room: its bell has come and gone. */
const WAITING = sql`next_attempt_at < now() - interval '2 seconds'`;
/** A bell that was rung again has so long to be answered. */
const LOOK_AGAIN_SECONDS = 60;

/** Puts events on their way to an endpoint; `resends` tells how often each was before. */
export async function insertDeliveries(
  tx: Database,
  endpointId: EndpointId,
  events: readonly Pick<EventRow, 'id' | 'accountId' | 'type'>[],
  resends: ReadonlyMap<EventId, number> = new Map(),
): Promise<readonly DeliveryRow[]> {
  if (events.length === 0) return [];
  return await tx
    .insert(deliveries)
    .values(
      events.map(({ id, accountId, type }) => ({
        ...{ id: newId('dlv'), accountId, endpointId, eventId: id, eventType: type },
        resend: resends.get(id) ?? 0,
        nextAttemptAt: sql`now()`,
        lookAfter: sql`now() + interval '10 seconds'`,
      })),
    )
    .returning();
}

export type Sending = { readonly next: number; readonly pending: boolean };

/** Of events that were on their way to the endpoint before: the next number, and whether one is still under way. */
export async function findSendings(
  tx: Database,
  endpointId: EndpointId,
  eventIds: readonly EventId[],
): Promise<ReadonlyMap<EventId, Sending>> {
  if (eventIds.length === 0) return new Map();
  const rows = await tx
    .select({
      eventId: deliveries.eventId,
      next: sql<number>`max(${deliveries.resend}) + 1`,
      pending: sql<boolean>`bool_or(${deliveries.status} = 'pending')`,
    })
    .from(deliveries)
    .where(and(eq(deliveries.endpointId, endpointId), inArray(deliveries.eventId, [...eventIds])))
    .groupBy(deliveries.eventId);
  return new Map(rows.map(({ eventId, next, pending }) => [eventId, { next, pending }]));
}

/** Newest first; `before` is the last id that was seen. */
export async function listDeliveries(
  db: Database,
  accountId: AccountId,
  endpointId: EndpointId,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<readonly DeliveryRow[]> {
  return await db
    .select()
    .from(deliveries)
    .where(
      and(
        eq(deliveries.accountId, accountId),
        eq(deliveries.endpointId, endpointId),
        before === null ? undefined : sql`${deliveries.id} < ${before}`,
      ),
    )
    .orderBy(desc(deliveries.id))
    .limit(limit);
}

/** Takes a due delivery that nobody holds under a new attempt number; null also when its account has no room. */
export async function claimDelivery(
  db: Database,
  id: DeliveryId,
  leaseMs: number,
): Promise<DeliveryRow | null> {
  return await claim(db, eq(deliveries.id, id), leaseMs);
}

/** Takes the account's delivery that has waited longest, as `claimDelivery` does. */
export async function claimWaiting(
  db: Database,
  accountId: AccountId,
  leaseMs: number,
): Promise<DeliveryRow | null> {
  return await claim(
    db,
    sql`${deliveries.id} = (${oldestWaiting(accountId)} for update skip locked)`,
    leaseMs,
  );
}

export async function findWaiting(db: Database, accountId: AccountId): Promise<DeliveryId | null> {
  const [row] = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(sql`${deliveries.id} = (${oldestWaiting(accountId)})`);
  return row?.id ?? null;
}

function oldestWaiting(accountId: AccountId) {
  return sql`select id from webhook_deliveries
    where account_id = ${accountId} and status = 'pending' and ${WAITING}
      and (lease_expires_at is null or lease_expires_at < now())
    order by next_attempt_at limit 1`;
}

/**
 * Roughly, since two claims at the same moment do not see each other. What is under way is looked for again when its
 * lease ends, so the index of lost bells finds it.
 */
function hasRoom(leaseMs: number) {
  return sql`(
    select count(*) from webhook_deliveries as busy
    where busy.account_id = webhook_deliveries.account_id and busy.status = 'pending'
      and busy.look_after > now() and busy.look_after <= ${fromNow(leaseMs)}
      and busy.lease_expires_at > now()) < ${MOST_AT_ONCE}`;
}

async function claim(
  db: Database,
  which: ReturnType<typeof and>,
  leaseMs: number,
): Promise<DeliveryRow | null> {
  const [row] = await db
    .update(deliveries)
    .set({
      attempt: sql`${deliveries.attempt} + 1`,
      leaseExpiresAt: fromNow(leaseMs),
      lookAfter: fromNow(leaseMs),
      updatedAt: sql`now()`,
    })
    .where(
      and(
        which,
        eq(deliveries.status, 'pending'),
        sql`${deliveries.nextAttemptAt} <= now()`,
        sql`(${deliveries.leaseExpiresAt} is null or ${deliveries.leaseExpiresAt} < now())`,
        hasRoom(leaseMs),
      ),
    )
    .returning();
  return row ?? null;
}

type Claim = Pick<DeliveryRow, 'id' | 'attempt'>;
type Outcome = {
  readonly statusCode: number | null;
  readonly errorCode: string | null;
  readonly durationMs: number | null;
};

/** pending → delivered or failed, by the newest attempt alone. */
export async function finishDelivery(
  tx: Database,
  claim: Claim,
  status: 'delivered' | 'failed',
  outcome: Outcome,
): Promise<boolean> {
  const tries = sql`${deliveries.tries} + 1`;
  return await write(tx, claim, { ...outcome, status, tries, nextAttemptAt: null });
}

/** pending → failed without a try. */
export async function abandonDelivery(
  db: Database,
  claim: Claim,
  errorCode: string,
): Promise<boolean> {
  return await write(db, claim, { status: 'failed', errorCode, nextAttemptAt: null });
}

/** Makes those of the events that are still on their way to the endpoint due at once. */
export async function hurryDeliveries(
  tx: Database,
  endpointId: EndpointId,
  eventIds: readonly EventId[],
): Promise<readonly DeliveryRow[]> {
  if (eventIds.length === 0) return [];
  return await tx
    .update(deliveries)
    .set({ nextAttemptAt: sql`now()`, lookAfter: fromNow(10_000), updatedAt: sql`now()` })
    .where(
      and(
        eq(deliveries.endpointId, endpointId),
        inArray(deliveries.eventId, [...eventIds]),
        eq(deliveries.status, 'pending'),
      ),
    )
    .returning();
}

/** The try failed; the next one is due in `pauseMs`. */
export async function postponeDelivery(
  tx: Database,
  claim: Claim,
  pauseMs: number,
  outcome: Outcome,
): Promise<boolean> {
  return await write(tx, claim, {
    ...outcome,
    tries: sql`${deliveries.tries} + 1`,
    nextAttemptAt: fromNow(pauseMs),
    lookAfter: fromNow(pauseMs + 10_000),
  });
}

/** Back to whoever is next: the attempt was stopped and counts for nothing. */
export async function giveBack(db: Database, claim: Claim): Promise<void> {
  await write(db, claim, { lookAfter: sql`now()` });
}

async function write(
  db: Database,
  { id, attempt }: Claim,
  set: { readonly [Column in keyof DeliveryRow]?: DeliveryRow[Column] | ReturnType<typeof sql> },
): Promise<boolean> {
  const written = await db
    .update(deliveries)
    .set({ ...set, leaseExpiresAt: null, updatedAt: sql`now()` })
    .where(
      and(eq(deliveries.id, id), eq(deliveries.attempt, attempt), eq(deliveries.status, 'pending')),
    )
    .returning({ id: deliveries.id });
  return written.length === 1;
}

/**
 * Due deliveries that nobody holds and whose bell seems lost, oldest first. Taking them puts the next look off, so
 * that each is rung for by one process.
 */
export async function takeLost(db: Database, limit: number): Promise<readonly DeliveryId[]> {
  const rows = await db
    .update(deliveries)
    .set({ lookAfter: fromNow(LOOK_AGAIN_SECONDS * 1000) })
    .where(
      sql`${deliveries.id} in (
        select id from webhook_deliveries
        where status = 'pending' and look_after <= now() and next_attempt_at <= now()
          and (lease_expires_at is null or lease_expires_at < now())
        order by look_after limit ${limit} for update skip locked)`,
    )
    .returning({ id: deliveries.id });
  return rows.map(({ id }) => id);
}

/** Removes what is older than 30 days, at most twenty thousand in one call; how many were removed. */
export async function pruneDeliveries(db: Database): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const pruned = await db.execute(sql`
      delete from webhook_deliveries where ctid in (
        select ctid from webhook_deliveries where created_at < now() - interval '30 days'
        limit ${PRUNE_AT_ONCE})`);
    total += pruned.rowCount ?? 0;
    if ((pruned.rowCount ?? 0) < PRUNE_AT_ONCE) break;
  }
  return total;
}
