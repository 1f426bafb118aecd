import type { Audit } from '../audit/audit.ts';
import type { Keys } from '../keys/keys.ts';
import type { Notify } from '../notify/notify.ts';
import type { AccountId } from '../platform/ids.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { StoredTranscripts } from '../transcripts/transcripts.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { Videos } from '../videos/videos.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { markDeleted, markRestored } from './deletion-store.ts';
import { AlreadyDeleted, TooLateToRestore } from './errors.ts';
import type { Exports } from './exports.ts';

export type AccountDeletionDeps = {
  readonly db: Database;
  readonly sessions: Pick<Sessions, 'revokeAll'>;
  readonly keys: Pick<Keys, 'revokeAll'>;
  readonly webhooks: Pick<Webhooks, 'pauseAll' | 'resumeAll'>;
  readonly videos: Pick<Videos, 'stopAll'>;
  readonly transcripts: Pick<StoredTranscripts, 'stopAll'>;
  readonly uploads: Pick<Uploads, 'stopAll'>;
  readonly exports: Pick<Exports, 'stopAll'>;
  readonly notify: Pick<Notify, 'mail'>;
  readonly audit: Pick<Audit, 'write'>;
};

/** Giving an account up, and taking that back for thirty days. */
export function makeAccountDeletion(deps: AccountDeletionDeps) {
  const { db, audit, notify } = deps;

  return {
    /**
     * Gives the account up: sessions, keys, webhooks and everything that is being made end in one transaction. It can be
     * restored for 30 times 24 hours. Rejects with `account_deleted` when it is already.
     */
    async schedule(accountId: AccountId): Promise<{ readonly purgeAfter: Date }> {
      return await retryOnLostConnection(() =>
        db.transaction(async (tx) => {
          // First of all: whoever would let something begin for the account waits here, and then finds it deleted.
          const marked = await markDeleted(tx, accountId);
          if (!marked?.purgeAfter) throw new AlreadyDeleted();
          await stop(tx, accountId);
          const until = marked.purgeAfter.toISOString();
          await notify.mail(tx, { accountId, kind: 'deletion_scheduled', data: { until } });
          return { purgeAfter: marked.purgeAfter };
        }),
      );
    },

    /**
     * Takes the deletion back. Webhooks work again; keys stay revoked, what was being made is made anew by wish, and people
     * sign in again. Rejects with `account_purged` when its time is over.
     */
    async restore(accountId: AccountId): Promise<void> {
      await db.transaction(async (tx) => {
        if (!(await markRestored(tx, accountId))) throw new TooLateToRestore();
        await deps.webhooks.resumeAll(tx, accountId);
        await deps.sessions.revokeAll(accountId, tx);
        await record(tx, accountId, 'account.restored');
      });
    },
  };

  async function stop(tx: Database, accountId: AccountId): Promise<void> {
    // Before anything that is told of by webhook.
    await deps.webhooks.pauseAll(tx, accountId);
    const detail = {
      sessions: await deps.sessions.revokeAll(accountId, tx),
      keys: await deps.keys.revokeAll(tx, accountId),
      videos: await deps.videos.stopAll(tx, accountId),
      transcripts: await deps.transcripts.stopAll(tx, accountId),
      uploads: await deps.uploads.stopAll(tx, accountId),
      exports: await deps.exports.stopAll(tx, accountId),
    };
    await record(tx, accountId, 'account.deletion_scheduled', detail);
  }

  async function record(
    tx: Database,
    accountId: AccountId,
    action: 'account.deletion_scheduled' | 'account.restored',
    detail: Readonly<Record<string, number>> = {},
  ): Promise<void> {
    const actor = { kind: 'user', accountId } as const;
    await audit.write(tx, { action, actor, subject: accountId, detail });
  }
}

export type AccountDeletion = ReturnType<typeof makeAccountDeletion>;
