import {
  type AccountId,
  isId,
  type RevisionId,
  type RunId,
  type VideoId,
} from '../platform/ids.ts';
import type { Database, OpenDatabase } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, inArray, sql } from '../platform/postgres/drizzle.ts';
import type { Failure } from './contract.ts';
import { type RunRow, runs, steps } from './schema.ts';

/** Queries for runs. */

/** Channel on which the id of an ended run is told. */
const RUN_ENDED = 'clipt_run_ended';

/** Steps in these states have ended for good. */
const ENDED = ['succeeded', 'failed', 'canceled'] as const;

/** A run that has not ended: queued or running. */
const OPEN = ['queued', 'running'] as const;

/** The video's open run, if it has one. */
export async function findOpenRun(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<RunRow | null> {
  const [run] = await db
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.accountId, accountId),
        eq(runs.videoId, videoId),
        inArray(runs.status, [...OPEN]),
      ),
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

/** The newest run of a revision. */
export async function findLatestRun(
  db: Database,
  accountId: AccountId,
  revisionId: RevisionId,
): Promise<RunRow | null> {
  const [run] = await db
    .select()
    .from(runs)
    .where(and(eq(runs.accountId, accountId), eq(runs.revisionId, revisionId)))
    .orderBy(desc(runs.id))
    .limit(1);
  return run ?? null;
}

/** How many of the account's runs were queued before this one. */
export async function countQueuedBefore(db: Database, run: RunRow): Promise<number> {
  return await db.$count(
    runs,
    and(eq(runs.accountId, run.accountId), eq(runs.status, 'queued'), sql`${runs.id} < ${run.id}`),
  );
}

/** Makes other writers of this run wait until the transaction ends; false when the run has ended. */
export async function lockOpenRun(tx: Database, id: RunId): Promise<boolean> {
  const locked = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.id, id), inArray(runs.status, [...OPEN])))
    .for('no key update');
  return locked.length === 1;
}

/** Every open run of the account, those first that have not begun. */
export async function listOpenRuns(
  tx: Database,
  accountId: AccountId,
): Promise<readonly Pick<RunRow, 'id' | 'accountId'>[]> {
  return await tx
    .select({ id: runs.id, accountId: runs.accountId })
    .from(runs)
    .where(and(eq(runs.accountId, accountId), inArray(runs.status, [...OPEN])))
    .orderBy(asc(runs.status), asc(runs.id));
}

export async function countRunning(tx: Database, accountId: AccountId): Promise<number> {
  return await tx.$count(runs, and(eq(runs.accountId, accountId), eq(runs.status, 'running')));
}

/** queued → running for the oldest runs of the account, `count` at most. */
export async function beginQueued(
  tx: Database,
  accountId: AccountId,
  count: number,
): Promise<readonly Pick<RunRow, 'id' | 'accountId' | 'videoId'>[]> {
  if (count <= 0) return [];
  const next = tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.accountId, accountId), eq(runs.status, 'queued')))
    .orderBy(asc(runs.id))
    .limit(count)
    .for('no key update', { skipLocked: true });
  return await tx
    .update(runs)
    .set({ status: 'running', startedAt: sql`now()` })
    .where(and(inArray(runs.id, next), eq(runs.status, 'queued')))
    .returning({ id: runs.id, accountId: runs.accountId, videoId: runs.videoId });
}

/** Accounts with queued runs, at most `limit`: their last admission may have been interrupted. */
export async function listAccountsWithQueued(
  db: Database,
  limit: number,
): Promise<readonly AccountId[]> {
  const rows = await db
    .selectDistinct({ accountId: runs.accountId })
    .from(runs)
    .where(eq(runs.status, 'queued'))
    .limit(limit);
  return rows.map(({ accountId }) => accountId);
}

/** A run by its id alone, for workers, which serve every account. */
export async function findRunForWork(db: Database, id: RunId): Promise<RunRow | null> {
  const [run] = await db.select().from(runs).where(eq(runs.id, id));
  return run ?? null;
}

export async function videoOfRun(db: Database, id: RunId): Promise<VideoId | null> {
  const [run] = await db.select({ videoId: runs.videoId }).from(runs).where(eq(runs.id, id));
  return run?.videoId ?? null;
}

export async function insertRun(
  tx: Database,
  {
    id,
    accountId,
    videoId,
    revisionId,
  }: Pick<RunRow, 'id' | 'accountId' | 'videoId' | 'revisionId'>,
): Promise<void> {
  await tx.insert(runs).values({ id, accountId, videoId, revisionId, status: 'queued' });
}

/** Ends an open run, and with it every step that has not ended; the run for the one caller that did it. */
export async function endRun(
  tx: Database,
  id: RunId,
  end: { readonly status: 'succeeded' | 'failed' | 'canceled'; readonly error?: Failure },
): Promise<Pick<RunRow, 'accountId' | 'videoId'> | null> {
  const [ended] = await tx
    .update(runs)
    .set({
      status: end.status,
      error: end.error ?? null,
      waitingFor: null,
      finishedAt: sql`now()`,
      ...(end.status === 'succeeded' ? { progress: 1 } : {}),
    })
    .where(and(eq(runs.id, id), inArray(runs.status, [...OPEN])))
    .returning({ accountId: runs.accountId, videoId: runs.videoId });
  if (!ended) return null;
  // Whoever works for this run, in whatever process, stops at once.
  await tx.execute(sql`select pg_notify(${RUN_ENDED}, ${id})`);
  await tx
    .update(steps)
    .set({
      status: 'canceled',
      finishedAt: sql`now()`,
      workerId: null,
      leaseExpiresAt: null,
      waitingFor: null,
      waitingLane: null,
    })
    .where(and(eq(steps.runId, id), sql`${steps.status} not in ${[...ENDED]}`));
  return ended;
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

/** How far running runs are; other writers of these wait until the transaction ends. */
export async function lockRunning(tx: Database, ids: readonly RunId[]) {
  const { id, accountId, videoId, progress, waitingFor } = runs;
  return await tx
    .select({ id, accountId, videoId, progress, waitingFor })
    .from(runs)
    .where(and(inArray(runs.id, [...ids]), eq(runs.status, 'running')))
    // In one order, so that two that lock several do not wait for each other.
    .orderBy(asc(runs.id))
    .for('no key update');
}

/** How far runs are, and what each waits for. */
export async function storeProgress(
  tx: Database,
  changed: readonly Pick<RunRow, 'id' | 'progress' | 'waitingFor'>[],
): Promise<void> {
  await tx.execute(sql`
    update runs set progress = new.progress, waiting_for = new.waiting_for
    from unnest(
      ${sql.param(changed.map(({ id }) => id))}::text[],
      ${sql.param(changed.map(({ progress }) => progress))}::float8[],
      ${sql.param(changed.map(({ waitingFor }) => waitingFor))}::text[]
    ) as new (id, progress, waiting_for)
    where runs.id = new.id`);
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
