import {
  type AccountId,
  isId,
  type RevisionId,
  type RunId,
  type VideoId,
} from '../platform/ids.ts';
import type { Database, OpenDatabase } from '../platform/postgres/database.ts';
import { and, eq, sql } from '../platform/postgres/drizzle.ts';
import type { Failure } from './contract.ts';
import { type RunRow, runs, steps } from './schema.ts';

/** Queries for runs. */

/** Channel on which the id of an ended run is told. */
const RUN_ENDED = 'clipt_run_ended';

/** Steps in these states have ended for good. */
const ENDED = ['succeeded', 'failed', 'canceled'] as const;

export async function findActiveRun(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<RunRow | null> {
  const [run] = await db
    .select()
    .from(runs)
    .where(
      and(eq(runs.accountId, accountId), eq(runs.videoId, videoId), eq(runs.status, 'running')),
    );
  return run ?? null;
}

export async function findRun(
  db: Database,
  accountId: AccountId,
  id: RunId,
): Promise<RunRow | null> {
  const [run] = await db
    .select()
    .from(runs)
    .where(and(eq(runs.accountId, accountId), eq(runs.id, id)));
  return run ?? null;
}

/** Makes other writers of this run wait until the transaction ends. */
export async function lockRun(tx: Database, id: RunId): Promise<void> {
  await tx.select({ id: runs.id }).from(runs).where(eq(runs.id, id)).for('update');
}

/** A run by its id alone, for workers, which serve every account. */
export async function findRunForWork(db: Database, id: RunId): Promise<RunRow | null> {
  const [run] = await db.select().from(runs).where(eq(runs.id, id));
  return run ?? null;
}

export async function insertRun(
  tx: Database,
  run: {
    readonly id: RunId;
    readonly accountId: AccountId;
    readonly videoId: VideoId;
    readonly revisionId: RevisionId;
  },
): Promise<void> {
  await tx.insert(runs).values({ ...run, status: 'running' });
}

/** Ends a running run, and with it every step that has not ended; true for the one caller that did it. */
export async function endRun(
  tx: Database,
  id: RunId,
  end: { readonly status: 'succeeded' | 'failed' | 'canceled'; readonly error?: Failure },
): Promise<boolean> {
  const ended = await tx
    .update(runs)
    .set({
      status: end.status,
      error: end.error ?? null,
      finishedAt: sql`now()`,
      ...(end.status === 'succeeded' ? { progress: 1 } : {}),
    })
    .where(and(eq(runs.id, id), eq(runs.status, 'running')))
    .returning({ id: runs.id });
  if (ended.length === 0) return false;
  // Whoever works for this run, in whatever process, stops at once.
  await tx.execute(sql`select pg_notify(${RUN_ENDED}, ${id})`);
  await tx
    .update(steps)
    .set({ status: 'canceled', finishedAt: sql`now()`, workerId: null, leaseExpiresAt: null })
    .where(and(eq(steps.runId, id), sql`${steps.status} not in ${[...ENDED]}`));
  return true;
}

/** Tells of runs that end, whichever process ended them; call the result to stop. */
export async function listenForEndedRuns(
  database: Pick<OpenDatabase, 'listen'>,
  onEnded: (run: RunId) => void,
): Promise<() => Promise<void>> {
  return await database.listen(RUN_ENDED, {
    onMessage: (text) => {
      if (isId('run', text)) onEnded(text);
    },
  });
}

/** Stores a run's progress, which never falls. */
export async function raiseProgress(db: Database, id: RunId, progress: number): Promise<void> {
  await db
    .update(runs)
    .set({ progress: sql`greatest(${runs.progress}, ${progress})` })
    .where(and(eq(runs.id, id), eq(runs.status, 'running')));
}

/** Running runs in which no step is on its way: their last advance was interrupted. At most `limit`. */
export async function listStalledRuns(db: Database, limit: number): Promise<readonly RunId[]> {
  const stalled = await db
    .select({ id: runs.id })
    .from(runs)
    .where(
      and(
        eq(runs.status, 'running'),
        sql`not exists (select 1 from steps where steps.run_id = ${runs.id} and steps.status in ('ready', 'running', 'waiting'))`,
      ),
    )
    .limit(limit);
  return stalled.map((run) => run.id);
}
