import { z } from 'zod';
import type { Database } from '../postgres/database.ts';
import { sql } from '../postgres/drizzle.ts';
import { deadLetterName } from './queue-definition.ts';

/** A job that failed for good. */
export type DeadLetter = {
  readonly id: string;
  /** Where it stands among all: 32 hex digits that grow with time. */
  readonly place: string;
  /** The queue that it failed in. */
  readonly queue: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly failedAt: Date;
  /** Code of the last failure. */
  readonly code: string | null;
};

const letterRow = z.object({
  id: z.uuid(),
  place: z.string(),
  queue: z.string(),
  payload: z.unknown(),
  attempts: z.number().int(),
  failed_at: z.coerce.date(),
  code: z.string().nullable(),
});

/** Those of the queues that nobody has put back, newest first, at most `limit`, behind that place. */
export async function listDeadLetters(
  db: Database,
  queues: readonly string[],
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<readonly DeadLetter[]> {
  const { rows } = await db.execute(sql`
    select * from (
      select id, source_name as queue, data as payload, coalesce(source_retry_count, 0) + 1 as attempts,
        created_on as failed_at, source_output ->> 'code' as code,
        lpad(to_hex((extract(epoch from created_on) * 1000)::bigint), 12, '0')
          || left(replace(id::text, '-', ''), 20) as place
      from pgboss.job where ${isDead(queues)}) letters
    where ${before}::text is null or place < ${before}
    order by place desc limit ${limit}`);
  return rows.map((row) => {
    const { failed_at: failedAt, ...rest } = letterRow.parse(row);
    return { ...rest, failedAt };
  });
}

/** The queue it failed in; null for one that was put back, or never was. */
export async function findQueueOf(
  db: Database,
  queues: readonly string[],
  id: string,
): Promise<string | null> {
  const { rows } = await db.execute(sql`
    select source_name as queue from pgboss.job where ${isDead(queues)} and id = ${id}::uuid`);
  const [row] = rows;
  return row === undefined ? null : z.object({ queue: z.string() }).parse(row).queue;
}

function isDead(queues: readonly string[]) {
  const names = sql.join(
    queues.map((name) => sql`${deadLetterName(name)}`),
    sql`, `,
  );
  return sql`name in (${names}) and source_name is not null and state < 'active'`;
}
