import { z } from 'zod';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, gt, gte, inArray, lt, sql } from '../platform/postgres/drizzle.ts';
import { type AuditAction, checkpoint, entries } from './schema.ts';
import type { Checkpoint, Row } from './walk.ts';

/** Queries for the audit chain. */

const ROWS_AT_ONCE = 1_000;

/** Names the one column that our user may fill in. */
export async function handIn(tx: Database, entry: string): Promise<void> {
  await tx.execute(sql`insert into audit.inbox (entry) values (${entry})`);
}

/** With whether its row was old enough to go. */
export async function readCheckpoint(
  db: Database,
): Promise<Checkpoint & { readonly due: boolean }> {
  const [row] = await db
    .select({
      seq: checkpoint.seq,
      at: checkpoint.at,
      hash: checkpoint.hash,
      due: sql<boolean>`coalesce(audit.expires_at(${checkpoint.at}) <= clock_timestamp(), ${checkpoint.seq} = 0)`,
    })
    .from(checkpoint);
  if (!row) throw new Error('The checkpoint of the audit chain is not there.');
  return row;
}

/** As it is hashed; a finer time than the chain is written with stays visible. */
const atText = sql<string>`regexp_replace(
  to_char(${entries.at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '000$', '') || 'Z'`;

/** All rows in order, in batches; those of one moment, where `tx` sees one moment. */
export async function* readRows(tx: Database): AsyncGenerator<Row> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = await tx
      .select({ seq: entries.seq, at: atText, entry: entries.entry, hash: entries.hash })
      .from(entries)
      .where(gt(entries.seq, after))
      .orderBy(asc(entries.seq))
      .limit(ROWS_AT_ONCE);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_AT_ONCE) return;
    after = last.seq;
  }
}

/** The newest row, or the checkpoint where there is none; null before the first entry ever. */
export async function readHead(db: Database): Promise<(Checkpoint & { readonly at: Date }) | null> {
  const [row] = await db
    .select({ seq: entries.seq, at: entries.at, hash: entries.hash })
    .from(entries)
    .orderBy(desc(entries.seq))
    .limit(1);
  if (row) return row;
  const { seq, at, hash } = await readCheckpoint(db);
  return at === null ? null : { seq, at, hash };
}

/** A row's own hash, without asking whether it is right. */
export async function readHash(db: Database, seq: number): Promise<Buffer | null> {
  const [row] = await db.select({ hash: entries.hash }).from(entries).where(eq(entries.seq, seq));
  return row?.hash ?? null;
}

/** True when the row after `seq` has been there for a day. */
export async function hasWaitedADay(db: Database, seq: number): Promise<boolean> {
  const [next] = await db
    .select({ waited: sql<boolean>`${entries.at} <= clock_timestamp() - interval '1 day'` })
    .from(entries)
    .where(gt(entries.seq, seq))
    .orderBy(asc(entries.seq))
    .limit(1);
  return next?.waited ?? false;
}

const prunedRow = z.object({ pruned: z.number().int() });

/** Takes away at most so many rows that are 18 months old; how many. */
export async function prune(db: Database, most: number): Promise<number> {
  const { rows } = await db.execute(sql`select audit.prune(${most}) as pruned`);
  return prunedRow.parse(rows[0]).pruned;
}

export type EntryFilter = {
  readonly action?: AuditAction | undefined;
  readonly actor?: AccountId | undefined;
  readonly subject?: AccountId | undefined;
  /** What was written from this time on, and before that. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
};

export type PageWish = {
  /** The id of the last record of the page before; null for the first page. */
  readonly before: string | null;
  /** One more than this is given, where there is one. */
  readonly limit: number;
};

/** Newest first. */
export async function listEntries(
  db: Database,
  { action, actor, subject, from, to }: EntryFilter,
  page: PageWish,
) {
  return await selectPage(db, page, [
    from && and(gte(entries.at, from), gte(entries.seq, seqOf(from))),
    to && and(lt(entries.at, to), lt(entries.seq, seqOf(to))),
    action && eq(entries.action, action),
    actor && eq(entries.actorId, actor),
    subject && eq(entries.subject, subject),
  ]);
}

/** What staff and operators did to one account, newest first. */
export async function listByStaff(db: Database, accountId: AccountId, page: PageWish) {
  return await selectPage(db, page, [
    eq(entries.subject, accountId),
    inArray(entries.actorKind, ['admin', 'operator']),
  ]);
}

/**
 * The number of the first row that was written at that time or later. Numbers and times grow together and none is left
 * out, so that halving finds it in one look for each doubling of the record, and times need no index of their own.
 */
function seqOf(time: Date) {
  return sql`(
    with recursive halving (low, high) as (
      select c.seq + 1, coalesce((select max(e.seq) from audit.entries e), c.seq) + 1
      from audit.checkpoint c
      union all
      select case when e.at < ${time} then e.seq + 1 else h.low end,
        case when e.at < ${time} then h.high else e.seq end
      from halving h join audit.entries e on e.seq = (h.low + h.high) / 2
      where h.low < h.high)
    select low from halving order by high - low limit 1)`;
}

type Condition = ReturnType<typeof eq> | undefined;

async function selectPage(
  db: Database,
  { before, limit }: PageWish,
  conditions: readonly Condition[],
) {
  const from = before === null ? undefined : lt(entries.seq, Number(before));
  return await db
    .select()
    .from(entries)
    .where(and(...conditions, from))
    .orderBy(desc(entries.seq))
    .limit(limit + 1);
}

const keeperRow = z.object({ superuser: z.boolean(), owner: z.boolean() });

/** What keeps our user from the rows, apart from the triggers: see docs/decisions/0006-audit-chain.md. */
export async function readKeeper(db: Database): Promise<'role' | 'triggers' | 'superuser'> {
  const { rows } = await db.execute(sql`
    select r.rolsuper as superuser, pg_has_role(n.nspowner, 'usage') as owner
    from pg_roles r, pg_namespace n where r.rolname = current_user and n.nspname = 'audit'`);
  const { superuser, owner } = keeperRow.parse(rows[0]);
  if (superuser) return 'superuser';
  return owner ? 'triggers' : 'role';
}
