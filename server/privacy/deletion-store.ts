import type { AccountRow } from '../accounts/accounts.ts';
import { accounts } from '../accounts/schema.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, eq, lt, type SQL, sql } from '../platform/postgres/drizzle.ts';

/** Queries for accounts that are given up. Times are the database's own. */

/** Thirty times 24 hours later. Hours, not days: a day on which the clock changes is not 24 of them. */
export function restorableUntil(from: SQL): SQL {
  return sql`${from} + make_interval(hours => 30 * 24)`;
}

/** Gives the account up; null when it is already. */
export async function markDeleted(tx: Database, id: AccountId): Promise<AccountRow | null> {
  const [marked] = await tx
    .update(accounts)
    .set({ deletedAt: sql`now()`, purgeAfter: restorableUntil(sql`now()`) })
    .where(and(eq(accounts.id, id), sql`${accounts.deletedAt} is null`))
    .returning();
  return marked ?? null;
}

/** Takes it back; false when it is too late, or was not given up. */
export async function markRestored(tx: Database, id: AccountId): Promise<boolean> {
  const marked = await tx
    .update(accounts)
    .set({ deletedAt: null, purgeAfter: null })
    .where(and(eq(accounts.id, id), sql`${accounts.purgeAfter} > now()`))
    .returning({ id: accounts.id });
  return marked.length === 1;
}

/** Accounts whose time to be restored is over, those first that have waited longest. */
export async function listDue(db: Database, limit: number): Promise<readonly AccountRow[]> {
  return await db
    .select()
    .from(accounts)
    .where(lt(accounts.purgeAfter, sql`now()`))
    .orderBy(asc(accounts.purgeAfter))
    .limit(limit);
}

/** The account if its time is over, which nobody else changes until the transaction ends. */
export async function lockDue(tx: Database, id: AccountId): Promise<AccountRow | null> {
  const [due] = await tx
    .select()
    .from(accounts)
    .where(and(eq(accounts.id, id), lt(accounts.purgeAfter, sql`now()`)))
    .for('update');
  return due ?? null;
}
