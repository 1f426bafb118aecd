import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Which characters a font can draw, from its `cmap` table alone (OpenType 1.9, formats 4 and 12; every
 * font in use has one of the two). Only that table is read: an emoji font is 25 MB, its table 20 KB.
 * Throws an Error for a file that is no TrueType or OpenType font.
 */
export function readGlyphSet(file: string): GlyphSet {
  const table = readTable(file, 'cmap');
  const ranges = readRanges(table);
  return { has: (codePoint) => isWithin(ranges, codePoint) };
}

export type GlyphSet = { has(codePoint: number): boolean };

/** First and last code point of neighbours that all have a glyph. */
type Range = readonly [first: number, last: number];

/** No `cmap` comes near this; a larger claim is a broken file. */
const MAX_TABLE_BYTES = 8 << 20;

function readTable(file: string, wanted: string): DataView {
  const handle = openSync(file, 'r');
  try {
    const head = readBytes(handle, 0, 12);
    const records = readBytes(handle, 12, head.getUint16(4) * 16);
    for (let at = 0; at < records.byteLength; at += 16) {
      const tag = [0, 1, 2, 3].map((i) => String.fromCharCode(records.getUint8(at + i))).join('');
      if (tag !== wanted) continue;
      const length = records.getUint32(at + 12);
      if (length > MAX_TABLE_BYTES) break;
      return readBytes(handle, records.getUint32(at + 8), length);
    }
    throw new Error(`a font without a readable ${wanted} table`);
  } finally {
    closeSync(handle);
  }
}

function readBytes(handle: number, position: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  const read = readSync(handle, bytes, 0, length, position);
  if (read !== length) throw new Error('a font that ends within a table');
  return new DataView(bytes.buffer);
}

/** The ranges of the table's widest Unicode mapping, ascending. */
function readRanges(table: DataView): readonly Range[] {
  let best: { format: number; offset: number } | null = null;
  for (let i = 0; i < table.getUint16(2); i += 1) {
    const offset = table.getUint32(4 + i * 8 + 4);
    const format = table.getUint16(offset);
    if ((format === 4 || format === 12) && format > (best?.format ?? 0)) best = { format, offset };
  }
  if (best === null) throw new Error('a font without a Unicode cmap');
  const view = new DataView(table.buffer, best.offset);
  return best.format === 12 ? readFormat12(view) : readFormat4(view);
}

function readFormat12(view: DataView): readonly Range[] {
  const ranges: Range[] = [];
  for (let i = 0; i < view.getUint32(12); i += 1) {
    const at = 16 + i * 12;
    const first = view.getUint32(at);
    // Glyph 0 is the empty box that stands for "missing".
    const isMissing = view.getUint32(at + 8) === 0;
    ranges.push([isMissing ? first + 1 : first, view.getUint32(at + 4)]);
  }
  return ranges;
}

function readFormat4(view: DataView): readonly Range[] {
  const doubled = view.getUint16(6);
  const ranges: Range[] = [];
  for (let i = 0; i < doubled; i += 2) {
    const last = view.getUint16(14 + i);
    const first = view.getUint16(16 + doubled + i);
    const delta = view.getUint16(16 + 2 * doubled + i);
    const offsetAt = 16 + 3 * doubled + i;
    const offset = view.getUint16(offsetAt);
    for (let code = first; code <= last && code !== 0xffff; code += 1) {
      const listed = offset === 0 ? code : view.getUint16(offsetAt + offset + 2 * (code - first));
      const isMissing = offset !== 0 && listed === 0;
      if (!isMissing && ((listed + delta) & 0xffff) !== 0) ranges.push([code, code]);
    }
  }
  return ranges;
}

function isWithin(ranges: readonly Range[], codePoint: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] ?? [0, -1];
    if (codePoint < first) high = middle - 1;
    else if (codePoint > last) low = middle + 1;
    else return true;
  }
  return false;
}
