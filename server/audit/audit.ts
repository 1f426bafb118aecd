import type { AccountId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import { type Anchor, anchorKey, listAnchors, putAnchor } from './anchors.ts';
import { type AuditEntry, canonicalEntry } from './entry.ts';
import { AuditChainBroken } from './errors.ts';
import { type AuditRecord, recordOf, type StaffAccess, staffAccessOf } from './record.ts';
import * as store from './store.ts';
import { beginWalk, type Fault, sentenceOf } from './walk.ts';

export type { AuditEntry } from './entry.ts';
export type { AuditRecord } from './record.ts';
export { removeAsOldAsRecord } from './retention.ts';
export type { EntryFilter as AuditFilter } from './store.ts';

export type AuditDeps = {
  readonly db: Database;
  /** Holds the anchors, below `audit/`. */
  readonly objects: ObjectStore;
  readonly log: Log;
};

/** What became of a check of the whole chain. */
export type Verification = {
  /** Null when every row is as it was written. */
  readonly fault: (Fault & { readonly sentence: string }) | null;
  /** Rows that were followed, up to the fault. */
  readonly rows: number;
  /** The newest row that was taken away for its age; 0 for none. */
  readonly checkpointSeq: number;
  /** The last row that was followed. */
  readonly lastSeq: number;
  readonly anchors: number;
  readonly newestAnchor: Anchor | null;
};

const PRUNED_AT_ONCE = 1_000;
const MOST_BATCHES = 20;

/** The record of what was done to accounts: one chain, in which nothing can be changed unseen. */
export function makeAudit({ db, objects, log }: AuditDeps) {
  return {
    /**
     * Puts on record what `tx` does; if that cannot be, `tx` does not commit. Call it anywhere in the transaction: the
     * entry joins the chain, and waits for its turn, as `tx` commits.
     */
    async write(tx: Database, entry: AuditEntry): Promise<void> {
      await store.handIn(tx, canonicalEntry(entry));
    },

    /** The record, newest first, for who may see it: one more than `limit`, where there is one. */
    async page(filter: store.EntryFilter, wish: store.PageWish): Promise<readonly AuditRecord[]> {
      return (await store.listEntries(db, filter, wish)).map(recordOf);
    },

    /** What staff did to this account, newest first: one more than `limit`, where there is one. */
    async listStaffAccess(
      accountId: AccountId,
      wish: store.PageWish,
    ): Promise<readonly StaffAccess[]> {
      return (await store.listByStaff(db, accountId, wish)).map(staffAccessOf);
    },

    /** Follows the whole chain, as it is at one moment, and compares it with every anchor. */
    async verify(): Promise<Verification> {
      // Before the rows: what is anchored by then is among them.
      const anchors = await listAnchors(objects);
      return await db.transaction((tx) => follow(tx, anchors), {
        isolationLevel: 'repeatable read',
        accessMode: 'read only',
      });
    },

    checkHead,
    anchor,

    /** Anchors the chain once some row has waited for that for a day, and prunes. Several processes may. */
    async care(): Promise<void> {
      const newest = (await listAnchors(objects)).at(-1);
      if (await store.hasWaitedADay(db, newest?.seq ?? 0)) await anchor();
      await prune();
    },

    prune,

    /** What keeps our database user from the rows, apart from the triggers. */
    keeper: () => store.readKeeper(db),
  };

  /** A quick look: the newest row, the newest anchor, and whether the anchored row is still what it was. */
  async function checkHead() {
    const newestAnchor = (await listAnchors(objects)).at(-1) ?? null;
    const head = await store.readHead(db);
    const fault = newestAnchor && (await faultAt(newestAnchor, head?.seq ?? 0));
    return { headSeq: head?.seq ?? 0, newestAnchor, fault: fault && described(fault) };
  }

  async function faultAt({ seq, hash }: Anchor, headSeq: number): Promise<Fault | null> {
    if (seq > headSeq) return { kind: 'cut_off', seq: headSeq + 1, lastSeq: seq };
    const found = await store.readHash(db, seq);
    if (found?.toString('hex') === hash) return null;
    if (found) return { kind: 'rewritten', seq, lastSeq: seq };
    // Whether it went for its age is for the whole check to say.
    const { seq: prunedSeq } = await store.readCheckpoint(db);
    return seq > prunedSeq ? { kind: 'missing', seq, lastSeq: seq } : null;
  }

  /**
   * Writes the newest row's number and hash into the object store and the log; null while there is no row. Rejects with
   * `audit_chain_broken` when the row anchored last is not what it was.
   */
  async function anchor(): Promise<Anchor | null> {
    const { fault } = await checkHead();
    if (fault) {
      log.error('audit.chain_broken', { seq: fault.seq, kind: fault.kind });
      throw new AuditChainBroken(fault.sentence);
    }
    const head = await store.readHead(db);
    if (!head) return null;
    const made = { seq: head.seq, at: head.at, hash: head.hash.toString('hex') };
    await putAnchor(objects, made);
    log.info('audit.anchored', { seq: made.seq, hash: made.hash });
    return made;
  }

  /** Takes away what is 18 calendar months old, from the oldest end, with the anchors of it; how many rows. */
  async function prune(): Promise<number> {
    let pruned = 0;
    for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
      const count = await store.prune(db, PRUNED_AT_ONCE);
      pruned += count;
      if (count < PRUNED_AT_ONCE) break;
    }
    if (pruned === 0) return 0;
    const { seq, at, hash } = await store.readCheckpoint(db);
    log.info('audit.pruned', { count: pruned, seq, hash: hash.toString('hex') });
    for (const old of await listAnchors(objects)) {
      // One that contradicts the checkpoint stays, to be found.
      if (old.seq < seq && at !== null && old.at <= at) await objects.delete(anchorKey(old));
    }
    return pruned;
  }
}

export type Audit = ReturnType<typeof makeAudit>;

async function follow(tx: Database, anchors: readonly Anchor[]): Promise<Verification> {
  const checkpoint = await store.readCheckpoint(tx);
  const walk = beginWalk(checkpoint, anchors);
  let rows = 0;
  const result = (fault: Fault | null): Verification => ({
    fault: fault && described(fault),
    rows,
    checkpointSeq: checkpoint.seq,
    lastSeq: walk.lastSeq(),
    anchors: anchors.length,
    newestAnchor: anchors.at(-1) ?? null,
  });
  const early = { kind: 'pruned_early', seq: checkpoint.seq, lastSeq: checkpoint.seq } as const;
  const first = checkpoint.due ? walk.begin() : early;
  if (first) return result(first);
  for await (const row of store.readRows(tx)) {
    const fault = walk.step(row);
    if (fault) return result(fault);
    rows += 1;
  }
  return result(walk.end());
}

function described(fault: Fault) {
  return { ...fault, sentence: sentenceOf(fault) };
}
