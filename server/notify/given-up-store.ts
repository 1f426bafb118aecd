import type { Database } from '../platform/postgres/database.ts';
import { and, desc, eq, sql } from '../platform/postgres/drizzle.ts';
import { type MailId, type MailRow, mails } from './schema.ts';

/** Queries for mails that were given up and that no other took the place of, of whatever account: for staff alone. */

/** Newest first, at most `limit`; `before` is the last id that was seen. */
export async function listGivenUp(
  db: Database,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<readonly MailRow[]> {
  return await db
    .select()
    .from(mails)
    .where(and(isGivenUp(), before === null ? undefined : sql`${mails.id} < ${before}`))
    .orderBy(desc(mails.id))
    .limit(limit);
}

/** For the one caller that is first; null for all others. */
export async function takeGivenUp(tx: Database, id: MailId): Promise<MailRow | null> {
  const [row] = await tx
    .update(mails)
    .set({ retriedAt: sql`now()` })
    .where(and(eq(mails.id, id), isGivenUp()))
    .returning();
  return row ?? null;
}

function isGivenUp() {
  return sql`${mails.status} = 'failed' and ${mails.retriedAt} is null`;
}
