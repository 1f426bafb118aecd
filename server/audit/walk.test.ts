import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Anchor } from './anchors.ts';
import { linkHash } from './chain.ts';
import { beginWalk, type Checkpoint, type Fault, type Row } from './walk.ts';

const GENESIS: Checkpoint = { seq: 0, at: null, hash: Buffer.alloc(32) };

function chainOf(words: readonly string[], after = GENESIS): Row[] {
  const rows: Row[] = [];
  for (const [index, word] of words.entries()) {
    const seq = after.seq + index + 1;
    const link = { seq, at: new Date(seq * 1_000).toISOString(), entry: JSON.stringify({ word }) };
    rows.push({ ...link, hash: linkHash(rows.at(-1)?.hash ?? after.hash, link) });
  }
  return rows;
}

const anchorAt = ({ seq, at, hash }: Row): Anchor => ({
  ...{ seq, at: new Date(at), hash: hash.toString('hex') },
});

function walk(rows: readonly Row[], anchors: readonly Anchor[] = [], from = GENESIS): Fault | null {
  const it = beginWalk(from, anchors);
  const first = it.begin();
  if (first) return first;
  for (const row of rows) {
    const fault = it.step(row);
    if (fault) return fault;
  }
  return it.end();
}

const words = fc.array(fc.string({ maxLength: 8 }), { minLength: 3, maxLength: 30 });
const spot = fc.nat(1_000);

test('a chain as it was written, with any of its rows anchored, has no fault', () => {
  fc.assert(
    fc.property(words, fc.array(spot), (given, spots) => {
      const rows = chainOf(given);
      const wanted = new Set(spots.map((it) => it % rows.length));
      const anchors = rows.filter((_, index) => wanted.has(index)).map(anchorAt);
      expect(walk(rows, anchors)).toBeNull();
    }),
  );
});

test('one row with another content, time or hash is named', () => {
  const change = fc.constantFrom('entry', 'at', 'hash');
  fc.assert(
    fc.property(words, spot, change, (given, where, what) => {
      const rows = chainOf(given);
      const index = where % rows.length;
      const forged = rows.map((row, at) => {
        if (at !== index) return row;
        if (what === 'entry') return { ...row, entry: '{"word":"never said before"}' };
        if (what === 'at') return { ...row, at: new Date(5).toISOString() };
        return { ...row, hash: Buffer.alloc(32, 7) };
      });
      const seq = index + 1;
      expect(walk(forged)).toEqual({ kind: 'altered', seq, lastSeq: seq });
    }),
  );
});

test('rows that are gone from the middle are named, from the first to the last', () => {
  fc.assert(
    fc.property(words, spot, spot, (given, where, many) => {
      const rows = chainOf(given);
      const from = where % (rows.length - 1);
      const count = 1 + (many % (rows.length - 1 - from));
      const rest = rows.toSpliced(from, count);
      expect(walk(rest)).toEqual({ kind: 'missing', seq: from + 1, lastSeq: from + count });
    }),
  );
});

test('of rows whose contents changed places, the first is named', () => {
  fc.assert(
    fc.property(words, spot, spot, (given, a, b) => {
      const rows = chainOf(given);
      const [low = 0, high = 0] = [a % rows.length, b % rows.length].sort((x, y) => x - y);
      fc.pre(low !== high);
      const moved = (from: number, to: number): Row => ({
        ...(rows[from] ?? never()),
        seq: to + 1,
      });
      const turned = rows.with(low, moved(high, low)).with(high, moved(low, high));
      expect(walk(turned)).toEqual({ kind: 'altered', seq: low + 1, lastSeq: low + 1 });
    }),
  );
});

test('a tail that is gone is named as far as it was anchored', () => {
  fc.assert(
    fc.property(words, spot, (given, where) => {
      const rows = chainOf(given);
      const left = where % rows.length;
      const anchors = rows.slice(-1).map(anchorAt);
      const fault = { kind: 'cut_off', seq: left + 1, lastSeq: rows.length };
      expect(walk(rows.slice(0, left), anchors)).toEqual(fault);
    }),
  );
});

test('a chain written anew from some row on is named between the last anchor that fits and the first that does not', () => {
  fc.assert(
    fc.property(words, spot, (given, where) => {
      const rows = chainOf(given);
      const index = where % rows.length;
      const forged = chainOf(given.with(index, 'never said before'));
      const anchors = rows.map(anchorAt);
      const seq = index + 1;
      expect(walk(forged, anchors)).toEqual({ kind: 'rewritten', seq, lastSeq: seq });
      const sparse = [anchors[0], anchors.at(-1)].flatMap((it) => it ?? []);
      const first = index === 0 ? 1 : 2;
      const last = index === 0 ? 1 : rows.length;
      expect(walk(forged, sparse)).toEqual({ kind: 'rewritten', seq: first, lastSeq: last });
    }),
  );
});

test('after a prune the chain goes on from its checkpoint, and a false checkpoint is found', () => {
  fc.assert(
    fc.property(words, spot, (given, where) => {
      const rows = chainOf(given);
      const cut = rows[where % (rows.length - 1)] ?? never();
      const from = { seq: cut.seq, at: new Date(cut.at), hash: cut.hash };
      const rest = rows.slice(cut.seq);
      const anchors = rows.map(anchorAt);
      expect(walk(rest, anchors, from)).toBeNull();
      expect(walk(rest, anchors, { ...from, hash: Buffer.alloc(32, 7) })?.kind).toBe('altered');
      // Claims to be older than a row before it that was anchored.
      const older = { ...from, at: new Date(0) };
      const fault = { kind: 'pruned_early', seq: 1, lastSeq: cut.seq };
      expect(walk(rest, anchors, older)).toEqual(fault);
      // Without anchors, the next row tells.
      const other = { ...from, hash: Buffer.alloc(32, 7) };
      const next = { kind: 'altered', seq: cut.seq + 1, lastSeq: cut.seq + 1 };
      expect(walk(rest, [], other)).toEqual(next);
    }),
  );
});

test('a row that stands before the checkpoint is named', () => {
  const rows = chainOf(['a', 'b', 'c']);
  const from = { seq: 2, at: new Date(2_000), hash: rows[1]?.hash ?? never() };
  expect(walk(rows, [], from)).toEqual({ kind: 'altered', seq: 1, lastSeq: 1 });
});

function never(): never {
  throw new Error('There is no such row.');
}
