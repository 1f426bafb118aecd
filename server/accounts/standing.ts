import type { Standing } from '../platform/http/who-may-ask.ts';
import type { Database } from '../platform/postgres/database.ts';
import { findAccount } from './accounts.ts';

/** Without sign-in there is nobody but the owner, whose proof is to reach this machine. */
export function makeOwnerStanding(db: Database): Standing {
  return {
    isStaff: async (accountId) => (await findAccount(db, accountId))?.kind === 'owner',
    stepUpMethod: async () => null,
  };
}
