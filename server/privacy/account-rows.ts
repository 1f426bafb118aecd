import { type AccountRow, findAccount } from '../accounts/accounts.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { MEDIA_FOLDER } from './contract.ts';
import type { OwnedTable } from './registry.ts';

/** The rows of an account in any table, by the registry. Names come from there; everything else is a parameter. */

const ROWS_AT_ONCE = 500;

/** Whose rows: the id, and the first part of every storage key. */
export type AccountRef = Pick<AccountRow, 'id' | 'storagePrefix'>;

export async function readAccountRef(db: Database, id: AccountId): Promise<AccountRef | null> {
  return await findAccount(db, id);
}

/** The name of a table, with its schema where it has one of its own. */
export function nameOf({ name }: Pick<OwnedTable, 'name'>) {
  return sql.join(
    name.split('.').map((part) => sql.identifier(part)),
    sql`.`,
  );
}

/** True for the account's rows. */
export function isOf({ owner: { column, through } }: OwnedTable, accountId: AccountId) {
  if (through === null) return sql`${sql.identifier(column)} = ${accountId}`;
  const { table, key } = through;
  return sql`${sql.identifier(column)} in (
    select ${sql.identifier(key)} from ${sql.identifier(table)} where account_id = ${accountId})`;
}

/** Makes what follows in the transaction write times the same everywhere. */
export async function writeTimesInUtc(tx: Database): Promise<void> {
  await tx.execute(sql`set local timezone = 'UTC'`);
}

/**
 * The account's rows as lines of JSON in the order of their primary key: exported columns alone, storage keys as paths in
 * the archive. The same rows are the same bytes, on every server. In batches, within one transaction.
 */
export async function* readRows(
  tx: Database,
  table: OwnedTable,
  account: AccountRef,
): AsyncGenerator<readonly string[]> {
  const columns = table.export.map((column) => exported(table, column, account));
  const order = table.primaryKey.map((column) => sql`${sql.identifier(column)} collate "C"`);
  const present = table.without === null ? sql`true` : sql`not (${sql.raw(table.without)})`;
  await tx.execute(sql`
    declare exported_rows no scroll cursor for
    select row_to_json(line)::text as line from (
      select ${sql.join(columns, sql`, `)} from ${nameOf(table)}
      where ${isOf(table, account.id)} and ${present}
      order by ${sql.join(order, sql`, `)}
    ) as line`);
  for (;;) {
    const { rows } = await tx.execute<{ line: string }>(
      sql`fetch ${sql.raw(String(ROWS_AT_ONCE))} from exported_rows`,
    );
    if (rows.length > 0) yield rows.map(({ line }) => line);
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await tx.execute(sql`close exported_rows`);
}

function exported({ objects, storageKeys }: OwnedTable, column: string, account: AccountRef) {
  const name = sql.identifier(column);
  const prefix = `${account.storagePrefix}/`;
  if (objects.includes(column)) {
    // Postgres writes JSON one way, and a quotation mark within a text never stands there without a backslash.
    const [own, inArchive] = [`"key": "${prefix}`, `"key": "${MEDIA_FOLDER}`];
    return sql`replace(${name}::text, ${own}, ${inArchive})::json as ${name}`;
  }
  if (!storageKeys.includes(column)) return name;
  return sql`case when starts_with(${name}, ${prefix})
    then ${MEDIA_FOLDER}::text || substr(${name}, length(${prefix}) + 1) else ${name} end as ${name}`;
}
