import { storagePrefixOf } from '../accounts/accounts.ts';
import type { AccountId } from '../platform/ids.ts';
import {
  claimed,
  FREE,
  isDue,
  isFree,
  isNewest,
  type PutBack,
  putBackSet,
  takeOverdue as takeOverdueOf,
} from '../platform/lease/leased-rows.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, inArray, lt, sql } from '../platform/postgres/drizzle.ts';
import { fromNow, lockName } from '../platform/postgres/statements.ts';
import type { Failure, TranscriptFiles, TranscriptId } from './contract.ts';
import type { HeardFootage } from './hear-footage.ts';
import { type TranscriptRow, transcripts } from './schema.ts';

/** Queries for transcripts. Every change names the state it starts from; times are the database's own. */

const OPEN = ['queued', 'running'] as const;
const NOT_WAITING = { waitingFor: null, outageSince: null } as const;
const NOT_DELETED = sql`${transcripts.deletedAt} is null`;
/** Wanted, and not ended. */
const IS_OPEN = and(inArray(transcripts.status, [...OPEN]), NOT_DELETED);

/** One account's wishes follow one another, so that a count holds until the transaction ends. */
export async function lockWishes(tx: Database, accountId: AccountId): Promise<void> {
  await lockName(tx, `transcripts ${accountId}`);
}

export async function countOpen(db: Database, accountId: AccountId): Promise<number> {
  return await db.$count(transcripts, and(eq(transcripts.accountId, accountId), IS_OPEN));
}

export async function insert(
  tx: Database,
  wish: Pick<
    TranscriptRow,
    'id' | 'accountId' | 'uploadId' | 'script' | 'style' | 'language' | 'burn'
  >,
): Promise<TranscriptRow> {
  const [row] = await tx
    .insert(transcripts)
    .values({ ...wish, status: 'queued' })
    .returning();
  if (!row) throw new Error('The transcript that was just made is not there.');
  return row;
}

export async function find(
  db: Database,
  accountId: AccountId,
  id: TranscriptId,
): Promise<TranscriptRow | null> {
  const [row] = await db
    .select()
    .from(transcripts)
    .where(and(eq(transcripts.accountId, accountId), eq(transcripts.id, id), NOT_DELETED));
  return row ?? null;
}

