import { newId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, eq, sql } from '../platform/postgres/drizzle.ts';
import { fromNow } from '../platform/postgres/statements.ts';
import { type MailDetails, type MailMessage, mailDetails } from './message.ts';
import { type MailId, type MailRow, mails } from './schema.ts';

/** Queries for mails. Every change names the state it starts from; times are the database's own. */

const PRUNE_AT_ONCE = 5_000;
/** A bell that was rung again has so long to be answered. */
const LOOK_AGAIN_MS = 60_000;

export async function insertMail(
  tx: Database,
  { accountId, kind, data = {} }: MailMessage,
  address: string,
): Promise<MailId> {
  const id = newId('eml');
  await tx.insert(mails).values({
    ...{ id, accountId, kind, address, details: data },
    nextAttemptAt: sql`now()`,
    lookAfter: fromNow(10_000),
  });
  return id;
}

/** A mail that is to be sent now. */
export type ClaimedMail = Pick<
  MailRow,
  'id' | 'kind' | 'attempt' | 'tries' | 'firstTriedAt' | 'createdAt'
> & { readonly address: string; readonly details: MailDetails };

/** Takes a due mail that nobody holds, under a new attempt number. */
export async function claimMail(
  db: Database,
  id: MailId,
  leaseMs: number,
): Promise<ClaimedMail | null> {
  const [row] = await db
    .update(mails)
    .set({
      attempt: sql`${mails.attempt} + 1`,
      firstTriedAt: sql`coalesce(${mails.firstTriedAt}, now())`,
      leaseExpiresAt: fromNow(leaseMs),
      lookAfter: fromNow(leaseMs),
      updatedAt: sql`now()`,
    })
    .where(
      and(
        eq(mails.id, id),
        eq(mails.status, 'pending'),
        sql`${mails.nextAttemptAt} <= now()`,
        sql`(${mails.leaseExpiresAt} is null or ${mails.leaseExpiresAt} < now())`,
      ),
    )
    .returning();
  if (!row) return null;
  if (row.address === null) throw new Error('A mail that is to be sent has no address.');
  return { ...row, address: row.address, details: mailDetails.parse(row.details) };
}

type Claim = Pick<ClaimedMail, 'id' | 'attempt'>;
type Change = {
  readonly [Column in keyof MailRow]?: MailRow[Column] | ReturnType<typeof sql>;
};

/** Of what is over nothing is kept that tells where it went or what it told. */
const OVER = { address: null, details: null, nextAttemptAt: null };

/** pending → sent, by the newest attempt alone. */
export async function markSent(
  db: Database,
  claim: Claim,
  vendorId: string | null,
): Promise<boolean> {
  const tries = sql`${mails.tries} + 1`;
  return await write(db, claim, { ...OVER, status: 'sent', tries, vendorId, errorCode: null });
}

/** pending → failed for good. */
export async function giveUp(
  db: Database,
  claim: Claim,
  { errorCode, tries }: { readonly errorCode: string; readonly tries: number },
): Promise<boolean> {
  return await write(db, claim, { ...OVER, status: 'failed', errorCode, tries });
}

/** The try failed; the next one is due in `pauseMs`. */
export async function postponeMail(
  tx: Database,
  claim: Claim,
  pauseMs: number,
  errorCode: string,
): Promise<boolean> {
  const tries = sql`${mails.tries} + 1`;
  const nextAttemptAt = fromNow(pauseMs);
  const lookAfter = fromNow(pauseMs + 10_000);
  return await write(tx, claim, { errorCode, tries, nextAttemptAt, lookAfter });
}

/** Back to whoever is next: the attempt was stopped and counts for nothing. */
export async function giveBack(db: Database, claim: Claim): Promise<void> {
  await write(db, claim, { lookAfter: sql`now()` });
}

async function write(db: Database, { id, attempt }: Claim, change: Change): Promise<boolean> {
  const written = await db
    .update(mails)
    .set({ ...change, leaseExpiresAt: null, updatedAt: sql`now()` })
    .where(and(eq(mails.id, id), eq(mails.attempt, attempt), eq(mails.status, 'pending')))
    .returning({ id: mails.id });
  return written.length === 1;
}

/** Due mails that nobody holds and whose bell seems lost, oldest first; taking them puts the next look off. */
export async function takeLost(db: Database, limit: number): Promise<readonly MailId[]> {
  const rows = await db
    .update(mails)
    .set({ lookAfter: fromNow(LOOK_AGAIN_MS) })
    .where(
      sql`${mails.id} in (
        select id from mails
        where status = 'pending' and look_after <= now() and next_attempt_at <= now()
          and (lease_expires_at is null or lease_expires_at < now())
        order by look_after limit ${limit} for update skip locked)`,
    )
    .returning({ id: mails.id });
  return rows.map(({ id }) => id);
}

/** Removes records older than 30 days, at most five thousand in one call; how many were removed. */
export async function pruneMails(db: Database): Promise<number> {
  const pruned = await db.execute(sql`
    delete from mails where ctid in (
      select ctid from mails where created_at < now() - interval '30 days' and status <> 'pending'
      limit ${PRUNE_AT_ONCE})`);
  return pruned.rowCount ?? 0;
}
