import type { Database } from '../postgres/database.ts';
import { type AnyPgColumn, and, eq, type SQL, sql } from '../postgres/drizzle.ts';
import { fromNow } from '../postgres/statements.ts';

/**
 * Queries for rows that one process at a time works on. A claim counts the row's `attempt` up and holds it until its
 * lease runs out; what is written of the work names the attempt, so that of two workers only the newest is believed.
 * Times are the database's own.
 */
export type LeasedTable = {
  readonly id: AnyPgColumn;
  readonly attempt: AnyPgColumn;
  readonly failures: AnyPgColumn;
  /** Not to be taken before. */
  readonly runAfter: AnyPgColumn;
  readonly leaseExpiresAt: AnyPgColumn;
};

/** One attempt at a row. */
export type Attempted<Id extends string> = { readonly id: Id; readonly attempt: number };

/** What a row is set to that nobody works on any more. */
export const FREE = { leaseExpiresAt: null } as const;

export const isFree = ({ leaseExpiresAt }: LeasedTable): SQL =>
  sql`(${leaseExpiresAt} is null or ${leaseExpiresAt} < now())`;

/** Nobody holds the row, and it is due. */
export const isDue = (table: LeasedTable): SQL =>
  sql`(${table.runAfter} <= now() and ${isFree(table)})`;

/** The row, while that attempt at it is the newest. */
export const isNewest = (table: LeasedTable, { id, attempt }: Attempted<string>): SQL | undefined =>
  and(eq(table.id, id), eq(table.attempt, attempt));

/** What a claim sets beside what its table calls being worked on. */
export const claimed = ({ attempt }: Attempted<string>, leaseMs: number) => ({
  attempt: attempt + 1,
  leaseExpiresAt: fromNow(leaseMs),
});

/** Set for a row that is to be taken again after a while; `failed` counts against it. */
export type PutBack = { readonly afterMs: number; readonly failed: boolean };
export const putBackSet = ({ failures }: LeasedTable, { afterMs, failed }: PutBack) => ({
  ...FREE,
  runAfter: fromNow(afterMs),
  failures: sql`${failures} + ${failed ? 1 : 0}`,
});

/**
 * Rows among `which` that are due and that nobody has taken for `overdueMs`, or whose worker is gone: the longest due
 * first. Taking them counts that time anew, so that each is rung for by one process, and now and then.
 */
export async function takeOverdue<Id extends string>(
  tx: Database,
  table: LeasedTable,
  which: SQL | undefined,
  { overdueMs, limit }: { readonly overdueMs: number; readonly limit: number },
): Promise<readonly Id[]> {
  const { id, runAfter } = table;
  const of = id.table;
  const overdue = and(which, sql`${runAfter} < ${fromNow(-overdueMs)}`, isFree(table));
  const taken = await tx.execute<{ id: Id }>(sql`
    update ${of} set run_after = now() where ${id} in (
      select ${id} from ${of} where ${overdue}
      order by ${runAfter} limit ${limit} for update skip locked)
    returning ${id} as id`);
  return taken.rows.map((row) => row.id);
}
