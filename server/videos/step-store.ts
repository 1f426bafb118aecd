import type { RunId, StepId, TakeId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, eq, inArray, lt, or, sql } from '../platform/postgres/drizzle.ts';
import { fromNow } from '../platform/postgres/statements.ts';
import type { Failure } from './contract.ts';
import type { PlannedStep } from './plan.ts';
import { keepResult } from './result-store.ts';
import { type RunRow, type StepRow, steps } from './schema.ts';

/** Queries for steps. Times are the database's own, so that machines need not agree on theirs. */

/** A step that no worker holds. */
const FREE = { workerId: null, leaseExpiresAt: null } as const;
/** A step that waits for nothing but its turn. */
const NOT_WAITING = { waitingFor: null, waitingLane: null, outageSince: null } as const;

export async function listSteps(db: Database, runId: RunId): Promise<readonly StepRow[]> {
  return await db.select().from(steps).where(eq(steps.runId, runId)).orderBy(asc(steps.position));
}

/** As much of the runs' steps as their progress is made of. */
export async function listProgress(db: Database, runIds: readonly RunId[]) {
  const { runId, kind, status, progress, waitingFor } = steps;
  return await db
    .select({ runId, kind, status, progress, waitingFor })
    .from(steps)
    .where(inArray(steps.runId, [...runIds]));
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

/** pending → ready; true for the one caller that did it, who then rings the bell. */
export async function markReady(
  tx: Database,
  id: StepId,
  ready: { readonly inputHash: string; readonly model: string | null },
): Promise<boolean> {
  const changed = await tx
    .update(steps)
    .set({ ...ready, status: 'ready', runAfter: sql`now()` })
    .where(and(eq(steps.id, id), eq(steps.status, 'pending')))
    .returning({ id: steps.id });
  return changed.length === 1;
}

/** pending → failed, for a step whose input cannot be made. */
export async function failPending(tx: Database, id: StepId, error: Failure): Promise<void> {
  await tx
    .update(steps)
    .set({ status: 'failed', error, finishedAt: sql`now()` })
    .where(and(eq(steps.id, id), eq(steps.status, 'pending')));
}

/** pending → succeeded with an earlier result. */
export async function markCached(
  tx: Database,
  id: StepId,
  result: {
    readonly inputHash: string;
    readonly output: unknown;
    readonly model: string | null;
  },
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
      waitingLane: null,
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
      ...FREE,
      ...NOT_WAITING,
    })
    .where(held(step.id, step.attempt))
    .returning({ id: steps.id });
  if (changed.length === 0) return false;
  await keepResult(tx, step, result);
  return true;
}

export type PutBack = {
  readonly status: 'ready' | 'waiting';
  readonly afterMs: number;
  /** Counts as one of the kind's failures. */
  readonly failed: boolean;
  readonly cpuMs: number;
  readonly progress?: number;
  readonly error?: Failure;
  /** The take that it works on. */
  readonly takeId?: TakeId;
  /** Present while nothing moves: what for, and the lane whose permit is missing. */
  readonly waits?: { readonly for: 'provider' | 'capacity'; readonly lane: string | null };
};

/** Gives a held step back, to be claimed again once `afterMs` have passed. */
export async function putBack(
  tx: Database,
  step: Pick<StepRow, 'id' | 'attempt'>,
  change: PutBack,
): Promise<boolean> {
  const { waits } = change;
  const changed = await tx
    .update(steps)
    .set({
      status: change.status,
      runAfter: fromNow(change.afterMs),
      failures: change.failed ? sql`${steps.failures} + 1` : sql`${steps.failures}`,
      cpuMs: sql`${steps.cpuMs} + ${change.cpuMs}`,
      ...FREE,
      waitingFor: waits?.for ?? null,
      waitingLane: waits?.lane ?? null,
      outageSince: waits?.for === 'provider' ? sql`coalesce(${steps.outageSince}, now())` : null,
      ...(change.progress === undefined ? {} : { progress: change.progress }),
      ...(change.takeId === undefined ? {} : { takeId: change.takeId }),
      error: change.error ?? null,
    })
    .where(held(step.id, step.attempt))
    .returning({ id: steps.id });
  return changed.length === 1;
}

/**
 * Makes the next steps that wait for a permit of the lane due: those of the account that has the fewest permits
 * first, then in the order of their runs.
 */
export async function wakeLane(
  tx: Database,
  lane: string,
  count: number,
): Promise<readonly StepId[]> {
  const woken = await tx.execute<{ id: StepId }>(sql`
    update steps set run_after = now(), waiting_lane = null where id in (
      select s.id from steps s join runs r on r.id = s.run_id
      where s.waiting_lane = ${lane} and s.status = 'waiting' and r.status = 'running'
      order by (
        select count(*) from permits p join takes t on t.id = p.holder
        where p.lane = ${lane} and t.account_id = s.account_id
      ), r.created_at, s.position
      limit ${count} for no key update of s skip locked)
    returning id`);
  return woken.rows.map(({ id }) => id);
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
      ...FREE,
      ...NOT_WAITING,
    })
    .where(held(step.id, step.attempt))
    .returning({ id: steps.id });
  return changed.length === 1;
}

/**
 * Running steps of workers that are gone (lease run out, or named in `deadWorkers`) become ready again. A step that
 * somebody else decides about just now is left to the next time, so that neither waits for the other.
 */
export async function reclaimSteps(
  db: Database,
  deadWorkers: readonly string[],
): Promise<readonly StepId[]> {
  const expired = lt(steps.leaseExpiresAt, sql`now()`);
  const lost =
    deadWorkers.length > 0 ? or(expired, inArray(steps.workerId, [...deadWorkers])) : expired;
  const free = db
    .select({ id: steps.id })
    .from(steps)
    .where(and(eq(steps.status, 'running'), lost))
    .for('no key update', { skipLocked: true });
  const reclaimed = await db
    .update(steps)
    .set({
      status: 'ready',
      losses: sql`${steps.losses} + 1`,
      runAfter: sql`now()`,
      ...FREE,
    })
    .where(inArray(steps.id, free))
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

function held(id: StepId, attempt: number) {
  return and(eq(steps.id, id), eq(steps.attempt, attempt), eq(steps.status, 'running'));
}
