import { storagePrefixOf } from '../accounts/accounts.ts';
import type { AccountId, UploadId } from '../platform/ids.ts';
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
import { and, asc, eq, inArray, lt, sql } from '../platform/postgres/drizzle.ts';
import { fromNow, lockName } from '../platform/postgres/statements.ts';
import type { Rejection, StoredObject, UploadMedia } from './contract.ts';
import { type UploadRow, uploads } from './schema.ts';

/** Queries for uploads. Every change names the state it starts from; times are the database's own. */

const OPEN = ['created', 'processing'] as const;

/** One account's openings follow one another, so that a count holds until the transaction ends. */
export async function lockOpenings(tx: Database, accountId: AccountId): Promise<void> {
  await lockName(tx, `uploads ${accountId}`);
}

export async function countOpen(db: Database, accountId: AccountId): Promise<number> {
  return await db.$count(
    uploads,
    and(eq(uploads.accountId, accountId), inArray(uploads.status, [...OPEN])),
  );
}

export async function insert(
  tx: Database,
  upload: Pick<
    UploadRow,
    'id' | 'accountId' | 'kind' | 'contentType' | 'sizeBytes' | 'quarantineKey'
  >,
  keptHours: number,
): Promise<UploadRow> {
  const [row] = await tx
    .insert(uploads)
    .values({
      ...upload,
      status: 'created',
      expiresAt: sql`now() + make_interval(hours => ${keptHours})`,
    })
    .returning();
  if (!row) throw new Error('The upload that was just made is not there.');
  return row;
}

/** One that was never completed in time is as good as gone. */
export async function find(
  db: Database,
  accountId: AccountId,
  id: UploadId,
): Promise<UploadRow | null> {
  const [row] = await db
    .select()
    .from(uploads)
    .where(
      and(
        eq(uploads.accountId, accountId),
        eq(uploads.id, id),
        sql`(${uploads.status} <> 'created' or ${uploads.expiresAt} > now())`,
      ),
    );
  return row ?? null;
}

/** created → processing; true for the one caller that did it, who then rings the bell. */
export async function beginProcessing(
  tx: Database,
  accountId: AccountId,
  id: UploadId,
  media: UploadMedia,
): Promise<boolean> {
  const changed = await tx
    .update(uploads)
    .set({ status: 'processing', media, runAfter: sql`now()` })
    .where(and(eq(uploads.accountId, accountId), eq(uploads.id, id), eq(uploads.status, 'created')))
    .returning({ id: uploads.id });
  return changed.length === 1;
}

/** created → rejected, before any work was done on it. */
export async function rejectCreated(
  db: Database,
  accountId: AccountId,
  id: UploadId,
  rejection: Rejection,
): Promise<void> {
  await db
    .update(uploads)
    .set({ status: 'rejected', rejection, finishedAt: sql`now()` })
    .where(
      and(eq(uploads.accountId, accountId), eq(uploads.id, id), eq(uploads.status, 'created')),
    );
}

/** created, processing → rejected for all of the account's; how many. Whoever works on one finds its claim void. */
export async function rejectAll(
  tx: Database,
  accountId: AccountId,
  rejection: Rejection,
): Promise<number> {
  const rejected = await tx
    .update(uploads)
    .set({ ...FREE, status: 'rejected', rejection, finishedAt: sql`now()` })
    .where(and(eq(uploads.accountId, accountId), inArray(uploads.status, [...OPEN])))
    .returning({ id: uploads.id });
  return rejected.length;
}

/** A claim: the row under a new attempt number, and where the attempt before meant to store its result. */
export type ClaimedUpload = UploadRow & { readonly abandonedKey: string | null };

