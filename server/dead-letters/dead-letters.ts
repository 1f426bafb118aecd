import type { Audit, AuditEntry } from '../audit/audit.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { LetterKind } from './contract.ts';
import { DeadLetterNotFound } from './errors.ts';

/** Something that failed for good, or of which nobody knows; nothing of what it held, nor where it went. */
export type DeadLetter = {
  readonly id: string;
  /** Where it stands among those of every kind: 32 hex digits that grow with time. */
  readonly place: string;
  readonly kind: LetterKind;
  readonly what: string;
  readonly accountId: AccountId | null;
  readonly about: string | null;
  readonly code: string | null;
  readonly tries: number | null;
  readonly costMicroUsd: number | null;
  readonly canBeRetried: boolean;
  readonly createdAt: Date;
  readonly failedAt: Date;
};

/** Where letters of one kind are; each capability keeps its own. */
export type LetterSource = {
  readonly kind: LetterKind;
  /** How their ids begin. */
  readonly prefix: 'dlv' | 'eml' | 'job' | 'pur';
  /** Newest first, at most `limit`, behind that place. */
  list(page: {
    readonly before: string | null;
    readonly limit: number;
  }): Promise<readonly DeadLetter[]>;
  /**
   * Puts it on its way again with `tx`, once however many do so; whose it is. Null where there is no such letter any more;
   * rejects where another try would do harm or come to nothing, and says what to do instead.
   */
  retry(tx: Database, id: string): Promise<{ readonly accountId: AccountId | null } | null>;
};

export type RetriedLetter = { readonly id: string; readonly kind: LetterKind };

export type DeadLettersDeps = {
  readonly db: Database;
  readonly audit: Pick<Audit, 'write'>;
  readonly sources: readonly LetterSource[];
};

type Actor = AuditEntry['actor'];

/** What came to nothing, of every kind, and another try of it; each look and each try on record. */
export function makeDeadLetters({ db, audit, sources }: DeadLettersDeps) {
  return {
    /** Of one kind or of all, newest first: one more than `limit`, where there is one. `before` is the last place seen. */
    async list(
      actor: Actor,
      kind: LetterKind | null,
      { before, limit }: { readonly before: string | null; readonly limit: number },
    ): Promise<readonly DeadLetter[]> {
      const asked = sources.filter((source) => kind === null || source.kind === kind);
      const found = await Promise.all(
        asked.map((source) => source.list({ before, limit: limit + 1 })),
      );
      const detail = { record: 'dead_letters' };
      await audit.write(db, { action: 'support.record_read', actor, subject: null, detail });
      return found
        .flat()
        .toSorted((one, other) => (one.place < other.place ? 1 : -1))
        .slice(0, limit + 1);
    },

    /**
     * Another try, once however often it is asked for. `saved` runs in its transaction. Rejects with
     * `dead_letter_not_found`, also for one that was retried already, and with what the capability says against it.
     */
    async retry(
      actor: Actor,
      id: string,
      saved: (tx: Database, retried: RetriedLetter) => Promise<void> = async () => undefined,
    ): Promise<RetriedLetter> {
      const source = sources.find(({ prefix }) => id.startsWith(`${prefix}_`));
      if (!source) throw new DeadLetterNotFound();
      const { kind } = source;
      return await db.transaction(async (tx) => {
        const found = await source.retry(tx, id);
        if (!found) throw new DeadLetterNotFound();
        await audit.write(tx, {
          ...{ action: 'dead_letter.retried', actor, subject: found.accountId },
          ...{ target: id, detail: { kind } },
        });
        await saved(tx, { id, kind });
        return { id, kind };
      });
    },
  };
}

export type DeadLetters = ReturnType<typeof makeDeadLetters>;
