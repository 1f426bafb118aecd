import { removeAsOldAsRecord } from '../audit/audit.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, desc, eq, type SQL, sql } from '../platform/postgres/drizzle.ts';
import { type MatchRow, moderationMatches } from './schema.ts';

/** Queries for what moderation refused. */

export async function insertMatch(
  db: Database,
  match: Pick<MatchRow, 'accountId' | 'category' | 'ruleId'>,
): Promise<void> {
  await db.insert(moderationMatches).values({ ...match, id: newId('mod') });
}

/**
 * Matches newest first, at most `limit`; `before` is the last id that was seen. `accountId` null is for staff alone, who
 * see those of every account.
 */
export async function listMatches(
  db: Database,
  page: {
    readonly accountId: AccountId | null;
    readonly before: string | null;
    readonly limit: number;
  },
): Promise<readonly MatchRow[]> {
  const { accountId, before, limit } = page;
  return await db
    .select()
    .from(moderationMatches)
    .where(
      and(
        accountId === null ? undefined : eq(moderationMatches.accountId, accountId),
        before === null ? undefined : sql`${moderationMatches.id} < ${before}`,
      ),
    )
    .orderBy(desc(moderationMatches.id))
    .limit(limit);
}

/** Forgets what was refused 18 months ago; how much. `now` is the clock of the database by default. */
export async function pruneMatches(db: Database, now?: SQL): Promise<number> {
  return await removeAsOldAsRecord(db, { at: moderationMatches.createdAt, ...(now && { now }) });
}
