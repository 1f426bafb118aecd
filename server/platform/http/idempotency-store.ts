import type { AccountId } from '../ids.ts';
import type { Database } from '../postgres/database.ts';
import { and, eq, jsonb, pgTable, sql, text, timestamp } from '../postgres/drizzle.ts';
import { fromNow } from '../postgres/statements.ts';

/** Queries for kept answers (0004-idempotency.sql). Times are the database's own. */

const time = (name: string) => timestamp(name, { withTimezone: true });

const keys = pgTable('idempotency_keys', {
  accountId: text('account_id').$type<AccountId>().notNull(),
  route: text().notNull(),
  key: text().notNull(),
  bodyHash: text('body_hash').notNull(),
  holder: text().notNull(),
  lockedUntil: time('locked_until').notNull(),
  answer: jsonb().$type<unknown>(),
  createdAt: time('created_at').notNull().defaultNow(),
});

/** One use of one key: the same for a request and its repeats. */
export type KeyUse = {
  readonly accountId: AccountId;
  readonly route: string;
  readonly key: string;
};

/** A holder's claim to a key: what the request says, who works on it, and for how long at most. */
export type Claim = {
  readonly bodyHash: string;
  readonly holder: string;
  readonly leaseMs: number;
};

/** How long an answer is kept. */
const KEPT = sql`interval '24 hours'`;
const PURGE_AT_ONCE = 1_000;

const isOld = sql`${keys.createdAt} < now() - ${KEPT}`;
/** Its holder died: nothing was answered in all the time that there was. */
const isGivenUp = sql`(${keys.answer} is null and ${keys.lockedUntil} < now())`;

function isUse({ accountId, route, key }: KeyUse) {
  return and(eq(keys.accountId, accountId), eq(keys.route, route), eq(keys.key, key));
}

function lease({ leaseMs }: Claim) {
  return fromNow(leaseMs);
}

/**
 * Takes a key that nobody has used; false when somebody has. The insert alone would wait for a transaction that is
 * storing the answer (its conflict check waits for changes of the row), hence the look before it.
 */
export async function take(db: Database, use: KeyUse, claim: Claim): Promise<boolean> {
  const taken = await db.execute(sql`
    insert into idempotency_keys (account_id, route, key, body_hash, holder, locked_until)
    select ${use.accountId}, ${use.route}, ${use.key}, ${claim.bodyHash}, ${claim.holder}, ${lease(claim)}
    where not exists (select from ${keys} where ${isUse(use)})
    on conflict do nothing`);
  return taken.rowCount === 1;
}

/** Takes a key over that was given up by the same request, or used more than a day ago. */
export async function takeOver(db: Database, use: KeyUse, claim: Claim): Promise<boolean> {
  const { bodyHash, holder } = claim;
  const taken = await db
    .update(keys)
    .set({ bodyHash, holder, lockedUntil: lease(claim), answer: null, createdAt: sql`now()` })
    .where(and(isUse(use), sql`(${isOld} or (${isGivenUp} and ${keys.bodyHash} = ${bodyHash}))`))
    .returning({ key: keys.key });
  return taken.length === 1;
}

export async function find(db: Database, use: KeyUse) {
  const [found] = await db
    .select({
      bodyHash: keys.bodyHash,
      answer: keys.answer,
      isFree: sql<boolean>`(${isOld} or ${isGivenUp})`,
    })
    .from(keys)
    .where(isUse(use));
  return found ?? null;
}

/** Stores the answer; false when the key has passed to another holder meanwhile. */
export async function keepAnswer(
  tx: Database,
  use: KeyUse,
  holder: string,
  answer: unknown,
): Promise<boolean> {
  const kept = await tx
    .update(keys)
    .set({ answer })
    .where(and(isUse(use), eq(keys.holder, holder), sql`${keys.answer} is null`))
    .returning({ key: keys.key });
  return kept.length === 1;
}

/** Nothing came of it: the same key may be used again at once. */
export async function free(db: Database, use: KeyUse, holder: string): Promise<void> {
  await db
    .delete(keys)
    .where(and(isUse(use), eq(keys.holder, holder), sql`${keys.answer} is null`));
}

/** Removes what is older than a day, at most a thousand at once; how many were removed. */
export async function purge(db: Database): Promise<number> {
  const purged = await db.execute(sql`
    delete from idempotency_keys where ctid in (
      select ctid from idempotency_keys where ${isOld} limit ${PURGE_AT_ONCE})`);
  return purged.rowCount ?? 0;
}