/** Takes a due upload that nobody holds under a new attempt number, or null. */
export async function claim(
  db: Database,
  id: UploadId,
  { leaseMs, targetName }: { readonly leaseMs: number; readonly targetName: string },
): Promise<ClaimedUpload | null> {
  return await db.transaction(async (tx) => {
    const [free] = await tx
      .select()
      .from(uploads)
      .where(and(eq(uploads.id, id), eq(uploads.status, 'processing'), isDue(uploads)))
      .for('update', { skipLocked: true });
    if (!free) return null;
    const [taken] = await tx
      .update(uploads)
      .set({
        ...claimed(free, leaseMs),
        targetKey: `${await storagePrefixOf(tx, free.accountId)}/${targetName}`,
      })
      .where(eq(uploads.id, id))
      .returning();
    return taken ? { ...taken, abandonedKey: free.targetKey } : null;
  });
}

type Claim = Pick<UploadRow, 'id' | 'attempt'>;

/** Changes an upload that is being processed, if the attempt is the newest; true when it was. */
async function change(
  db: Database,
  claim: Claim,
  set: Parameters<ReturnType<typeof db.update<typeof uploads>>['set']>[0],
): Promise<boolean> {
  const done = await db
    .update(uploads)
    .set(set)
    .where(and(isNewest(uploads, claim), eq(uploads.status, 'processing')))
    .returning({ id: uploads.id });
  return done.length === 1;
}

/** True while the attempt is the newest. */
export function renew(db: Database, claim: Claim, leaseMs: number): Promise<boolean> {
  return change(db, claim, { leaseExpiresAt: fromNow(leaseMs) });
}

/** processing → ready; false when the attempt is not the newest any more. */
export function finish(
  db: Database,
  claim: Claim,
  result: { readonly object: StoredObject; readonly media: UploadMedia },
): Promise<boolean> {
  return change(db, claim, { ...result, ...FREE, status: 'ready', finishedAt: sql`now()` });
}

/** processing → rejected. */
export function reject(db: Database, claim: Claim, rejection: Rejection): Promise<boolean> {
  return change(db, claim, { ...FREE, status: 'rejected', rejection, finishedAt: sql`now()` });
}

/** Free again, to be taken after a while; true when it was still the attempt's to give. */
export function putBack(tx: Database, claim: Claim, how: PutBack): Promise<boolean> {
  return change(tx, claim, putBackSet(uploads, how));
}

/** Uploads that are due and that nobody takes, each for one caller now and then. */
export function takeOverdue(
  tx: Database,
  bounds: { readonly overdueMs: number; readonly limit: number },
): Promise<readonly UploadId[]> {
  return takeOverdueOf(tx, uploads, eq(uploads.status, 'processing'), bounds);
}

type Quarantined = { readonly id: UploadId; readonly quarantineKey: string | null };

/** Never completed in time. */
export async function listExpired(db: Database, limit: number): Promise<readonly Quarantined[]> {
  return await db
    .select({ id: uploads.id, quarantineKey: uploads.quarantineKey })
    .from(uploads)
    .where(and(eq(uploads.status, 'created'), lt(uploads.expiresAt, sql`now()`)))
    .orderBy(asc(uploads.expiresAt))
    .limit(limit);
}

export async function deleteExpired(db: Database, id: UploadId): Promise<void> {
  await db
    .delete(uploads)
    .where(
      and(eq(uploads.id, id), eq(uploads.status, 'created'), lt(uploads.expiresAt, sql`now()`)),
    );
}

/** Finished, and its form out of date: what is in quarantine now stays the last. */
export async function listLeftInQuarantine(
  db: Database,
  formMinutes: number,
  limit: number,
): Promise<readonly Quarantined[]> {
  return await db
    .select({ id: uploads.id, quarantineKey: uploads.quarantineKey })
    .from(uploads)
    .where(
      and(
        inArray(uploads.status, ['ready', 'rejected']),
        sql`${uploads.quarantineKey} is not null`,
        sql`${uploads.createdAt} < now() - make_interval(mins => ${formMinutes})`,
      ),
    )
    .orderBy(asc(uploads.createdAt))
    .limit(limit);
}

export async function forgetQuarantine(db: Database, id: UploadId): Promise<void> {
  await db
    .update(uploads)
    .set({ quarantineKey: null })
    .where(and(eq(uploads.id, id), inArray(uploads.status, ['ready', 'rejected'])));
}
