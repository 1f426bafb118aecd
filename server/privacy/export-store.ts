import type { AccountId } from '../platform/ids.ts';
import {
  claimed,
  FREE,
  isDue,
  isNewest,
  type PutBack,
  putBackSet,
  takeOverdue as takeOverdueOf,
} from '../platform/lease/leased-rows.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, inArray, sql } from '../platform/postgres/drizzle.ts';
import { fromNow, lockName } from '../platform/postgres/statements.ts';
import type { ExportId } from './contract.ts';
import { type ExportRow, exports } from './schema.ts';

/** Queries for exports. Every change names the state it starts from; times are the database's own. */

const OPEN = ['queued', 'running'] as const;
const IS_OPEN = inArray(exports.status, [...OPEN]);
/** What has expired is gone, whenever somebody clears it away. */
const THERE = sql`(${exports.expiresAt} is null or ${exports.expiresAt} > now())`;

/** One account's requests follow one another, so that a count holds until the transaction ends. */
export async function lockRequests(tx: Database, accountId: AccountId): Promise<void> {
  await lockName(tx, `exports ${accountId}`);
}

/** Exports of the last 24 hours that did not fail, and in how many seconds the oldest of them is a day old. */
export async function countToday(
  tx: Database,
  accountId: AccountId,
): Promise<{ readonly count: number; readonly nextInSeconds: number }> {
  const [today] = await tx
    .select({
      count: sql<number>`count(*)::int`,
      nextInSeconds: sql<number>`coalesce(ceil(extract(epoch from
        min(${exports.createdAt}) + interval '24 hours' - now())), 0)::int`,
    })
    .from(exports)
    .where(
      and(
        eq(exports.accountId, accountId),
        sql`${exports.createdAt} > now() - interval '24 hours' and ${exports.status} <> 'failed'`,
      ),
    );
  return today ?? { count: 0, nextInSeconds: 0 };
}

export async function insert(
  tx: Database,
  wish: Pick<ExportRow, 'id' | 'accountId' | 'includeMedia'>,
): Promise<ExportRow> {
  const [row] = await tx
    .insert(exports)
    .values({ ...wish, status: 'queued' })
    .returning();
  if (!row) throw new Error('The export that was just written is not there.');
  return row;
}

export async function find(
  db: Database,
  accountId: AccountId,
  id: ExportId,
): Promise<ExportRow | null> {
  const [row] = await db
    .select()
    .from(exports)
    .where(and(eq(exports.accountId, accountId), eq(exports.id, id), THERE));
  return row ?? null;
}

/** Newest first; there are few. */
export async function list(db: Database, accountId: AccountId): Promise<readonly ExportRow[]> {
  return await db
    .select()
    .from(exports)
    .where(and(eq(exports.accountId, accountId), THERE))
    .orderBy(desc(exports.id))
    .limit(100);
}

/** queued, running → failed for all of the account's; how many. Whoever works on one finds its claim void. */
export async function failAll(
  tx: Database,
  accountId: AccountId,
  errorCode: string,
): Promise<number> {
  const failed = await tx
    .update(exports)
    .set({ ...FREE, status: 'failed', errorCode, finishedAt: sql`now()` })
    .where(and(eq(exports.accountId, accountId), IS_OPEN))
    .returning({ id: exports.id });
  return failed.length;
}

/** A claim: the row under a new attempt number, and where the attempt before may have stored something. */
export type ClaimedExport = ExportRow & { readonly abandonedKey: string | null };

/** Takes a due export that nobody holds; it is to be stored under `nextKey`. */
export async function claim(
  db: Database,
  id: ExportId,
  {
    leaseMs,
    nextKey,
  }: { readonly leaseMs: number; readonly nextKey: (of: AccountId) => Promise<string> },
): Promise<ClaimedExport | null> {
  return await db.transaction(async (tx) => {
    const [free] = await tx
      .select()
      .from(exports)
      .where(and(eq(exports.id, id), IS_OPEN, isDue(exports)))
      .for('update', { skipLocked: true });
    if (!free) return null;
    const [taken] = await tx
      .update(exports)
      .set({
        status: 'running',
        ...claimed(free, leaseMs),
        objectKey: await nextKey(free.accountId),
      })
      .where(eq(exports.id, id))
      .returning();
    return taken ? { ...taken, abandonedKey: free.objectKey } : null;
  });
}

type Claim = Pick<ExportRow, 'id' | 'attempt'>;

/** Changes an export that is being made, if the attempt is the newest; true when it was. */
async function change(
  db: Database,
  claim: Claim,
  set: Parameters<ReturnType<typeof db.update<typeof exports>>['set']>[0],
): Promise<boolean> {
  const done = await db
    .update(exports)
    .set(set)
    .where(and(isNewest(exports, claim), eq(exports.status, 'running')))
    .returning({ id: exports.id });
  return done.length === 1;
}

/** True while the attempt is the newest. */
export function renew(db: Database, claim: Claim, leaseMs: number): Promise<boolean> {
  return change(db, claim, { leaseExpiresAt: fromNow(leaseMs) });
}

/** running → ready, for so many days; false when the attempt is not the newest any more. */
export function finish(
  tx: Database,
  claim: Claim,
  result: { readonly sizeBytes: number; readonly sha256: string; readonly keptDays: number },
): Promise<boolean> {
  const { keptDays, ...stored } = result;
  return change(tx, claim, {
    ...stored,
    ...FREE,
    status: 'ready',
    finishedAt: sql`now()`,
    expiresAt: sql`now() + make_interval(hours => ${keptDays * 24})`,
  });
}

/** running → failed. */
export function fail(db: Database, claim: Claim, errorCode: string): Promise<boolean> {
  return change(db, claim, { ...FREE, status: 'failed', errorCode, finishedAt: sql`now()` });
}

/** Free again, to be taken after a while; true when it was still the attempt's to give. */
export function putBack(tx: Database, claim: Claim, how: PutBack): Promise<boolean> {
  return change(tx, claim, { ...putBackSet(exports, how), status: 'queued' });
}

/** Exports that are due and that nobody takes, each for one caller now and then. */
export function takeOverdue(
  tx: Database,
  bounds: { readonly overdueMs: number; readonly limit: number },
): Promise<readonly ExportId[]> {
  return takeOverdueOf(tx, exports, IS_OPEN, bounds);
}

type Over = Pick<ExportRow, 'id' | 'objectKey'>;
/** Expired, or failed a week ago. */
const OVER = sql`coalesce(${exports.expiresAt}, ${exports.finishedAt} + interval '7 days') < now()`;

export async function listOver(db: Database, limit: number): Promise<readonly Over[]> {
  return await db
    .select({ id: exports.id, objectKey: exports.objectKey })
    .from(exports)
    .where(OVER)
    .orderBy(asc(exports.createdAt))
    .limit(limit);
}

export async function forget(db: Database, id: ExportId): Promise<void> {
  await db.delete(exports).where(and(eq(exports.id, id), OVER));
}
