import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { isOf, nameOf } from './account-rows.ts';
import { OWNED_TABLES, type OwnedTable } from './registry.ts';
import { purges } from './schema.ts';

/** Queries of the purge: every table that holds rows of accounts, by the registry. */

/** Each table before those that it refers to; the account itself comes last. */
const ORDER = OWNED_TABLES.toReversed();

export async function countRows(
  db: Database,
  accountId: AccountId,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const table of ORDER) {
    const { rows } = await db.execute<{ count: number }>(
      sql`select count(*)::int as count from ${nameOf(table)} where ${isOf(table, accountId)}`,
    );
    counts[table.name] = rows[0]?.count ?? 0;
  }
  return counts;
}

/**
 * Removes every row of the account but its own; how many of each table. What refers to each other in a circle may be
 * removed in any order: the references are looked at when the transaction commits.
 */
export async function deleteRows(
  tx: Database,
  accountId: AccountId,
): Promise<Readonly<Record<string, number>>> {
  await tx.execute(sql`set constraints all deferred`);
  const counts: Record<string, number> = {};
  for (const table of ORDER.filter(({ name }) => name !== 'accounts')) {
    counts[table.name] = await deleteOf(tx, table, accountId);
  }
  return counts;
}

export async function deleteAccount(tx: Database, accountId: AccountId): Promise<void> {
  await tx.execute(sql`delete from accounts where id = ${accountId}`);
}

async function deleteOf(tx: Database, table: OwnedTable, accountId: AccountId): Promise<number> {
  const { rowCount } = await tx.execute(
    sql`delete from ${nameOf(table)} where ${isOf(table, accountId)}`,
  );
  return rowCount ?? 0;
}

/** Ids that short-lived keys elsewhere may be named after: the account, its sessions, keys and videos. */
export async function listNamingIds(
  db: Database,
  accountId: AccountId,
): Promise<readonly string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from sessions where account_id = ${accountId}
    union all select id from api_keys where account_id = ${accountId}
    union all select id from videos where account_id = ${accountId}`);
  return [accountId, ...rows.map(({ id }) => id)];
}

/** Where the account's forms put bytes, which is outside its own prefix. */
export async function listQuarantine(
  db: Database,
  accountId: AccountId,
): Promise<readonly string[]> {
  const { rows } = await db.execute<{ key: string }>(sql`
    select quarantine_key as key from uploads
    where account_id = ${accountId} and quarantine_key is not null`);
  return rows.map(({ key }) => key);
}

/** What was removed of an account. */
export type PurgeReport = typeof purges.$inferInsert;

export async function insertReport(tx: Database, report: PurgeReport): Promise<void> {
  await tx.insert(purges).values(report);
}
