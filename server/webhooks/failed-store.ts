import type { Database } from '../platform/postgres/database.ts';
import { and, desc, eq, sql } from '../platform/postgres/drizzle.ts';
import { type DeliveryId, type DeliveryRow, deliveries } from './schema.ts';

/** Queries for deliveries that were given up on, of whatever account: for staff alone. */

/** Newest first, at most `limit`; `before` is the last id that was seen. */
export async function listFailed(
  db: Database,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<readonly DeliveryRow[]> {
  return await db
    .select()
    .from(deliveries)
    .where(and(isGivenUp(), before === null ? undefined : sql`${deliveries.id} < ${before}`))
    .orderBy(desc(deliveries.id))
    .limit(limit);
}

export async function findFailed(db: Database, id: DeliveryId): Promise<DeliveryRow | null> {
  const [row] = await db
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.id, id), isGivenUp()));
  return row ?? null;
}

/** Failed, and its event was not sent there again since. */
function isGivenUp() {
  return sql`${deliveries.status} = 'failed' and not exists (
    select from webhook_deliveries later
    where later.endpoint_id = ${deliveries.endpointId} and later.event_id = ${deliveries.eventId}
      and later.resend > ${deliveries.resend})`;
}
