import {
  type AccountId,
  isId,
  type RevisionId,
  type RunId,
  type StepId,
  type VideoId,
} from '../platform/ids.ts';
import type { Database, OpenDatabase } from '../platform/postgres/database.ts';
import { and, asc, eq, inArray, lt, or, sql } from '../platform/postgres/drizzle.ts';
import type { Failure, StepKind } from './contract.ts';
import type { PlannedStep } from './plan.ts';
import { type RunRow, runs, type StepRow, stepResults, steps } from './schema.ts';

/** Queries for runs and steps. Times are the database's own, so that machines need not agree on theirs. */

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

export async function listSteps(db: Database, runId: RunId): Promise<readonly StepRow[]> {
  return await db.select().from(steps).where(eq(steps.runId, runId)).orderBy(asc(steps.position));
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

export async function insertSteps(
  tx: Database,
  run: Pick<RunRow, 'id' | 'accountId'>,
  planned: readonly PlannedStep[],
): Promise<void> {
  const rows = planned.map((step) => ({
    ...step,
    dependsOn: [...step.dependsOn],
    accountId: run.accountId,
    runId: run.id,
    status: 'pending' as const,
  }));
  await tx.insert(steps).values(rows).onConflictDoNothing();
}

/** A stored result of the same input, if this account has one. */
export async function findResult(
  db: Database,
  accountId: AccountId,
  kind: StepKind,
  inputHash: string,
): Promise<unknown> {
  const [result] = await db
    .select({ output: stepResults.output })
    .from(stepResults)
    .where(
      and(
        eq(stepResults.accountId, accountId),
        eq(stepResults.kind, kind),
        eq(stepResults.inputHash, inputHash),
      ),
    );
  return result?.output ?? null;
}

/** A result whose objects were lost is forgotten, so that it is made again. */
export async function forgetResult(
  db: Database,
  accountId: AccountId,
  kind: StepKind,
  inputHash: string,
): Promise<void> {
  await db
    .delete(stepResults)
    .where(
      and(
        eq(stepResults.accountId, accountId),
        eq(stepResults.kind, kind),
        eq(stepResults.inputHash, inputHash),
      ),
    );
}

/** pending → ready; true for the one caller that did it, who then rings the bell. */
export async function markReady(tx: Database, id: StepId, inputHash: string): Promise<boolean> {
  const changed = await tx
    .update(steps)
    .set({ status: 'ready', inputHash, runAfter: sql`now()` })
    .where(and(eq(steps.id, id), eq(steps.status, 'pending')))
    .returning({ id: steps.id });
  return changed.length === 1;
}

/** pending → succeeded with an earlier result. */
export async function markCached(
  tx: Database,
  id: StepId,
  result: { readonly inputHash: string; readonly output: unknown },
): Promise<boolean> {
  const changed = await tx
    .update(steps)
    .set({ status: 'succeeded', cached: true, progress: 1, finishedAt: sql`now()`, ...result })
    .where(and(eq(steps.id, id), eq(steps.status, 'pending')))
    .returning({ id: steps.id });
  return changed.length === 1;
}

/**
 * Takes a due step for a worker under a new fencing number, or null when it is not due, not free, or
 * its run has ended.
 */
export async function claimStep(
  db: Database,
  id: StepId,
  worker: { readonly id: string; readonly leaseMs: number },
): Promise<StepRow | null> {
  const [claimed] = await db
    .update(steps)
    .set({
      status: 'running',
      attempt: sql`${steps.attempt} + 1`,
      workerId: worker.id,
      leaseExpiresAt: fromNow(worker.leaseMs),
      startedAt: sql`coalesce(${steps.startedAt}, now())`,
    })
    .where(
      and(
        eq(steps.id, id),
        inArray(steps.status, ['ready', 'waiting']),
        sql`${steps.runAfter} <= now()`,
        sql`exists (select 1 from runs where runs.id = ${steps.runId} and runs.status = 'running')`,
      ),
    )
    .returning();
  return claimed ?? null;
}

/** True while the attempt still holds the step; false means: stop, somebody else decides now. */
export async function renewLease(
  db: Database,
  id: StepId,
  attempt: number,
  leaseMs: number,
): Promise<boolean> {
  const renewed = await db
    .update(steps)
    .set({ leaseExpiresAt: fromNow(leaseMs) })
    .where(held(id, attempt))
    .returning({ id: steps.id });
  return renewed.length === 1;
}

/** Stores a result under its fencing number; false when the attempt had lost the step. */
export async function completeStep(
  tx: Database,
  step: StepRow,
  result: {
    readonly inputHash: string;
    readonly output: unknown;
    readonly cached: boolean;
    readonly cpuMs: number;
  },
): Promise<boolean> {
  const { cpuMs, ...stored } = result;
  const changed = await tx
    .update(steps)
    .set({
      ...stored,
      status: 'succeeded',
      progress: 1,
      cpuMs: sql`${steps.cpuMs} + ${cpuMs}`,
      finishedAt: sql`now()`,
      workerId: null,
      leaseExpiresAt: null,
    })
    .where(held(step.id, step.attempt))
    .returning({ id: steps.id });
  if (changed.length === 0) return false;
  await tx
    .insert(stepResults)
    .values({
      accountId: step.accountId,
      kind: step.kind,
      inputHash: result.inputHash,
      output: result.output,
    })
    .onConflictDoNothing();
  return true;
}

/** Gives a held step back, to be claimed again once `afterMs` have passed. */
export async function putBack(
  tx: Database,
  step: Pick<StepRow, 'id' | 'attempt'>,
  change: {
    readonly status: 'ready' | 'waiting';
    readonly afterMs: number;
    readonly failed: boolean;
    readonly cpuMs: number;
    readonly progress?: number;
    readonly error?: Failure;
  },
): Promise<boolean> {
  const changed = await tx
    .update(steps)
    .set({
      status: change.status,
      runAfter: fromNow(change.afterMs),
      failures: change.failed ? sql`${steps.failures} + 1` : sql`${steps.failures}`,
      cpuMs: sql`${steps.cpuMs} + ${change.cpuMs}`,
      workerId: null,
      leaseExpiresAt: null,
      ...(change.progress === undefined ? {} : { progress: change.progress }),
      ...(change.error === undefined ? {} : { error: change.error }),
    })
    .where(held(step.id, step.attempt))
    .returning({ id: steps.id });
  return changed.length === 1;
}

export async function failStep(
  tx: Database,
  step: Pick<StepRow, 'id' | 'attempt'>,
  error: Failure,
  cpuMs: number,
): Promise<boolean> {
  const changed = await tx
    .update(steps)
    .set({
      status: 'failed',
      error,
      cpuMs: sql`${steps.cpuMs} + ${cpuMs}`,
      finishedAt: sql`now()`,
      workerId: null,
      leaseExpiresAt: null,
    })
    .where(held(step.id, step.attempt))
    .returning({ id: steps.id });
  return changed.length === 1;
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

/** Running steps of workers that are gone (lease run out, or named in `deadWorkers`) become ready again. */
export async function reclaimSteps(
  db: Database,
  deadWorkers: readonly string[],
): Promise<readonly StepId[]> {
  const expired = lt(steps.leaseExpiresAt, sql`now()`);
  const lost =
    deadWorkers.length > 0 ? or(expired, inArray(steps.workerId, [...deadWorkers])) : expired;
  const reclaimed = await db
    .update(steps)
    .set({
      status: 'ready',
      losses: sql`${steps.losses} + 1`,
      runAfter: sql`now()`,
      workerId: null,
      leaseExpiresAt: null,
    })
    .where(and(eq(steps.status, 'running'), lost))
    .returning({ id: steps.id });
  return reclaimed.map((step) => step.id);
}

/** Steps due for longer than `overdueMs` that nobody took: their bell was lost. At most `limit`. */
export async function listOverdueSteps(
  db: Database,
  overdueMs: number,
  limit: number,
): Promise<readonly StepId[]> {
  const due = await db
    .select({ id: steps.id })
    .from(steps)
    .where(
      and(
        inArray(steps.status, ['ready', 'waiting']),
        sql`${steps.runAfter} < now() - make_interval(secs => ${overdueMs / 1000})`,
      ),
    )
    .orderBy(asc(steps.runAfter))
    .limit(limit);
  return due.map((step) => step.id);
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

function held(id: StepId, attempt: number) {
  return and(eq(steps.id, id), eq(steps.attempt, attempt), eq(steps.status, 'running'));
}

function fromNow(ms: number) {
  return sql`now() + make_interval(secs => ${ms / 1000})`;
}
