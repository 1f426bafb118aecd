import { z } from 'zod';
import { removeAsOldAsRecord } from '../audit/audit.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, desc, eq, inArray, type SQL, sql } from '../platform/postgres/drizzle.ts';
import {
  type Ending,
  type ImpersonationId,
  type ImpersonationRow,
  impersonations,
} from './schema.ts';

/** Queries for impersonations. Ages are judged by the database's clock. */

/** From beginning to end, whatever happens; nothing prolongs it. */
const LIFE = sql`interval '30 minutes'`;
/** So long the person is told on their pages that somebody looked. */
const LATELY = sql`interval '7 days'`;

/** Null where the session looks at an account already. */
export async function insertImpersonation(
  tx: Database,
  look: Pick<
    ImpersonationRow,
    'id' | 'tokenHash' | 'accountId' | 'adminId' | 'sessionId' | 'reason'
  >,
): Promise<ImpersonationRow | null> {
  const [row] = await tx
    .insert(impersonations)
    .values({ ...look, expiresAt: sql`now() + ${LIFE}` })
    .onConflictDoNothing()
    .returning();
  return row ?? null;
}

/** With whether it is still going on. */
export async function findByToken(
  db: Database,
  tokenHash: Buffer,
): Promise<{ readonly row: ImpersonationRow; readonly isLive: boolean } | null> {
  const [found] = await db
    .select({ row: impersonations, isLive: sql<boolean>`${isLive()}` })
    .from(impersonations)
    .where(eq(impersonations.tokenHash, tokenHash));
  return found ?? null;
}

/** Those of them that are still going on. */
export async function listGoingOn(
  db: Database,
  ids: readonly ImpersonationId[],
): Promise<readonly ImpersonationRow[]> {
  return await db
    .select()
    .from(impersonations)
    .where(and(inArray(impersonations.id, [...ids]), isLive()));
}

export async function findOfSession(
  db: Database,
  adminId: AccountId,
  sessionId: string,
): Promise<ImpersonationId | null> {
  const [found] = await db
    .select({ id: impersonations.id })
    .from(impersonations)
    .where(
      and(eq(impersonations.adminId, adminId), eq(impersonations.sessionId, sessionId), isLive()),
    );
  return found?.id ?? null;
}

/** The newest look at the account that is going on or was over lately, those that go on before the others. */
export async function findLatest(db: Database, accountId: AccountId) {
  const [found] = await db
    .select({ row: impersonations, isLive: sql<boolean>`${isLive()}` })
    .from(impersonations)
    .where(
      and(
        eq(impersonations.accountId, accountId),
        sql`${impersonations.createdAt} > now() - ${LATELY}`,
      ),
    )
    .orderBy(desc(isLive()), desc(impersonations.createdAt))
    .limit(1);
  return found ?? null;
}

/** Ends it, for the one caller that is first; null for all others. */
export async function endImpersonation(
  tx: Database,
  id: ImpersonationId,
  ending: Ending,
): Promise<(ImpersonationRow & { readonly endedAt: Date }) | null> {
  const [row] = await tx
    .update(impersonations)
    .set({ endedAt: sql`least(now(), ${impersonations.expiresAt})`, ending })
    .where(and(eq(impersonations.id, id), sql`${impersonations.endedAt} is null`))
    .returning();
  return row?.endedAt ? { ...row, endedAt: row.endedAt } : null;
}

const overRow = z.object({
  id: z.templateLiteral(['imp_', z.string()]),
  ending: z.enum(['expired', 'session_over']),
});

/** Those whose time or session is over and that nobody has ended yet, oldest first. */
export async function listOver(db: Database, limit: number) {
  const { rows } = await db.execute(sql`
    select i.id, case when i.expires_at <= now() then 'expired' else 'session_over' end as ending
    from impersonations i left join sessions s on s.id = i.session_id
    where i.ended_at is null and (
      i.expires_at <= now() or s.id is null or s.revoked_at is not null or s.expires_at <= now())
    order by i.created_at limit ${limit}`);
  return rows.map((row) => overRow.parse(row));
}

/** Forgets looks of 18 months ago, those that were ended and so are on record; how many. */
export async function pruneLooks(db: Database, now?: SQL): Promise<number> {
  return await removeAsOldAsRecord(db, {
    ...{ at: impersonations.createdAt, where: sql`${impersonations.endedAt} is not null` },
    ...(now && { now }),
  });
}

function isLive() {
  return sql<boolean>`(${impersonations.endedAt} is null and ${impersonations.expiresAt} > now())`;
}
