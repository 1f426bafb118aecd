import type { EventType } from '../events/events.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, desc, eq, sql } from '../platform/postgres/drizzle.ts';
import { lockName } from '../platform/postgres/statements.ts';
import { type EndpointId, type EndpointRow, endpoints } from './schema.ts';

/** Queries for webhook endpoints. All that serve users are bound to the account. */

/** One account's endpoints are made one after the other, so that a count holds until the transaction ends. */
export async function lockEndpoints(tx: Database, accountId: AccountId): Promise<void> {
  await lockName(tx, `webhooks ${accountId}`);
}

export async function countEndpoints(db: Database, accountId: AccountId): Promise<number> {
  return await db.$count(endpoints, eq(endpoints.accountId, accountId));
}

export async function insertEndpoint(
  tx: Database,
  endpoint: typeof endpoints.$inferInsert,
): Promise<EndpointRow> {
  const [row] = await tx.insert(endpoints).values(endpoint).returning();
  if (!row) throw new Error('The endpoint that was just written is not there.');
  return row;
}

/** Newest first; there are few. */
export async function listEndpoints(
  db: Database,
  accountId: AccountId,
): Promise<readonly EndpointRow[]> {
  return await db
    .select()
    .from(endpoints)
    .where(eq(endpoints.accountId, accountId))
    .orderBy(desc(endpoints.id))
    .limit(100);
}

export async function findEndpoint(
  db: Database,
  accountId: AccountId,
  id: EndpointId,
): Promise<EndpointRow | null> {
  const [row] = await db.select().from(endpoints).where(own(accountId, id));
  return row ?? null;
}

/** The endpoint, which nobody else changes until the transaction ends. */
export async function lockEndpoint(
  tx: Database,
  accountId: AccountId,
  id: EndpointId,
): Promise<EndpointRow | null> {
  const [row] = await tx.select().from(endpoints).where(own(accountId, id)).for('no key update');
  return row ?? null;
}

/** Active endpoints that want events of that type. None is deleted until the transaction ends: it could not refer to it then. */
export async function listInterested(
  tx: Database,
  accountId: AccountId,
  type: EventType,
): Promise<readonly EndpointRow[]> {
  return await tx
    .select()
    .from(endpoints)
    .where(
      and(
        eq(endpoints.accountId, accountId),
        eq(endpoints.status, 'active'),
        sql`(${endpoints.events} is null or ${type} = any(${endpoints.events}))`,
      ),
    )
    .limit(100)
    .for('key share');
}

export type EndpointChange = {
  readonly [Column in 'url' | 'description' | 'events']?: EndpointRow[Column] | undefined;
};

export async function changeEndpoint(
  db: Database,
  accountId: AccountId,
  id: EndpointId,
  change: EndpointChange,
): Promise<EndpointRow | null> {
  const { url, description, events } = change;
  const [row] = await db
    .update(endpoints)
    .set({
      updatedAt: sql`now()`,
      ...(url === undefined ? {} : { url }),
      ...(description === undefined ? {} : { description }),
      ...(events === undefined ? {} : { events }),
    })
    .where(own(accountId, id))
    .returning();
  return row ?? null;
}

/** disabled → active, with what failed forgotten. */
export async function enable(tx: Database, accountId: AccountId, id: EndpointId): Promise<void> {
  await tx
    .update(endpoints)
    .set({ status: 'active', disabledReason: null, consecutiveFailures: 0, failingSince: null })
    .where(and(own(accountId, id), eq(endpoints.status, 'disabled')));
}

/** active → disabled. */
export async function disable(
  db: Database,
  accountId: AccountId,
  id: EndpointId,
  reason: NonNullable<EndpointRow['disabledReason']>,
): Promise<void> {
  await db
    .update(endpoints)
    .set({ status: 'disabled', disabledReason: reason, updatedAt: sql`now()` })
    .where(and(own(accountId, id), eq(endpoints.status, 'active')));
}

/** active → disabled for all of the account's, until `resumeAll`. */
export async function pauseAll(tx: Database, accountId: AccountId): Promise<void> {
  await tx
    .update(endpoints)
    .set({ status: 'disabled', disabledReason: 'account_deleted', updatedAt: sql`now()` })
    .where(and(eq(endpoints.accountId, accountId), eq(endpoints.status, 'active')));
}

export async function resumeAll(tx: Database, accountId: AccountId): Promise<void> {
  await tx
    .update(endpoints)
    .set({ status: 'active', disabledReason: null, updatedAt: sql`now()` })
    .where(
      and(eq(endpoints.accountId, accountId), eq(endpoints.disabledReason, 'account_deleted')),
    );
}

export async function rotateSecret(
  db: Database,
  accountId: AccountId,
  id: EndpointId,
  next: { readonly secret: Buffer; readonly graceHours: number },
): Promise<EndpointRow | null> {
  const grace = next.graceHours > 0;
  const [row] = await db
    .update(endpoints)
    .set({
      secret: next.secret,
      previousSecret: grace ? sql`${endpoints.secret}` : null,
      previousUntil: grace ? sql`now() + make_interval(hours => ${next.graceHours})` : null,
      updatedAt: sql`now()`,
    })
    .where(own(accountId, id))
    .returning();
  return row ?? null;
}

export async function removeEndpoint(
  db: Database,
  accountId: AccountId,
  id: EndpointId,
): Promise<boolean> {
  const removed = await db
    .delete(endpoints)
    .where(own(accountId, id))
    .returning({ id: endpoints.id });
  return removed.length === 1;
}

/** An event arrived. */
export async function countSuccess(
  db: Database,
  accountId: AccountId,
  id: EndpointId,
): Promise<void> {
  await db
    .update(endpoints)
    .set({ consecutiveFailures: 0, failingSince: null })
    .where(and(own(accountId, id), sql`${endpoints.consecutiveFailures} > 0`));
}

/** An event was given up on. At `tellAt` in a row the endpoint counts as failing, at `disableAt` it is disabled. How it is then. */
export async function countFailure(
  db: Database,
  accountId: AccountId,
  id: EndpointId,
  { tellAt, disableAt }: { readonly tellAt: number; readonly disableAt: number },
): Promise<EndpointRow | null> {
  const failures = sql`${endpoints.consecutiveFailures} + 1`;
  const ends = sql`${endpoints.status} = 'active' and ${failures} >= ${disableAt}`;
  const [row] = await db
    .update(endpoints)
    .set({
      consecutiveFailures: failures,
      failingSince: sql`case when ${failures} >= ${tellAt} then coalesce(${endpoints.failingSince}, now()) end`,
      status: sql`case when ${ends} then 'disabled' else ${endpoints.status} end`,
      disabledReason: sql`case when ${ends} then 'failing' else ${endpoints.disabledReason} end`,
    })
    .where(own(accountId, id))
    .returning();
  return row ?? null;
}

function own(accountId: AccountId, id: EndpointId) {
  return and(eq(endpoints.accountId, accountId), eq(endpoints.id, id));
}