/** Newest first; `before` is the last id that was seen. */
export async function listPage(
  db: Database,
  accountId: AccountId,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<readonly TranscriptRow[]> {
  return await db
    .select()
    .from(transcripts)
    .where(
      and(
        eq(transcripts.accountId, accountId),
        NOT_DELETED,
        before === null ? undefined : sql`${transcripts.id} < ${before}`,
      ),
    )
    .orderBy(desc(transcripts.id))
    .limit(limit);
}

/** Gone to its user; true for the one caller that did it. */
export async function markDeleted(
  db: Database,
  accountId: AccountId,
  id: TranscriptId,
): Promise<boolean> {
  const done = await db
    .update(transcripts)
    .set({ deletedAt: sql`now()` })
    .where(and(eq(transcripts.accountId, accountId), eq(transcripts.id, id), NOT_DELETED))
    .returning({ id: transcripts.id });
  return done.length === 1;
}

/** queued, running → failed for all of the account's; how many. Whoever works on one finds its claim void. */
export async function failAll(tx: Database, accountId: AccountId, error: Failure): Promise<number> {
  const failed = await tx
    .update(transcripts)
    .set({
      status: 'failed',
      error,
      waitingFor: null,
      leaseExpiresAt: null,
      finishedAt: sql`now()`,
    })
    .where(and(eq(transcripts.accountId, accountId), inArray(transcripts.status, [...OPEN])))
    .returning({ id: transcripts.id });
  return failed.length;
}

/** A claim: the row under a new attempt number, and where the attempt before meant to store its files. */
export type ClaimedTranscript = TranscriptRow & {
  readonly filesPrefix: string;
  readonly abandonedPrefix: string | null;
};

/** Takes a due transcript that nobody holds under a new attempt number, or null. */
export async function claim(
  db: Database,
  id: TranscriptId,
  { leaseMs, folderName }: { readonly leaseMs: number; readonly folderName: string },
): Promise<ClaimedTranscript | null> {
  return await db.transaction(async (tx) => {
    const [free] = await tx
      .select()
      .from(transcripts)
      .where(and(eq(transcripts.id, id), IS_OPEN, isDue(transcripts)))
      .for('update', { skipLocked: true });
    if (!free) return null;
    const filesPrefix = `${await storagePrefixOf(tx, free.accountId)}/${folderName}`;
    const [taken] = await tx
      .update(transcripts)
      .set({
        status: 'running',
        ...claimed(free, leaseMs),
        losses: free.losses + (free.leaseExpiresAt === null ? 0 : 1),
        filesPrefix,
        startedAt: sql`coalesce(${transcripts.startedAt}, now())`,
      })
      .where(eq(transcripts.id, id))
      .returning();
    return taken ? { ...taken, filesPrefix, abandonedPrefix: free.filesPrefix } : null;
  });
}

type Claim = Pick<TranscriptRow, 'id' | 'attempt'>;

/** Changes a transcript that is being made, if the attempt is the newest and it is wanted; true when so. */
async function change(
  db: Database,
  claim: Claim,
  set: Parameters<ReturnType<typeof db.update<typeof transcripts>>['set']>[0],
): Promise<boolean> {
  const done = await db
    .update(transcripts)
    .set(set)
    .where(and(isNewest(transcripts, claim), eq(transcripts.status, 'running'), NOT_DELETED))
    .returning({ id: transcripts.id });
  return done.length === 1;
}

/** True while the attempt is the newest and the transcript is wanted. */
export function renew(db: Database, claim: Claim, leaseMs: number): Promise<boolean> {
  return change(db, claim, { leaseExpiresAt: fromNow(leaseMs) });
}

/** The words, as soon as they are known; a vendor that gave them works again. */
export function keepHeard(db: Database, claim: Claim, heard: HeardFootage): Promise<boolean> {
  return change(db, claim, { heard, ...NOT_WAITING });
}

/** running → succeeded; false when the attempt is not the newest any more. */
export function succeed(db: Database, claim: Claim, files: TranscriptFiles): Promise<boolean> {
  const finishedAt = sql`now()`;
  return change(db, claim, { ...FREE, ...NOT_WAITING, status: 'succeeded', files, finishedAt });
}

/** running → failed. */
export function fail(db: Database, claim: Claim, error: Failure): Promise<boolean> {
  const finishedAt = sql`now()`;
  return change(db, claim, { ...FREE, ...NOT_WAITING, status: 'failed', error, finishedAt });
}

export type PutBackWaiting = PutBack & {
  /** What it waits for; null when it merely tries again. */
  readonly waitsFor: 'provider' | 'capacity' | null;
};

/** Free again, to be taken after a while; true when it was still the attempt's to give. */
export function putBack(
  tx: Database,
  claim: Claim,
  { waitsFor, ...how }: PutBackWaiting,
): Promise<boolean> {
  return change(tx, claim, {
    ...putBackSet(transcripts, how),
    waitingFor: waitsFor,
    ...(waitsFor === 'provider' && {
      outageSince: sql`coalesce(${transcripts.outageSince}, now())`,
    }),
  });
}

/** Transcripts that are due and that nobody takes, each for one caller now and then. */
export function takeOverdue(
  tx: Database,
  bounds: { readonly overdueMs: number; readonly limit: number },
): Promise<readonly TranscriptId[]> {
  return takeOverdueOf(tx, transcripts, IS_OPEN, bounds);
}

/** Deleted, and with nobody at work on them who might still store a file. */
export async function listDeleted(
  db: Database,
  limit: number,
): Promise<readonly Pick<TranscriptRow, 'id' | 'filesPrefix'>[]> {
  return await db
    .select({ id: transcripts.id, filesPrefix: transcripts.filesPrefix })
    .from(transcripts)
    .where(and(lt(transcripts.deletedAt, sql`now()`), isFree(transcripts)))
    .orderBy(asc(transcripts.deletedAt))
    .limit(limit);
}

/** The row of a deleted transcript, after its files. */
export async function forget(db: Database, id: TranscriptId): Promise<void> {
  await db
    .delete(transcripts)
    .where(and(eq(transcripts.id, id), lt(transcripts.deletedAt, sql`now()`)));
}
