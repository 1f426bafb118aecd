import {
  type AccountRow,
  accountOfIdentity,
  findByIdentity,
  type ToldIdentity,
} from '../accounts/accounts.ts';
import type { SessionStage } from '../platform/http/endpoint.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Origin, SessionRow, Sessions } from '../sessions/sessions.ts';

export type AdmitDeps = {
  readonly db: Database;
  readonly sessions: Pick<Sessions, 'begin' | 'verify'>;
  /** True where a second factor is owed after the first. */
  readonly owesSecondFactor: (tx: Database, accountId: AccountId) => Promise<boolean>;
};

/** Lets somebody in whom the identity provider has just told us of. */
export function makeAdmit({ db, sessions, owesSecondFactor }: AdmitDeps) {
  return {
    /**
     * True for somebody else than the one who is signed in in this browser: who signs in there would go on as another
     * without knowing it.
     */
    async isSomebodyElse(told: ToldIdentity, liveToken: string | undefined): Promise<boolean> {
      const live = liveToken === undefined ? null : await sessions.verify(liveToken);
      if (!live) return false;
      return (await findByIdentity(db, told)) !== live.accountId;
    },

    /** Begins the session under `token`, in place of the one that this browser had; all of it or nothing. */
    async admit(told: ToldIdentity, token: string, origin: Origin): Promise<SessionRow> {
      return await db.transaction(async (tx) => {
        const { account, isNew } = await accountOfIdentity(tx, told);
        const stage = await stageOf(tx, account);
        const begins = { accountId: account.id, stage, token, isNew };
        return (await sessions.begin(tx, begins, origin)).session;
      });
    },
  };

  async function stageOf(tx: Database, account: AccountRow): Promise<SessionStage> {
    if (await owesSecondFactor(tx, account.id)) return 'second_factor';
    return account.deletedAt === null ? 'full' : 'restore';
  }
}

export type Admit = ReturnType<typeof makeAdmit>;
