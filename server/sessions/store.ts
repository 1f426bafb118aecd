import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, desc, eq, inArray, ne, sql } from '../platform/postgres/drizzle.ts';
import {
  purgedSessions,
  type SessionId,
  type SessionRow,
  sessions,
  signInLinks,
} from './schema.ts';

/** Queries for sessions and sign-in links. Ages are judged by the database's clock. */

/** A session is over after a week without use, and after a month whatever happens. */
const IDLE = sql`interval '7 days'`;
const ABSOLUTE = sql`interval '30 days'`;
const PRUNE_AT_ONCE = 1_000;
const LINK_LIFE = sql`interval '10 minutes'`;

export async function insertLink(
  db: Database,
  link: { readonly accountId: AccountId; readonly tokenHash: Buffer },
): Promise<void> {
  await db.insert(signInLinks).values({ ...link, expiresAt: sql`now() + ${LINK_LIFE}` });
}

/** Uses the link up; whose it was, for the one caller that did it in time. */
export async function useLink(tx: Database, tokenHash: Buffer): Promise<AccountId | null> {
  const [used] = await tx
    .update(signInLinks)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(signInLinks.tokenHash, tokenHash),
        sql`${signInLinks.usedAt} is null and ${signInLinks.expiresAt} > now()`,
      ),
    )
    .returning({ accountId: signInLinks.accountId });
  return used?.accountId ?? null;
}

export async function insertSession(
  tx: Database,
  session: Pick<SessionRow, 'id' | 'accountId' | 'tokenHash' | 'device' | 'place' | 'stage'>,
): Promise<SessionRow> {
  const [row] = await tx
    .insert(sessions)
    .values({ ...session, expiresAt: sql`now() + ${ABSOLUTE}`, provedAt: sql`now()` })
    .returning();
  if (!row) throw new Error('The session that was just written is not there.');
  return row;
}

/**
 * Puts another token in the place of the session's own, for somebody who has just proved who they are; null for a session
 * that is over.
 */
export async function renew(
  tx: Database,
  { accountId, id, tokenHash, stage }: Pick<SessionRow, 'accountId' | 'id' | 'tokenHash' | 'stage'>,
): Promise<SessionRow | null> {
  const [row] = await tx
    .update(sessions)
    .set({ tokenHash, stage, provedAt: sql`now()`, lastUsedAt: sql`now()`, wrongCodes: 0 })
    .where(and(eq(sessions.accountId, accountId), eq(sessions.id, id), isLive()))
    .returning();
  return row ?? null;
}

/** Counts a wrong code against a live session; how many that makes. */
export async function countWrongCode(
  tx: Database,
  accountId: AccountId,
  id: SessionId,
): Promise<number> {
  const [row] = await tx
    .update(sessions)
    .set({ wrongCodes: sql`${sessions.wrongCodes} + 1` })
    .where(and(eq(sessions.accountId, accountId), eq(sessions.id, id), isLive()))
    .returning({ wrongCodes: sessions.wrongCodes });
  return row?.wrongCodes ?? 0;
}

export async function findLive(db: Database, tokenHash: Buffer): Promise<SessionRow | null> {
  const [row] = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.tokenHash, tokenHash), isLive()));
  return row ?? null;
}

/** Those of the hashes whose sessions are not over. */
export async function listLive(
  db: Database,
  tokenHashes: readonly Buffer[],
): Promise<readonly Buffer[]> {
  const found = await db
    .select({ tokenHash: sessions.tokenHash })
    .from(sessions)
    .where(and(inArray(sessions.tokenHash, [...tokenHashes]), isLive()));
  return found.map(({ tokenHash }) => tokenHash);
}

export async function findById(
  db: Database,
  accountId: AccountId,
  id: SessionId,
): Promise<SessionRow | null> {
  const [row] = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.accountId, accountId), eq(sessions.id, id), isLive()));
  return row ?? null;
}

export async function isFamiliar(
  tx: Database,
  accountId: AccountId,
  { device, place }: Pick<SessionRow, 'device' | 'place'>,
): Promise<boolean> {
  const [known] = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        ...[eq(sessions.accountId, accountId), eq(sessions.device, device)],
        eq(sessions.place, place),
      ),
    )
    .limit(1);
  return known !== undefined;
}

export async function list(db: Database, accountId: AccountId): Promise<readonly SessionRow[]> {
  return await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.accountId, accountId), isLive()))
    .orderBy(desc(sessions.lastUsedAt))
    .limit(200);
}

export async function count(db: Database, accountId: AccountId): Promise<number> {
  return await db.$count(sessions, and(eq(sessions.accountId, accountId), isLive()));
}

export async function markUsed(db: Database, id: SessionId): Promise<void> {
  await db
    .update(sessions)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(sessions.id, id), sql`${sessions.lastUsedAt} < now() - interval '1 minute'`));
}

/** Ends the account's sessions: one, all but one, or all; which of them were alive. */
export async function revoke(
  tx: Database,
  accountId: AccountId,
  which: { readonly only: SessionId } | { readonly except: SessionId } | 'all',
): Promise<readonly SessionId[]> {
  const chosen = [eq(sessions.accountId, accountId), isLive()];
  if (which !== 'all') {
    chosen.push('only' in which ? eq(sessions.id, which.only) : ne(sessions.id, which.except));
  }
  const revoked = await tx
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(and(...chosen))
    .returning({ id: sessions.id });
  return revoked.map(({ id }) => id);
}

export async function revokeToken(tx: Database, tokenHash: Buffer): Promise<void> {
  await tx
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(sessions.tokenHash, tokenHash), isLive()));
}

/** Keeps the hashes of the account's live sessions, so that their browsers are told what became of it. */
export async function rememberPurged(tx: Database, accountId: AccountId): Promise<void> {
  const live = tx
    .select({ tokenHash: sessions.tokenHash, expiresAt: sessions.expiresAt })
    .from(sessions)
    .where(and(eq(sessions.accountId, accountId), isLive()));
  await tx.insert(purgedSessions).select(live).onConflictDoNothing();
}

export async function isPurged(db: Database, tokenHash: Buffer): Promise<boolean> {
  const found = await db
    .select({ tokenHash: purgedSessions.tokenHash })
    .from(purgedSessions)
    .where(and(eq(purgedSessions.tokenHash, tokenHash), sql`${purgedSessions.expiresAt} > now()`));
  return found.length === 1;
}

/** Forgets sessions that have been over for a month, and links that are used or too old; at most a thousand of each. How many. */
export async function prune(db: Database): Promise<number> {
  const over = await db.execute(sql`
    delete from sessions where id in (
      select id from sessions
      where least(revoked_at, expires_at, last_used_at + ${IDLE}) < now() - ${ABSOLUTE}
      limit ${PRUNE_AT_ONCE})`);
  const links = await db.execute(sql`
    delete from sign_in_links where token_hash in (
      select token_hash from sign_in_links where used_at is not null or expires_at < now()
      limit ${PRUNE_AT_ONCE})`);
  const purged = await db.execute(sql`
    delete from purged_sessions where token_hash in (
      select token_hash from purged_sessions where expires_at < now() limit ${PRUNE_AT_ONCE})`);
  return [over, links, purged].reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0);
}

function isLive() {
  return sql`${sessions.revokedAt} is null and ${sessions.expiresAt} > now()
    and ${sessions.lastUsedAt} > now() - ${IDLE}`;
}
