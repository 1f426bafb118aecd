import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { AccountId } from '../platform/ids.ts';
import { MEDIA_FOLDER } from './contract.ts';
import { ImportRefused, ImportTooLarge } from './errors.ts';
import { hasItsForm } from './import-forms.ts';
import type { OwnedTable } from './registry.ts';

/** What an archive says is judged here, line by line, before any of it is believed: anybody can write an archive. */

export type Row = Readonly<Record<string, unknown>>;

const rowSchema = z.record(z.string(), z.unknown());

const LONGEST_LINE_BYTES = 8 * 1024 * 1024;
const MOST_DEPTH = 64;
const ID = /^[a-z]{3}_[0-9a-f]{32}$/;
const IDS = /[a-z]{3}_[0-9a-f]{32}/g;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;

/** The lines of a file of an archive. */
export async function* readLines(file: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = Buffer.alloc(0);
  for await (const chunk of file) {
    let from = 0;
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield decode(bytes.subarray(from, end));
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > LONGEST_LINE_BYTES) throw new ImportTooLarge();
  }
  if (rest.length > 0) throw new ImportRefused('a table is cut off');

  function decode(line: Buffer): string {
    try {
      return decoder.decode(line);
    } catch {
      throw new ImportRefused('a line is not UTF-8');
    }
  }
}

/**
 * A line as a row of the table, its values judged: no columns but exported ones, ids and times in their form, JSON in the
 * form that it is read in, and no stored file named but those `isThere` knows.
 */
export function parseRow(table: OwnedTable, line: string, isThere: (name: string) => boolean): Row {
  const row = parseJson(line);
  for (const [column, value] of Object.entries(row)) {
    const fault = faultOf(table, column, value, isThere);
    if (fault !== null) throw new ImportRefused(`${table.name}.${column} ${fault}`);
  }
  const missing = table.primaryKey.filter(
    (column) => column !== table.owner.column && !(column in row),
  );
  if (missing.length > 0) throw new ImportRefused(`${table.name} has a row without its key`);
  return row;
}

function parseJson(line: string): Row {
  try {
    return rowSchema.parse(JSON.parse(line));
  } catch {
    throw new ImportRefused('a line is no JSON object');
  }
}

function faultOf(
  table: OwnedTable,
  column: string,
  value: unknown,
  isThere: (name: string) => boolean,
): string | null {
  if (!table.export.includes(column)) return 'is not known here';
  if (!isPlain(value, MOST_DEPTH)) return 'holds what cannot be stored';
  if (value === null) return null;
  if (isIdColumn(column) && !(typeof value === 'string' && ID.test(value))) return 'is no id';
  if (column.endsWith('_at') && !(typeof value === 'string' && TIME.test(value)))
    return 'is no time';
  if (!hasItsForm(`${table.name}.${column}`, value)) return 'does not have its form';
  const names = table.objects.includes(column) ? keysIn(value) : [];
  if (names.some((name) => !isThere(name))) return 'names a file that is not in the archive';
  if (!table.storageKeys.includes(column)) return null;
  return isFolder(value) ? null : 'names no folder of the archive';
}

function isIdColumn(column: string): boolean {
  return column === 'id' || column.endsWith('_id');
}

function isFolder(value: unknown): boolean {
  return typeof value === 'string' && /^media\/[A-Za-z0-9_-]+$/.test(value);
}

/** Text that Postgres takes, numbers that JSON has, and not nested without end. */
function isPlain(value: unknown, depthLeft: number): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  if (depthLeft === 0) return false;
  return Object.entries(value).every(
    ([name, inner]) => isPlain(name, depthLeft) && isPlain(inner, depthLeft - 1),
  );
}

/** The stored files that a JSON value names, at any depth. */
export function keysIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'key' && typeof inner === 'string' ? [inner] : keysIn(inner),
  );
}

/** The row as it is written for an account: stored files below its own prefix. */
export function withStorageKeys(table: OwnedTable, row: Row, storagePrefix: string): Row {
  const own = (name: string) => `${storagePrefix}/${name.slice(MEDIA_FOLDER.length)}`;
  const moved = Object.entries(row).map(([column, value]) => {
    if (table.objects.includes(column)) return [column, moveKeys(value)];
    const isKey = table.storageKeys.includes(column) && typeof value === 'string';
    return [column, isKey ? own(value) : value];
  });
  return rowSchema.parse(Object.fromEntries(moved));

  function moveKeys(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(moveKeys);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        name === 'key' && typeof inner === 'string' ? own(inner) : moveKeys(inner),
      ]),
    );
  }
}

/** Gives a text of an archive the ids of another account: each id that the archive itself defines, wherever it stands. */
export function renameIds(
  text: string,
  defined: ReadonlySet<string>,
  accountId: AccountId,
): string {
  return text.replaceAll(IDS, (id) => (defined.has(id) ? newIdFor(id, accountId) : id));
}

/** The same for the same id and account, so that a second import finds what the first brought. Sorted by time as before. */
export function newIdFor(id: string, accountId: AccountId): string {
  const hash = createHash('sha256').update(`${accountId} ${id}`).digest('hex');
  const prefixAndTime = id.slice(0, 'vid_'.length + 12);
  return prefixAndTime + hash.slice(0, 20);
}

/** Row ids and scene ids: what an archive defines. */
export function idsOf(table: OwnedTable, row: Row): readonly string[] {
  const ids = [row['id'], table.name === 'scenes' ? row['scene_id'] : null];
  return ids.filter((id) => typeof id === 'string');
}

/** What was under way goes on nowhere else: it comes as stopped, or, where nothing came of it yet, not at all (null). */
export function settle(table: OwnedTable, row: Row, at: string): Row | null {
  const status = row['status'];
  if (typeof status !== 'string' || !UNDER_WAY[table.name]?.includes(status)) return row;
  switch (table.name) {
    case 'runs':
    case 'steps':
      return { ...row, status: 'canceled', finished_at: at };
    case 'takes':
      return { ...row, status: 'canceled' };
    case 'purchases':
      return { ...row, status: 'released', ended_at: at };
    default:
      return null;
  }
}

const UNDER_WAY: Readonly<Record<string, readonly string[]>> = {
  runs: ['queued', 'running'],
  steps: ['pending', 'ready', 'running', 'waiting'],
  takes: ['intended', 'ordering', 'filming'],
  purchases: ['held'],
  uploads: ['created', 'processing'],
  transcripts: ['queued', 'running'],
};
