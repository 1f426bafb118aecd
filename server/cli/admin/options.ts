import { z } from 'zod';
import type { StaffActor } from '../../support/desk.ts';
import { UsageError } from '../exit.ts';

/** Whoever runs commands here goes on record as the operator. */
export const OPERATOR: StaffActor = { kind: 'operator', accountId: null };

export const listOptions = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  before: z.string().optional(),
  json: z.boolean().default(false),
});

/** The options as the schema has them; names the first that is wrong. */
export function readOptions<Schema extends z.ZodType>(schema: Schema, raw: unknown) {
  const read = schema.safeParse(raw);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const name = issue?.path.map(String).join('.') ?? '';
  throw new UsageError(`--${name} is not as it has to be: ${issue?.message}`);
}

/** A page of a list, and how the next one is asked for. `rows` may be one more than `limit`. */
export function printPage<Row>(
  rows: readonly Row[],
  { limit, json }: Pick<z.infer<typeof listOptions>, 'limit' | 'json'>,
  {
    idOf,
    present,
    describe,
  }: {
    readonly idOf: (row: Row) => string;
    readonly present: (row: Row) => unknown;
    readonly describe: (row: Row) => string;
  },
): void {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? idOf(last) : null;
  if (json) {
    print(JSON.stringify({ data: shown.map(present), next_before: next }));
    return;
  }
  if (shown.length === 0) print('There is none.');
  for (const row of shown) print(describe(row));
  if (next !== null) process.stderr.write(`There is more: add --before ${next}\n`);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
