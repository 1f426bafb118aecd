import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Log } from '../log.ts';
import { asDatabaseProblem, type Database } from '../postgres/database.ts';
import { sql } from '../postgres/drizzle.ts';

/** How long a job whose delay is over, or whose notification was lost, may go unseen while a slot is idle. */
const LOOK_MS = 500;

/** The workers of one queue in this process. */
export type Watcher = {
  readonly queue: string;
  /** False while none of them could take a job. */
  isIdle(): boolean;
  /** Called when a job of the queue is due. */
  wake(): void;
};

export type Lookout = {
  add(watcher: Watcher): void;
};

const nameRow = z.object({ name: z.string() });

/**
 * Looks for the jobs that no notification announces, for all queues of the process with one query that changes nothing,
 * so that a process at rest costs two small queries a second whatever the number of its queues and slots.
 */
export function openLookout(
  { db, log }: { readonly db: Database; readonly log: Log },
  closing: AbortSignal,
): Lookout {
  const watchers: Watcher[] = [];
  void keepLooking();

  return {
    add(watcher) {
      watchers.push(watcher);
    },
  };

  async function keepLooking(): Promise<void> {
    while (!closing.aborted) {
      await look().catch((error) => {
        // The next look may succeed, and every slot asks for itself now and then.
        log.debug('queue look failed', { code: asDatabaseProblem(error).code });
      });
      await delay(LOOK_MS, undefined, { signal: closing, ref: false }).catch(() => undefined);
    }
  }

  async function look(): Promise<void> {
    const idle = watchers.filter((watcher) => watcher.isIdle());
    if (idle.length === 0) return;
    const due = await listDueQueues(
      db,
      idle.map(({ queue }) => queue),
    );
    for (const watcher of idle) if (due.has(watcher.queue)) watcher.wake();
  }
}

/** Those of the queues that have a job to be taken now. */
async function listDueQueues(
  db: Database,
  queues: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.execute(sql`
    select name from unnest(${sql.param([...queues])}::text[]) as watched (name) where exists (
      select 1 from pgboss.job where job.name = watched.name
        and job.state < 'active' and not job.blocked and job.start_after <= now())`);
  return new Set(rows.map((row) => nameRow.parse(row).name));
}
