import { findAccount } from '../accounts/accounts.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import { MailTurnedOff, NobodyToMail } from './errors.ts';
import { listGivenUp, takeGivenUp } from './given-up-store.ts';
import type { MailMessage } from './message.ts';
import type { SendMail } from './resend.ts';
import { pauseBeforeNext } from './retry.ts';
import type { MailId, MailRow } from './schema.ts';
import {
  type ClaimedMail,
  claimMail,
  giveBack,
  giveUp,
  insertMail,
  markSent,
  postponeMail,
  pruneMails,
  takeLost,
} from './store.ts';
import { writeMail } from './write-mail.ts';

export type { MailMessage } from './message.ts';
export type { MailId } from './schema.ts';

export type NotifyDeps = {
  readonly db: Database;
  /** Rings for a mail, `afterMs` after the transaction commits. */
  readonly ring: (tx: Database, id: MailId, afterMs: number) => Promise<void>;
  /** Null where no mail is sent. */
  readonly sendMail: SendMail | null;
  /** Where people reach this installation, without a slash at the end. */
  readonly url: string;
  readonly log: Log;
};

/** Longer than an exchange and what is written about it; then whoever claimed it is gone. */
const LEASE_MS = 30_000;
/** Attempts, with those whose process ended without a word. */
const MOST_ATTEMPTS = 50;
/** The vendor knows a repeat for 24 hours; after that it would be delivered twice. */
const KNOWN_AGAIN_MS = 23 * 3600_000;
const RESCUED_AT_ONCE = 100;

/** Tells people by mail of what happens to their accounts. */
export function makeNotify({ db, ring, sendMail, url, log }: NotifyDeps) {
  return {
    /**
     * Puts a mail on its way in the transaction that makes true what it tells. Without a mail service, or for an account
     * without an address, it does nothing.
     */
    async mail(tx: Database, message: MailMessage): Promise<void> {
      if (sendMail === null) return;
      const account = await findAccount(tx, message.accountId);
      if (!account?.email) return;
      await ring(tx, await insertMail(tx, message, account.email), 0);
    },

    /**
     * One try of one mail, under the same idempotency key each time, so that it arrives once however often a process ends
     * between the call and its record. Safe to call by several at once and again: one of them tries. When `signal` aborts
     * the mail is given back and the try counts for nothing.
     */
    async send(id: MailId, signal: AbortSignal): Promise<void> {
      const mail = await claimMail(db, id, LEASE_MS);
      if (!mail) return;
      if (sendMail === null) return await abandon(mail, 'mail_turned_off', mail.tries);
      const hopeless = hopelessBecause(mail);
      if (hopeless !== null) return await abandon(mail, hopeless, mail.tries);
      const idempotencyKey = `${mail.kind}/${mail.id}`;
      try {
        const written = { ...writeMail(mail, url), to: mail.address };
        const { vendorId } = await sendMail(written, { idempotencyKey, signal });
        await markSent(db, mail, vendorId);
      } catch (error) {
        if (!signal.aborted) return await settle(mail, error);
        await giveBack(db, mail);
        throw signal.reason;
      }
    },

    /** Rings again for due mails whose bell was lost, at most a hundred; how many. */
    async rescue(): Promise<number> {
      return await db.transaction(async (tx) => {
        const lost = await takeLost(tx, RESCUED_AT_ONCE);
        for (const id of lost) await ring(tx, id, 0);
        return lost.length;
      });
    },

    /** What was given up and not sent again since, of whatever account. */
    listGivenUp: (page: Parameters<typeof listGivenUp>[1]) => listGivenUp(db, page),

    /**
     * Sends another mail in the place of one that was given up, once however many ask for it; whose it is. What it told
     * besides its kind and its time was forgotten with it, and the address is the account's of today. Null when that was
     * done already; rejects with `mail_turned_off` and `nobody_to_mail`.
     */
    async retryGivenUp(tx: Database, id: MailId): Promise<Pick<MailRow, 'accountId'> | null> {
      const old = await takeGivenUp(tx, id);
      if (!old) return null;
      if (sendMail === null) throw new MailTurnedOff();
      const { accountId, kind, createdAt } = old;
      const account = accountId && (await findAccount(tx, accountId));
      if (!accountId || !account?.email) throw new NobodyToMail();
      const message = { accountId, kind, data: { since: createdAt.toISOString() } };
      await ring(tx, await insertMail(tx, message, account.email), 0);
      return { accountId };
    },

    /** Removes old records; how many. */
    prune: () => pruneMails(db),
  };

  async function settle(mail: ClaimedMail, error: unknown): Promise<void> {
    const problem = asProblem(error);
    const tries = mail.tries + 1;
    const pauseMs = pauseBeforeNext(problem, tries, Math.random());
    if (pauseMs === null) return await abandon(mail, problem.code, tries);
    log.info('mail.try_failed', { kind: mail.kind, attempt: tries, code: problem.code });
    await db.transaction(async (tx) => {
      const postponed = await postponeMail(tx, mail, pauseMs, problem.code);
      if (postponed) await ring(tx, mail.id, pauseMs);
    });
  }

  async function abandon(mail: ClaimedMail, code: string, tries: number): Promise<void> {
    const isGivenUp = await giveUp(db, mail, { errorCode: code, tries });
    if (isGivenUp) log.error('mail.given_up', { kind: mail.kind, code });
  }
}

function hopelessBecause({ attempt, firstTriedAt }: ClaimedMail): string | null {
  if (attempt > MOST_ATTEMPTS) return 'interrupted';
  const isOld = firstTriedAt !== null && Date.now() - firstTriedAt.getTime() > KNOWN_AGAIN_MS;
  return isOld ? 'mail_too_old' : null;
}

export type Notify = ReturnType<typeof makeNotify>;
