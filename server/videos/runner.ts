import type { Usage } from '../models/models.ts';
import { decideRetry } from '../models/retry.ts';
import { chargedInVain, OrderUncertain } from '../models/vendor-problem.ts';
import type { PurchaseId, RunId, StepId, TakeId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { holdPermit, type Lane } from '../platform/permits/permits.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import { asProblem, isFault, type Problem, reasonOf } from '../platform/problem.ts';
import * as purchases from '../purchases/purchases.ts';
import type { Ring } from './advance.ts';
import { type Attempt, LEASE_MS, openAttempt } from './attempt.ts';
import { lockFilming } from './awaited-takes.ts';
import type { StepKind } from './contract.ts';
import { StepLostTooOften } from './errors.ts';
import { describeFailure } from './failure.ts';
import { type RingLane, ringIfFree } from './lanes.ts';
import type { Lifecycle } from './lifecycle.ts';
import { makeKeep } from './object-keeper.ts';
import { type FilmReading, readFilm } from './read-film.ts';
import { lockOpenRun } from './run-store.ts';
import type { Step, StepOutcome, StepWork } from './step.ts';
import * as stepStore from './step-store.ts';

export type RunnerDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly steps: { readonly [Kind in StepKind]: Step };
  readonly advance: (run: RunId) => Promise<void>;
  readonly lifecycle: Lifecycle;
  readonly ring: Ring;
  readonly ringLane: RingLane;
  readonly workerId: string;
  /** Each attempt gets a folder of its own below this one. */
  readonly workDir: string;
  readonly log: Log;
};

/** A step whose worker vanished this often is itself the likely cause. */
const MAX_LOSSES = 60;
/** How long a step waits for a take at most before it looks itself. */
const TAKE_MS = 600_000;

