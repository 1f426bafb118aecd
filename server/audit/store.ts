import type { Database } from '../platform/postgres/database.ts';
import { sql } from '../platform/postgres/drizzle.ts';

/** Queries for the audit chain. */

/** Names the one column that our user may fill in. */
export async function handIn(tx: Database, entry: string): Promise<void> {
  await tx.execute(sql`insert into audit.inbox (entry) values (${entry})`);
}
