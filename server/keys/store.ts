import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, desc, eq, or, sql } from '../platform/postgres/drizzle.ts';
import { apiKeys, type KeyId, type KeyRow } from './schema.ts';

/** The part of a row that tells whose key it is; of the key before a rotation only while that works. */
export type Credential = Pick<
  KeyRow,
  'id' | 'accountId' | 'publicId' | 'keyHash' | 'formerPublicId' | 'formerHash' | 'scopes'
>;

/** Queries for API keys. */

export async function insert(tx: Database, key: typeof apiKeys.$inferInsert): Promise<KeyRow> {
  const [row] = await tx.insert(apiKeys).values(key).returning();
  if (!row) throw new Error('The key that was just written is not there.');
  return row;
}

/** Keys that are neither revoked nor over. */
export async function countLive(db: Database, accountId: AccountId): Promise<number> {
  return await db.$count(apiKeys, and(eq(apiKeys.accountId, accountId), isLive()));
}

export async function list(db: Database, accountId: AccountId): Promise<readonly KeyRow[]> {
  return await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.accountId, accountId), sql`${apiKeys.revokedAt} is null`))
    .orderBy(desc(apiKeys.id))
    .limit(200);
}

/**
 * Finds live keys by the parts that may be seen, their own or that of the key before a rotation: one query for all,
 * built and planned once, since every request of a program begins with it. The ids are behind a `select` because
 * Postgres, seeing how few they are, would make a better plan for them each time: that took as long as the rest
 * (87 µs instead of 42, Postgres 18.4).
 */
export function prepareFindByPublicIds(
  db: Database,
): (publicIds: readonly string[]) => Promise<readonly Credential[]> {
  const isOneOf = (column: typeof apiKeys.publicId | typeof apiKeys.formerPublicId) =>
    sql`${column} = any((select ${sql.placeholder('ids')}::text[])::text[])`;
  const { id, accountId, publicId, keyHash, formerHash, scopes } = apiKeys;
  const formerPublicId = sql<string | null>`case when ${apiKeys.formerUntil} > now()
    then ${apiKeys.formerPublicId} end`.as('former_id');
  const query = db
    .select({ id, accountId, publicId, keyHash, formerPublicId, formerHash, scopes })
    .from(apiKeys)
    .where(
      and(
        isLive(),
        or(
          isOneOf(publicId),
          and(isOneOf(apiKeys.formerPublicId), sql`${apiKeys.formerUntil} > now()`),
        ),
      ),
    )
    .prepare('api_keys_by_public_ids');
  return async (publicIds) => await query.execute({ ids: [...publicIds] });
}

export async function rotate(
  tx: Database,
  accountId: AccountId,
  id: KeyId,
  next: { readonly publicId: string; readonly keyHash: Buffer; readonly graceHours: number },
): Promise<KeyRow | null> {
  const grace = next.graceHours > 0;
  const [row] = await tx
    .update(apiKeys)
    .set({
      publicId: next.publicId,
      keyHash: next.keyHash,
      formerHash: grace ? sql`${apiKeys.keyHash}` : null,
      formerPublicId: grace ? sql`${apiKeys.publicId}` : null,
      formerUntil: grace ? sql`now() + make_interval(hours => ${next.graceHours})` : null,
    })
    .where(and(eq(apiKeys.accountId, accountId), eq(apiKeys.id, id), isLive()))
    .returning();
  return row ?? null;
}

export async function revoke(
  tx: Database,
  accountId: AccountId,
  id: KeyId,
): Promise<KeyRow | null> {
  const [row] = await tx
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(
      and(eq(apiKeys.accountId, accountId), eq(apiKeys.id, id), sql`${apiKeys.revokedAt} is null`),
    )
    .returning();
  return row ?? null;
}

export async function revokeAll(tx: Database, accountId: AccountId): Promise<number> {
  const revoked = await tx
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.accountId, accountId), sql`${apiKeys.revokedAt} is null`))
    .returning({ id: apiKeys.id });
  return revoked.length;
}

/** At most once a minute for each key. */
export async function markUsed(db: Database, id: KeyId): Promise<void> {
  await db
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(
      and(
        eq(apiKeys.id, id),
        sql`(${apiKeys.lastUsedAt} is null or ${apiKeys.lastUsedAt} < now() - interval '1 minute')`,
      ),
    );
}

function isLive() {
  return sql`${apiKeys.revokedAt} is null and (${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > now())`;
}
