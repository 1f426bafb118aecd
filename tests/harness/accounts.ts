import { accountOfIdentity } from '../../server/accounts/accounts.ts';
import { type AccountId, newId } from '../../server/platform/ids.ts';
import type { Database } from '../../server/platform/postgres/database.ts';

/** One more account of a test's own database. */
export async function addAccount(db: Database): Promise<AccountId> {
  const subject = newId('acc');
  const told = { issuer: 'https://issuer.test', subject, email: `${subject}@example.org` };
  const { account } = await accountOfIdentity(db, { ...told, name: null });
  return account.id;
}
