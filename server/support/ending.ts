import type { Audit } from '../audit/audit.ts';
import type { Notify } from '../notify/notify.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Ending, ImpersonationId } from './schema.ts';
import { endImpersonation, listOver, pruneLooks } from './store.ts';

const SWEPT_AT_ONCE = 100;

/** Ends looks at accounts: on record, and with a mail to the person, in one transaction and once. */
export function makeLookEnds({
  db,
  audit,
  notify,
}: {
  readonly db: Database;
  readonly audit: Pick<Audit, 'write'>;
  readonly notify: Pick<Notify, 'mail'>;
}) {
  return {
    end,

    /** Ends those whose time or session is over, at most a hundred; how many. Several processes may. */
    async sweep(): Promise<number> {
      let ended = 0;
      for (const { id, ending } of await listOver(db, SWEPT_AT_ONCE)) {
        if (await end(id, ending)) ended += 1;
      }
      return ended;
    },

    /** Forgets looks as old as what the audit record forgets; how many. */
    prune: () => pruneLooks(db),
  };

  /** False when it was over and told of before. */
  async function end(id: ImpersonationId, ending: Ending): Promise<boolean> {
    return await db.transaction(async (tx) => {
      const over = await endImpersonation(tx, id, ending);
      if (!over) return false;
      const { accountId, adminId, createdAt, endedAt, reason } = over;
      const seconds = Math.round((endedAt.getTime() - createdAt.getTime()) / 1000);
      await audit.write(tx, {
        action: 'impersonation.stopped',
        actor: { kind: 'admin', accountId: adminId },
        ...{ subject: accountId, target: id },
        detail: { ending, seconds },
      });
      await notify.mail(tx, {
        ...{ accountId, kind: 'staff_access' },
        data: {
          ...{ since: createdAt.toISOString(), lasted: inMinutes(seconds) },
          ...{ reason, reference: id },
        },
      });
      return true;
    });
  }
}

export type LookEnds = ReturnType<typeof makeLookEnds>;

function inMinutes(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 1 ? 'up to a minute' : `${minutes} minutes`;
}
