import type { Database } from '../platform/postgres/database.ts';
import { and, eq, inArray, sql } from '../platform/postgres/drizzle.ts';
import { workers } from './schema.ts';

/** Queries for the processes that run steps. */

export type WorkerIdentity = {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly processStarted: string;
};

export async function enrol(db: Database, worker: WorkerIdentity): Promise<void> {
  await db.insert(workers).values(worker).onConflictDoNothing();
}

export async function listWorkersOfHost(
  db: Database,
  host: string,
): Promise<readonly WorkerIdentity[]> {
  return await db
    .select({
      id: workers.id,
      host: workers.host,
      pid: workers.pid,
      processStarted: workers.processStarted,
    })
    .from(workers)
    .where(eq(workers.host, host));
}

export async function markSeen(db: Database, id: string): Promise<void> {
  await db.update(workers).set({ seenAt: sql`now()` }).where(eq(workers.id, id));
}

export async function dismiss(db: Database, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.delete(workers).where(inArray(workers.id, [...ids]));
}

/** Workers of other hosts are known to be gone once nobody has heard of them for this long. */
export async function dismissUnseen(db: Database, host: string, hours: number): Promise<void> {
  await db
    .delete(workers)
    .where(
      and(
        sql`${workers.host} <> ${host}`,
        sql`${workers.seenAt} < now() - make_interval(hours => ${hours})`,
      ),
    );
}
