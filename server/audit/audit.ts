import type { Database } from '../platform/postgres/database.ts';
import { type AuditEntry, canonicalEntry } from './entry.ts';
import * as store from './store.ts';

export type { AuditEntry } from './entry.ts';

/** The record of what was done to accounts: one chain, in which nothing can be changed unseen. */
export function makeAudit() {
  return {
    /**
     * Puts on record what `tx` does; if that cannot be, `tx` does not commit. Call it anywhere in the transaction: the
     * entry joins the chain, and waits for its turn, as `tx` commits.
     */
    async write(tx: Database, entry: AuditEntry): Promise<void> {
      await store.handIn(tx, canonicalEntry(entry));
    },
  };
}

export type Audit = ReturnType<typeof makeAudit>;
