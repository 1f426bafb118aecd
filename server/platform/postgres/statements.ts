import type { Database } from './database.ts';
import { type SQL, sql } from './drizzle.ts';

/** Pieces of statements that many stores need. */

/** A moment so many milliseconds from now, by the database's clock; negative for one that has passed. */
export function fromNow(ms: number): SQL {
  return sql`now() + make_interval(secs => ${ms / 1000})`;
}

/**
 * Transactions that lock the same name follow one another, each until it ends. A count read under it, say of what an
 * account has open, holds until then.
 */
export async function lockName(tx: Database, name: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}
