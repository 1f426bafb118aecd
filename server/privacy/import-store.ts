import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { lockName } from '../platform/postgres/statements.ts';
import { nameOf } from './account-rows.ts';
import type { Row } from './import-rows.ts';
import { IMPORTED_TABLES, type OwnedTable } from './registry.ts';

/** Queries of the import, by the registry. Names come from there; everything else is a parameter. */

/** One account's imports follow one another; rows may refer to rows that come later in the transaction. */
export async function beginImport(tx: Database, accountId: AccountId): Promise<void> {
  await lockName(tx, `imports ${accountId}`);
  await tx.execute(sql`set constraints all deferred`);
}

/** True when any of the ids is a row of another account. */
export async function anyIsForeign(
  db: Database,
  table: OwnedTable,
  ids: readonly string[],
  accountId: AccountId,
): Promise<boolean> {
  return await exists(
    db,
    sql`select from ${nameOf(table)} where id = any(${sql.param(ids)}::text[]) and account_id <> ${accountId}`,
  );
}

/** True when any of the ids is a row of this account. */
export async function anyIsOwn(
  db: Database,
  table: OwnedTable,
  ids: readonly string[],
  accountId: AccountId,
): Promise<boolean> {
  return await exists(
    db,
    sql`select from ${nameOf(table)} where id = any(${sql.param(ids)}::text[]) and account_id = ${accountId}`,
  );
}

async function exists(db: Database, query: ReturnType<typeof sql>): Promise<boolean> {
  const { rows } = await db.execute<{ found: boolean }>(sql`select exists(${query}) as found`);
  return rows[0]?.found ?? false;
}

/** Values of a column that the account has already, each with the id of the row that has it. */
export async function findTaken(
  tx: Database,
  table: OwnedTable,
  column: string,
  values: readonly unknown[],
  accountId: AccountId,
): Promise<readonly { readonly id: string; readonly value: string }[]> {
  const name = sql.identifier(column);
  const { rows } = await tx.execute<{ id: string; value: string }>(sql`
    select id, ${name} as value from ${nameOf(table)}
    where account_id = ${accountId} and ${name} = any(${sql.param(values)}::text[])`);
  return rows;
}

/** Writes rows that have the same columns; those that are there already stay as they are. How many were new. */
export async function insertRows(
  tx: Database,
  table: OwnedTable,
  rows: readonly Row[],
  accountId: AccountId,
): Promise<number> {
  const [first] = rows;
  if (!first) return 0;
  const columns = sql.join(
    Object.keys(first).map((column) => sql.identifier(column)),
    sql`, `,
  );
  const key = sql.join(
    table.primaryKey.map((column) => sql.identifier(column)),
    sql`, `,
  );
  const inserted = await tx.execute(sql`
    insert into ${nameOf(table)} (account_id, ${columns})
    select ${accountId}, ${columns}
    from jsonb_populate_recordset(null::${nameOf(table)}, ${JSON.stringify(rows)}::jsonb)
    on conflict (${key}) do nothing`);
  return inserted.rowCount ?? 0;
}

/** True when a row of the account refers to a row of another: asked of the database's own references. */
export async function refersToOthers(tx: Database, accountId: AccountId): Promise<boolean> {
  const names = sql`${sql.param(IMPORTED_TABLES.map(({ name }) => name))}::text[]`;
  const { rows: references } = await tx.execute<{ from: string; column: string; to: string }>(sql`
    select c.conrelid::regclass::text as "from", a.attname as "column", c.confrelid::regclass::text as "to"
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.connamespace = 'public'::regnamespace
      and c.conrelid::regclass::text = any(${names}) and c.confrelid::regclass::text = any(${names})`);
  for (const { from, column, to } of references) {
    const isForeign = await exists(
      tx,
      sql`select from ${sql.identifier(from)} child
        join ${sql.identifier(to)} parent on parent.id = child.${sql.identifier(column)}
        where child.account_id = ${accountId} and parent.account_id <> ${accountId}`,
    );
    if (isForeign) return true;
  }
  return false;
}
