import { accounts } from '../accounts/schema.ts';
import type { Database } from '../platform/postgres/database.ts';
import { inArray, sql } from '../platform/postgres/drizzle.ts';
import { type AccountRef, isOf, nameOf } from './account-rows.ts';
import { OWNED_TABLES } from './registry.ts';

/** Queries for the sweep of stored files that no row names. */

/** The accounts that were looked at least lately; each is for one caller. */
export async function takeToSweep(db: Database, limit: number): Promise<readonly AccountRef[]> {
  const next = db
    .select({ id: accounts.id })
    .from(accounts)
    .orderBy(sql`${accounts.sweptAt} nulls first`)
    .limit(limit)
    .for('no key update', { skipLocked: true });
  return await db
    .update(accounts)
    .set({ sweptAt: sql`now()` })
    .where(inArray(accounts.id, next))
    .returning({ id: accounts.id, storagePrefix: accounts.storagePrefix });
}

/**
 * Everything in any row of the account, whatever the column, that reads like a key below its prefix: the prefix is random,
 * so that it stands for itself. A column that somebody adds is looked at from its first day.
 */
export async function readNamedKeys(
  db: Database,
  account: AccountRef,
): Promise<ReadonlySet<string>> {
  const pattern = `${account.storagePrefix}/[A-Za-z0-9._/-]+`;
  const named = new Set<string>();
  for (const table of OWNED_TABLES) {
    const { rows } = await db.execute<{ key: string }>(sql`
      select distinct found[1] as key
      from ${nameOf(table)} as row, regexp_matches(row::text, ${pattern}, 'g') as found
      where ${isOf(table, account.id)}`);
    for (const { key } of rows) named.add(key);
  }
  return named;
}
