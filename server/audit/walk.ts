import type { Anchor } from './anchors.ts';
import { type Link, linkHash } from './chain.ts';

/** Where the chain begins: after the newest row that was taken away for its age; at row 0 while none was. */
export type Checkpoint = {
  readonly seq: number;
  /** When that row was written; null for row 0. */
  readonly at: Date | null;
  readonly hash: Buffer;
};

export type Row = Link & { readonly hash: Buffer };

/** What is wrong with the chain, and the rows it concerns, from the first to the last. */
export type Fault = {
  readonly kind: 'altered' | 'missing' | 'rewritten' | 'cut_off' | 'pruned_early';
  readonly seq: number;
  readonly lastSeq: number;
};

/**
 * Follows the chain from its checkpoint, row by row, comparing it with itself and with what was anchored elsewhere.
 * Anchors come in the order of their rows.
 */
export function beginWalk(checkpoint: Checkpoint, anchors: readonly Anchor[]) {
  let last: { readonly seq: number; readonly hash: Buffer } = checkpoint;
  /** Up to this row the chain is what was anchored. */
  let confirmedSeq = checkpoint.seq;
  let ahead = anchors.findIndex(({ seq }) => seq > checkpoint.seq);
  if (ahead < 0) ahead = anchors.length;

  return {
    /** What the checkpoint claims to have taken away that it may not have. */
    begin: (): Fault | null => faultOfCheckpoint(checkpoint, anchors.slice(0, ahead)),

    step(row: Row): Fault | null {
      const expected = last.seq + 1;
      if (row.seq > expected) return { kind: 'missing', seq: expected, lastSeq: row.seq - 1 };
      if (row.seq < expected || !linkHash(last.hash, row).equals(row.hash)) return altered(row.seq);
      for (let anchor = anchors[ahead]; anchor?.seq === row.seq; anchor = anchors[ahead]) {
        if (!agrees(anchor, { at: new Date(row.at), hash: row.hash })) {
          return { kind: 'rewritten', seq: confirmedSeq + 1, lastSeq: row.seq };
        }
        confirmedSeq = row.seq;
        ahead += 1;
      }
      last = row;
      return null;
    },

    /** What was anchored behind the last row. */
    end(): Fault | null {
      const newest = anchors.at(-1);
      if (!newest || newest.seq <= last.seq) return null;
      return { kind: 'cut_off', seq: last.seq + 1, lastSeq: newest.seq };
    },

    lastSeq: () => last.seq,
  };
}

/** Rows go from the oldest end: one anchored at a later time than the checkpoint's row cannot lie before it. */
function faultOfCheckpoint(
  { seq, at, hash }: Checkpoint,
  anchors: readonly Anchor[],
): Fault | null {
  const early = anchors.find((anchor) => at === null || anchor.at > at);
  if (early) return { kind: 'pruned_early', seq: early.seq, lastSeq: seq };
  const same = anchors.filter((anchor) => anchor.seq === seq);
  return same.every((anchor) => agrees(anchor, { at, hash })) ? null : altered(seq);
}

function altered(seq: number): Fault {
  return { kind: 'altered', seq, lastSeq: seq };
}

function agrees(anchor: Anchor, { at, hash }: Pick<Checkpoint, 'at' | 'hash'>): boolean {
  return anchor.hash === hash.toString('hex') && anchor.at.getTime() === at?.getTime();
}

/** One sentence that names the rows. */
export function sentenceOf({ kind, seq, lastSeq }: Fault): string {
  const one = seq === lastSeq;
  const rows = one ? `Row ${seq}` : `Rows ${seq} to ${lastSeq}`;
  switch (kind) {
    case 'altered':
      return `${rows} was altered, or is not where it was written.`;
    case 'missing':
      return `${rows} ${one ? 'is' : 'are'} missing.`;
    case 'rewritten':
      return `${rows} ${one ? 'is' : 'are'} not what was anchored.`;
    case 'cut_off':
      return `${rows} ${one ? 'is' : 'are'} missing from the end; the anchors tell of row ${lastSeq}.`;
    case 'pruned_early':
      return `${rows} ${one ? 'was' : 'were'} taken away before 18 months were over.`;
  }
}