/** Runs single steps, from claiming one to storing its result under the fencing number of the claim. */
export function makeRunner(deps: RunnerDeps) {
  const { db, log } = deps;
  const attempts = new Set<Attempt>();
  const keep = makeKeep(deps.objects);

  return {
    /**
     * Runs the step if it is due and free, else does nothing: a bell may ring twice, late, or for a
     * step that somebody else has taken. When `stopping` aborts (the process ends), the step is given
     * back at once.
     */
    async perform(id: StepId, stopping: AbortSignal): Promise<void> {
      if (stopping.aborted) return;
      const step = await stepStore.claimStep(db, id, { id: deps.workerId, leaseMs: LEASE_MS });
      if (!step) return;
      await using attempt = await openAttempt(deps, step, stopping);
      attempts.add(attempt);
      try {
        const reading = await readFilm(db, step.runId);
        if (reading) await work(reading, attempt, stopping);
      } finally {
        attempts.delete(attempt);
      }
    },

    /** Ends at once what this process does for a run that has ended. */
    stopRun(run: RunId): void {
      for (const attempt of attempts) if (attempt.step.runId === run) attempt.lose();
    },
  };

  async function work(reading: FilmReading, attempt: Attempt, stopping: AbortSignal) {
    const { step } = attempt;
    const definition = deps.steps[step.kind];
    const bought = new Map<PurchaseId, Usage | null>();
    try {
      if (step.losses >= MAX_LOSSES) throw new StepLostTooOften();
      await recordLostPurchases(attempt);
      const prepared = definition.prepare(reading.film, step.sceneId);
      const deadline = AbortSignal.timeout(definition.deadlineMs);
      const outcome = await underPermit(prepared.lane, attempt, () =>
        prepared.perform(makeWork(reading, attempt, deadline, bought)),
      );
      await settle(attempt, outcome, prepared.inputHash, bought);
    } catch (error) {
      if (attempt.isLost()) return;
      if (stopping.aborted) return await giveBack(attempt);
      await settleInVain(bought);
      const problem = asProblem(bought.size === 0 ? error : chargedInVain(error));
      await settleProblem(reading, attempt, problem, definition.maxFailures);
    }
  }

  /** What an earlier attempt held when its process died may have been charged: that stays on record. */
  async function recordLostPurchases({ step }: Attempt): Promise<void> {
    if (step.attempt === 1) return;
    for (const id of await purchases.findHeldOfStep(db, step.accountId, step.id)) {
      await purchases.markUncertain(db, id);
    }
  }

  async function underPermit(
    lane: Lane | null,
    { step }: Attempt,
    perform: () => Promise<StepOutcome<unknown>>,
  ): Promise<StepOutcome<unknown>> {
    if (lane === null) return await perform();
    const permit = await holdPermit(db, lane, `${step.id}-${step.attempt}`);
    if (!permit) return { withoutPermit: lane };
    try {
      return await perform();
    } finally {
      await permit[Symbol.asyncDispose]();
      await db
        .transaction((tx) => deps.ringLane(tx, lane))
        .catch((error) => {
          log.warn('lane.ring_failed', { code: asProblem(error).code });
        });
    }
  }

  function makeWork(
    reading: FilmReading,
    attempt: Attempt,
    deadline: AbortSignal,
    bought: Map<PurchaseId, Usage | null>,
  ): StepWork {
    const { film, storagePrefix } = reading;
    const { step } = attempt;
    const signal = AbortSignal.any([attempt.signal, deadline]);
    return {
      accountId: film.accountId,
      videoId: film.videoId,
      runId: step.runId,
      sceneId: step.sceneId,
      stepId: step.id,
      takeId: step.takeId,
      dir: attempt.dir,
      signal,
      open: (object) => deps.objects.localFile(object.key, signal),
      keep: (file, contentType) => keep(storagePrefix, file, contentType, signal),
      spent(cpuMs) {
        attempt.cpuMs += cpuMs;
      },
      async buy(purchase, estimate, ask) {
        if (estimate.costMicroUsd === 0) return await ask(() => undefined);
        const { accountId, runId, sceneId, id: stepId } = step;
        const whole = { ...purchase, accountId, videoId: film.videoId, runId, sceneId, stepId };
        const id = await db.transaction((tx) => purchases.hold(tx, whole, estimate));
        try {
          const result = await ask((usage) => bought.set(id, usage));
          if (!bought.has(id)) bought.set(id, null);
          return result;
        } catch (error) {
          // Stopped half-way the answer may still come to nobody: it stays held, and so goes on record as lost.
          throw signal.aborted ? error : await endUnanswered(id, bought, error);
        }
      },
    };
  }

  /** Ends a purchase without a result; the error, as it should be thrown. */
  async function endUnanswered(
    id: PurchaseId,
    bought: Map<PurchaseId, Usage | null>,
    error: unknown,
  ): Promise<unknown> {
    const usage = bought.get(id) ?? null;
    bought.delete(id);
    // An answer that came and was of no use was charged all the same.
    if (usage !== null) {
      await purchases.settle(db, id, usage);
      return chargedInVain(error);
    }
    const end = error instanceof OrderUncertain ? purchases.markUncertain : purchases.release;
    await end(db, id);
    return error;
  }

  async function settle(
    attempt: Attempt,
    outcome: StepOutcome<unknown>,
    inputHash: string,
    bought: ReadonlyMap<PurchaseId, Usage | null>,
  ): Promise<void> {
    const { step, cpuMs } = attempt;
    if ('withoutPermit' in outcome) {
      await waitForPermit(attempt, outcome.withoutPermit);
      return;
    }
    if ('againAfterMs' in outcome) {
      const { againAfterMs: afterMs, progress } = outcome;
      await putBack(attempt, { status: 'waiting', afterMs, progress, failed: false });
      return;
    }
    if ('filming' in outcome) {
      await waitForTake(attempt, outcome.filming, outcome.progress);
      return;
    }
    const result = { inputHash, output: outcome.done, cached: outcome.reused ?? false, cpuMs };
    // The database may be away for a moment; a finished result is worth waiting for it.
    const stored = await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        if (!(await stepStore.completeStep(tx, step, result))) return false;
        for (const [id, usage] of bought) await purchases.settle(tx, id, usage);
        await deps.lifecycle.stepEnded(tx, step, 'succeeded');
        return true;
      }),
    );
    if (stored) log.info('step.succeeded', { step_id: step.id, step_kind: step.kind });
    await retryOnLostConnection(() => deps.advance(step.runId));
  }

  /** Woken when the take is not filmed any more; the time is for a wake-up that was lost. */
  async function waitForTake(attempt: Attempt, takeId: TakeId, progress: number): Promise<void> {
    await putBack(attempt, {
      status: 'waiting',
      afterMs: TAKE_MS,
      progress,
      takeId,
      failed: false,
    });
  }

  /** Woken when a permit is given back; the time is for a wake-up that was lost. */
  async function waitForPermit(attempt: Attempt, lane: Lane): Promise<void> {
    const waits = { for: 'capacity', lane: lane.name } as const;
    const afterMs = 20_000 + Math.random() * 20_000;
    await putBack(attempt, { status: 'waiting', afterMs, failed: false, waits });
    await ringIfFree(db, deps.ringLane, lane);
  }

  /** What was answered to a step that could make nothing of it was charged all the same. */
  async function settleInVain(bought: ReadonlyMap<PurchaseId, Usage | null>): Promise<void> {
    for (const [id, usage] of bought) {
      await retryOnLostConnection(() => purchases.settle(db, id, usage));
    }
  }

  async function settleProblem(
    reading: FilmReading,
    attempt: Attempt,
    problem: Problem,
    maxFailures: number,
  ): Promise<void> {
    const { step, cpuMs } = attempt;
    const error = describeFailure(reading.film, step, problem);
    const told = { step_id: step.id, step_kind: step.kind, code: error.code, ...reasonOf(problem) };
    log.warn('step.failed', told);
    const outageMs = step.outageSince ? Math.max(0, Date.now() - step.outageSince.getTime()) : 0;
    const decision = decideRetry(problem, { failures: step.failures, maxFailures, outageMs });
    if (decision.do === 'retry') {
      const { afterMs } = decision;
      await putBack(attempt, { status: 'ready', afterMs, failed: true, error });
    } else if (decision.do === 'park') {
      const waits = { for: 'provider', lane: null } as const;
      const { afterMs } = decision;
      await putBack(attempt, { status: 'waiting', afterMs, failed: false, error, waits });
    } else {
      if (isFault(problem)) {
        log.error('step.given_up', told);
      }
      const run = { id: step.runId, accountId: step.accountId };
      const ended = await retryOnLostConnection(() =>
        db.transaction(async (tx) => {
          if (!(await lockOpenRun(tx, step.runId))) return null;
          if (!(await stepStore.failStep(tx, step, error, cpuMs))) return null;
          await deps.lifecycle.stepEnded(tx, step, 'failed');
          return await deps.lifecycle.end(tx, run, { status: 'failed', error });
        }),
      );
      for (const next of ended?.admitted ?? []) await deps.advance(next);
    }
  }

  /** The process stops: the next worker may begin at once, and nothing counts as failed. */
  async function giveBack(attempt: Attempt): Promise<void> {
    await putBack(attempt, { status: 'ready', afterMs: 0, failed: false });
  }

  async function putBack(
    { step, cpuMs }: Attempt,
    change: Omit<stepStore.PutBack, 'cpuMs'>,
  ): Promise<void> {
    await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        // Runs before their steps, as whoever ends a run does it. With the run the step has ended.
        if (!(await lockOpenRun(tx, step.runId))) return;
        const { takeId } = change;
        // A take that ended meanwhile woke nobody: this step was not waiting yet.
        const isOver = takeId !== undefined && !(await lockFilming(tx, takeId));
        const afterMs = isOver ? 0 : change.afterMs;
        const done = await stepStore.putBack(tx, step, { ...change, afterMs, cpuMs });
        if (!done) return;
        await deps.ring(tx, [step.id], afterMs);
        await deps.lifecycle.progressed(tx, [step.runId]);
      }),
    );
  }
}
