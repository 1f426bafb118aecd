import { randomBytes } from 'node:crypto';
import { type AccountId, newId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { eq } from '../platform/postgres/drizzle.ts';
import { accounts } from './schema.ts';

/**
 * The account of whoever runs this installation without sign-in; made at the first call. Safe to call
 * from several processes at once: there is exactly one.
 */
export async function ensureOwner(db: Database): Promise<AccountId> {
  const known = await findOwner(db);
  if (known) return known;
  const storagePrefix = randomBytes(10).toString('hex');
  await db
    .insert(accounts)
    .values({ id: newId('acc'), kind: 'owner', storagePrefix })
    .onConflictDoNothing();
  const owner = await findOwner(db);
  if (!owner) throw new Error('The owner account that was just made is not there.');
  return owner;
}

/** First part of every storage key of the account. */
export async function storagePrefixOf(db: Database, id: AccountId): Promise<string> {
  const [account] = await db
    .select({ storagePrefix: accounts.storagePrefix })
    .from(accounts)
    .where(eq(accounts.id, id));
  if (!account) throw new Error('The account is not there.');
  return account.storagePrefix;
}

async function findOwner(db: Database): Promise<AccountId | null> {
  const [owner] = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(eq(accounts.kind, 'owner'));
  return owner?.id ?? null;
}
