import { randomBytes } from 'node:crypto';
import { type AccountId, newId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, eq, sql } from '../platform/postgres/drizzle.ts';
import { Problem } from '../platform/problem.ts';
import { type AccountRow, accounts, identities } from './schema.ts';

export type { AccountRow } from './schema.ts';
export { type AccountQuery, readAccountQuery, searchAccounts } from './search.ts';

/**
 * The account of whoever runs this installation without sign-in; made at the first call. Safe to call
 * from several processes at once: there is exactly one.
 */
export async function ensureOwner(db: Database): Promise<AccountId> {
  const known = await findOwner(db);
  if (known) return known;
  await db
    .insert(accounts)
    .values({ id: newId('acc'), kind: 'owner', storagePrefix: newPrefix() })
    .onConflictDoNothing();
  const owner = await findOwner(db);
  if (!owner) throw new Error('The owner account that was just made is not there.');
  return owner;
}

/** As `ensureOwner`; rejects with `account_deleted` while the owner's account is being deleted. */
export async function ensureActiveOwner(db: Database): Promise<AccountId> {
  const id = await ensureOwner(db);
  if ((await findAccount(db, id))?.deletedAt != null) throw new OwnerDeleted();
  return id;
}

/** Who somebody is at an identity provider, and what it tells of them. */
export type ToldIdentity = {
  readonly issuer: string;
  readonly subject: string;
  /** Verified by the provider. */
  readonly email: string;
  readonly name: string | null;
};

/**
 * The account of that identity, made at the first sign-in, with name and address as they are told now. The identity alone
 * finds it: another one with the same address is another account. Safe to call from several processes at once.
 */
export async function accountOfIdentity(
  db: Database,
  { issuer, subject, email, name }: ToldIdentity,
): Promise<{ readonly account: AccountRow; readonly isNew: boolean }> {
  const told = { email: email.toLowerCase(), name };
  return await db.transaction(async (tx) => {
    const known = await useIdentity(tx, issuer, subject);
    if (known) return { account: await store(tx, known, told), isNew: false };
    const id = newId('acc');
    await tx.insert(accounts).values({ id, kind: 'user', storagePrefix: newPrefix(), ...told });
    const [added] = await tx
      .insert(identities)
      .values({ issuer, subject, accountId: id })
      .onConflictDoNothing()
      .returning();
    if (added) return { account: await store(tx, id, told), isNew: true };
    // Somebody else was first: theirs is the account, and ours never was.
    await tx.delete(accounts).where(eq(accounts.id, id));
    const theirs = await useIdentity(tx, issuer, subject);
    if (!theirs) throw new Error('The identity that stood in the way is not there.');
    return { account: await store(tx, theirs, told), isNew: false };
  });

  async function store(tx: Database, id: AccountId, values: typeof told): Promise<AccountRow> {
    const [account] = await tx.update(accounts).set(values).where(eq(accounts.id, id)).returning();
    if (!account) throw new Error('The account is not there.');
    return account;
  }
}

/** Whose the identity is; null for one that nobody has signed in by. */
export async function findByIdentity(
  db: Database,
  { issuer, subject }: Pick<ToldIdentity, 'issuer' | 'subject'>,
): Promise<AccountId | null> {
  const [identity] = await db
    .select({ accountId: identities.accountId })
    .from(identities)
    .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)));
  return identity?.accountId ?? null;
}

async function useIdentity(
  tx: Database,
  issuer: string,
  subject: string,
): Promise<AccountId | null> {
  const [identity] = await tx
    .update(identities)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)))
    .returning({ accountId: identities.accountId });
  return identity?.accountId ?? null;
}

export async function findAccount(db: Database, id: AccountId): Promise<AccountRow | null> {
  const [account] = await db.select().from(accounts).where(eq(accounts.id, id));
  return account ?? null;
}

/** Also true for an account that is not there. */
export async function isOptedOut(db: Database, id: AccountId): Promise<boolean> {
  return (await findAccount(db, id))?.telemetryOptOut ?? true;
}

export async function setOptedOut(db: Database, id: AccountId, optedOut: boolean): Promise<void> {
  await db.update(accounts).set({ telemetryOptOut: optedOut }).where(eq(accounts.id, id));
}

/** The account as it stands. Others that lock or change it, sign-ins among them, wait until the transaction ends. */
export async function lockAccount(tx: Database, id: AccountId): Promise<AccountRow> {
  const [account] = await tx
    .select()
    .from(accounts)
    .where(eq(accounts.id, id))
    .for('no key update');
  if (!account) throw new Error('The account is not there.');
  return account;
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

function newPrefix(): string {
  return randomBytes(10).toString('hex');
}

async function findOwner(db: Database): Promise<AccountId | null> {
  const [owner] = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(eq(accounts.kind, 'owner'));
  return owner?.id ?? null;
}

class OwnerDeleted extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'account_deleted',
      message: 'The account of this installation is being deleted.',
      action: 'Run `./clipt link`, sign in and restore it.',
    });
  }
}
