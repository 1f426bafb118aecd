import {
  type AccountQuery,
  type AccountRow,
  findAccount,
  searchAccounts,
} from '../accounts/accounts.ts';
import { AccountNotFound } from '../accounts/errors.ts';
import type { Audit, AuditEntry, AuditFilter, AuditRecord } from '../audit/audit.ts';
import type { Keys } from '../keys/keys.ts';
import { listMatches } from '../moderation/moderation.ts';
import type { MatchRow } from '../moderation/schema.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TwoFactor } from '../two-factor/two-factor.ts';
import type { Videos } from '../videos/videos.ts';
import { makeFingerprint } from './fingerprint.ts';

/** Who of those who run the installation: staff in their browser, or whoever runs its commands. */
export type StaffActor =
  | { readonly kind: 'admin'; readonly accountId: AccountId }
  | { readonly kind: 'operator'; readonly accountId: null };

export type DeskDeps = {
  readonly db: Database;
  /** The installation's: what was looked for goes on record under the first. */
  readonly secrets: readonly string[];
  readonly audit: Pick<Audit, 'write' | 'page'>;
  readonly standing: { isNamedStaff(account: AccountRow): boolean };
  readonly videos: Pick<Videos, 'count'>;
  readonly keys: Pick<Keys, 'count'>;
  readonly sessions: Pick<Sessions, 'count'>;
  readonly twoFactor: Pick<TwoFactor, 'state'>;
};

/** Which part of a list: one more than `limit` is given, where there is one; `before` is the last id that was seen. */
export type PageWish = { readonly before: string | null; readonly limit: number };

export type FoundAccount = { readonly row: AccountRow; readonly isNamedStaff: boolean };

export type ViewedAccount = FoundAccount & {
  /** Since when two-factor is on; null while it is off. */
  readonly twoFactorSince: Date | null;
  readonly counts: { readonly videos: number; readonly keys: number; readonly sessions: number };
};

/** What staff can see of accounts and of the records, each look on record before it is answered. */
export function makeDesk({ db, secrets, audit, standing, ...deps }: DeskDeps) {
  const fingerprint = makeFingerprint(secrets);
  const known = (row: AccountRow) => ({ row, isNamedStaff: standing.isNamedStaff(row) });

  return {
    /** Accounts by id or by how their address begins, newest first. What was typed goes on record as its fingerprint. */
    async search(
      by: StaffActor,
      query: AccountQuery,
      page: PageWish,
    ): Promise<readonly FoundAccount[]> {
      const found = await searchAccounts(db, query, page);
      const isById = query.by === 'id';
      await note(by, {
        action: 'support.accounts_searched',
        subject: isById ? (found[0]?.id ?? null) : null,
        detail: {
          ...{ by: query.by, found: Math.min(found.length, page.limit) },
          ...(isById ? {} : describe(query.prefix)),
        },
      });
      return found.map(known);
    },

    /** What there is of an account, without anything that its person made. Rejects with `account_not_found`. */
    async view(by: StaffActor, accountId: AccountId): Promise<ViewedAccount> {
      const row = await findAccount(db, accountId);
      if (!row) throw new AccountNotFound();
      const [{ enabledAt }, videos, keys, sessions] = await Promise.all([
        deps.twoFactor.state(accountId),
        deps.videos.count(accountId),
        deps.keys.count(accountId),
        deps.sessions.count(accountId),
      ]);
      await note(by, { action: 'support.account_viewed', subject: accountId });
      return { ...known(row), twoFactorSince: enabledAt, counts: { videos, keys, sessions } };
    },

    /** The audit record, newest first. */
    async readAudit(
      by: StaffActor,
      filter: AuditFilter,
      page: PageWish,
    ): Promise<readonly AuditRecord[]> {
      const found = await audit.page(filter, page);
      await noteReading(by, 'audit', filter.subject ?? filter.actor ?? null);
      return found;
    },

    /** What moderation refused, newest first: rules and categories, never a text. */
    async readModeration(
      by: StaffActor,
      accountId: AccountId | null,
      { before, limit }: PageWish,
    ): Promise<readonly MatchRow[]> {
      const found = await listMatches(db, { accountId, before, limit: limit + 1 });
      await noteReading(by, 'moderation', accountId);
      return found;
    },
  };

  async function noteReading(by: StaffActor, record: string, subject: AccountId | null) {
    await note(by, { action: 'support.record_read', subject, detail: { record } });
  }

  async function note(actor: StaffActor, entry: Omit<AuditEntry, 'actor'>): Promise<void> {
    await audit.write(db, { ...entry, actor });
  }

  function describe(text: string) {
    return { chars: text.length, fingerprint: fingerprint(text) };
  }
}

export type Desk = ReturnType<typeof makeDesk>;
