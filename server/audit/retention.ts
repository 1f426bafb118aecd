import type { Database } from '../platform/postgres/database.ts';
import { type AnyPgColumn, and, type SQL, sql } from '../platform/postgres/drizzle.ts';

const REMOVED_AT_ONCE = 1_000;
const MOST_BATCHES = 20;

/**
 * Removes rows that tell of no more than the audit record does, once they are as old as it keeps its own: 18 calendar months
 * of UTC. At most twenty thousand in one call; how many. What `where` excepts stays.
 */
export async function removeAsOldAsRecord(
  db: Database,
  {
    at,
    where,
    now = sql`now()`,
  }: {
    /** When the row was made. */
    readonly at: AnyPgColumn;
    readonly where?: SQL;
    /** Default the clock of the database. */
    readonly now?: SQL;
  },
): Promise<number> {
  const { table } = at;
  const isOld = and(sql`audit.expires_at(${at}) <= ${now}`, where);
  let total = 0;
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const removed = await db.execute(sql`
      delete from ${table} where ctid in (
        select ctid from ${table} where ${isOld} limit ${REMOVED_AT_ONCE})`);
    total += removed.rowCount ?? 0;
    if ((removed.rowCount ?? 0) < REMOVED_AT_ONCE) break;
  }
  return total;
}
