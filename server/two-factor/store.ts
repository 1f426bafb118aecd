import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, eq, gte, lt, sql } from '../platform/postgres/drizzle.ts';
import { recoveryCodes, type SecondFactorRow, secondFactors } from './schema.ts';
import type { Throttle } from './throttle.ts';

/** Queries for second factors and recovery codes. Times are the caller's, by whose clock codes are judged. */

type Enrolment = Pick<SecondFactorRow, 'accountId' | 'secret' | 'createdAt'>;

/** Begins anew what nobody has confirmed; false for a second factor that is on. */
export async function enrol(db: Database, enrolment: Enrolment): Promise<boolean> {
  const { accountId, ...anew } = enrolment;
  const begun = await db
    .insert(secondFactors)
    .values({ accountId, ...anew })
    .onConflictDoUpdate({
      target: secondFactors.accountId,
      set: anew,
      setWhere: sql`${secondFactors.confirmedAt} is null`,
    })
    .returning({ accountId: secondFactors.accountId });
  return begun.length === 1;
}

/** What waits for its first code since then at most; others that ask for it wait for `tx`. */
export async function lockEnrolment(
  tx: Database,
  accountId: AccountId,
  since: Date,
): Promise<SecondFactorRow | null> {
  const [row] = await tx
    .select()
    .from(secondFactors)
    .where(
      and(
        eq(secondFactors.accountId, accountId),
        sql`${secondFactors.confirmedAt} is null`,
        gte(secondFactors.createdAt, since),
      ),
    )
    .for('update');
  return row ?? null;
}

export async function confirm(
  tx: Database,
  accountId: AccountId,
  { at, step }: { readonly at: Date; readonly step: number },
): Promise<void> {
  await tx
    .update(secondFactors)
    .set({ confirmedAt: at, lastStep: step })
    .where(eq(secondFactors.accountId, accountId));
}

export async function find(db: Database, accountId: AccountId): Promise<SecondFactorRow | null> {
  const [row] = await db.select().from(secondFactors).where(isOn(accountId));
  return row ?? null;
}

/** So that codes of an account are judged one after another, however many come at once. */
export async function lock(tx: Database, accountId: AccountId): Promise<SecondFactorRow | null> {
  const [row] = await tx.select().from(secondFactors).where(isOn(accountId)).for('update');
  return row ?? null;
}

/** Takes the code of a step, once; false for one of that step or an earlier one. */
export async function takeStep(
  tx: Database,
  accountId: AccountId,
  { step, secret }: { readonly step: number; readonly secret: Buffer },
): Promise<boolean> {
  const taken = await tx
    .update(secondFactors)
    .set({ lastStep: step, secret })
    .where(and(isOn(accountId), lt(secondFactors.lastStep, step)))
    .returning({ accountId: secondFactors.accountId });
  return taken.length === 1;
}

export async function setThrottle(
  tx: Database,
  accountId: AccountId,
  { failedAt, lockedUntil }: Throttle,
): Promise<void> {
  await tx
    .update(secondFactors)
    .set({ failedAt, lockedUntil })
    .where(eq(secondFactors.accountId, accountId));
}

/** With its recovery codes. */
export async function remove(tx: Database, accountId: AccountId): Promise<boolean> {
  const removed = await tx
    .delete(secondFactors)
    .where(isOn(accountId))
    .returning({ accountId: secondFactors.accountId });
  return removed.length === 1;
}

/** These in place of all that the account had. */
export async function replaceRecoveryCodes(
  tx: Database,
  accountId: AccountId,
  hashes: readonly Buffer[],
): Promise<void> {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.accountId, accountId));
  await tx.insert(recoveryCodes).values(hashes.map((codeHash) => ({ accountId, codeHash })));
}

/** Uses a code up; false for one that is used or none. */
export async function useRecoveryCode(
  tx: Database,
  accountId: AccountId,
  codeHash: Buffer,
  at: Date,
): Promise<boolean> {
  const used = await tx
    .update(recoveryCodes)
    .set({ usedAt: at })
    .where(and(isUnused(accountId), eq(recoveryCodes.codeHash, codeHash)))
    .returning({ accountId: recoveryCodes.accountId });
  return used.length === 1;
}

export async function countRecoveryCodes(db: Database, accountId: AccountId): Promise<number> {
  return await db.$count(recoveryCodes, isUnused(accountId));
}

function isOn(accountId: AccountId) {
  return and(eq(secondFactors.accountId, accountId), sql`${secondFactors.confirmedAt} is not null`);
}

function isUnused(accountId: AccountId) {
  return and(eq(recoveryCodes.accountId, accountId), sql`${recoveryCodes.usedAt} is null`);
}
