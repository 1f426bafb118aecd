import { setImmediate } from 'node:timers/promises';

/** Rows are steps of the reference, columns frames of the audio; the cost of their standing together. */
export type Costs = (row: number, column: number) => number;

/** The columns `from..to` (inclusive) that a row may stand at; neither ever falls from row to row. */
export type Band = { readonly from: Int32Array; readonly to: Int32Array };

const DIAGONAL = 0;
const NEXT_ROW = 1;
const NEXT_COLUMN = 2;
/** About 20 ms of work, after which the process hears its signals and timers again. */
const CELLS_A_TURN = 200_000;

/**
 * Dynamic time warping from the first row and column to the last, within a band: for every row the first
 * column it stands at on the cheapest path, and that path's cost. Memory is a byte for each cell of the band. Steps that
 * advance both count twice, so that the path's length does not depend on its shape.
 */
export async function warp(
  rows: number,
  columns: number,
  band: Band,
  costs: Costs,
  signal: AbortSignal,
): Promise<{ readonly firstColumns: Int32Array; readonly cost: number }> {
  const moves: Uint8Array[] = [];
  let above = new Float64Array(0);
  let aboveFrom = 0;
  let cells = 0;
  for (let row = 0; row < rows; row += 1) {
    const from = band.from[row] ?? 0;
    const width = (band.to[row] ?? columns - 1) - from + 1;
    const current = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    const move = new Uint8Array(width);
    for (let at = 0; at < width; at += 1) {
      const column = from + at;
      const cost = costs(row, column);
      if (row === 0 && column === 0) {
        current[at] = cost;
        continue;
      }
      const up = above[column - aboveFrom] ?? Number.POSITIVE_INFINITY;
      const corner = above[column - aboveFrom - 1] ?? Number.POSITIVE_INFINITY;
      const left = at > 0 ? (current[at - 1] ?? 0) : Number.POSITIVE_INFINITY;
      let best = corner + 2 * cost;
      if (up + cost < best) {
        best = up + cost;
        move[at] = NEXT_ROW;
      }
      if (left + cost < best) {
        best = left + cost;
        move[at] = NEXT_COLUMN;
      }
      current[at] = best;
    }
    moves.push(move);
    cells += width;
    if (cells >= CELLS_A_TURN) {
      await setImmediate();
      signal.throwIfAborted();
      cells = 0;
    }
    above = current;
    aboveFrom = from;
  }
  const cost = above.at(-1) ?? Number.POSITIVE_INFINITY;
  return { firstColumns: readPath(moves, band, rows, columns), cost };
}

function readPath(
  moves: readonly Uint8Array[],
  band: Band,
  rows: number,
  columns: number,
): Int32Array {
  const firstColumns = new Int32Array(rows);
  let row = rows - 1;
  let column = columns - 1;
  while (row > 0 || column > 0) {
    firstColumns[row] = column;
    const move = row === 0 ? NEXT_COLUMN : moves[row]?.[column - (band.from[row] ?? 0)];
    if (move !== NEXT_COLUMN) row -= 1;
    if (move === NEXT_COLUMN || move === DIAGONAL) column = Math.max(0, column - 1);
  }
  firstColumns[0] = 0;
  return firstColumns;
}
