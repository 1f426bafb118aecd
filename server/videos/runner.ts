import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { RunId, StepId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import { asProblem, type Problem } from '../platform/problem.ts';
import type { Ring } from './advance.ts';
import { type Attempt, LEASE_MS, openAttempt } from './attempt.ts';
import type { ObjectRef, StepKind } from './contract.ts';
import { StepLostTooOften } from './errors.ts';
import { describeFailure } from './failure.ts';
import { sha256OfFile } from './file-hash.ts';
import { type FilmReading, readFilm } from './read-film.ts';
import { decideRetry } from './retry.ts';
import * as runStore from './run-store.ts';
import type { Step, StepOutcome, StepWork } from './step.ts';
import * as stepStore from './step-store.ts';

export type RunnerDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly steps: { readonly [Kind in StepKind]: Step };
  readonly advance: (run: RunId) => Promise<void>;
  readonly ring: Ring;
  readonly workerId: string;
  /** Each attempt gets a folder of its own below this one. */
  readonly workDir: string;
  readonly log: Log;
};

/** A step whose worker vanished this often is itself the likely cause. */
const MAX_LOSSES = 60;

/** Runs single steps, from claiming one to storing its result under the fencing number of the claim. */
export function makeRunner(deps: RunnerDeps) {
  const { db, log } = deps;
  const attempts = new Set<Attempt>();

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
    try {
      if (step.losses >= MAX_LOSSES) throw new StepLostTooOften();
      const prepared = definition.prepare(reading.film, step.sceneId);
      const deadline = AbortSignal.timeout(definition.deadlineMs);
      const outcome = await prepared.perform(makeWork(reading, attempt, deadline));
      await settle(attempt, outcome, prepared.inputHash);
    } catch (error) {
      if (attempt.isLost()) return;
      if (stopping.aborted) await giveBack(attempt);
      else await settleProblem(reading, attempt, asProblem(error), definition.maxFailures);
    }
  }

  function makeWork(reading: FilmReading, attempt: Attempt, deadline: AbortSignal): StepWork {
    const { film, storagePrefix } = reading;
    const signal = AbortSignal.any([attempt.signal, deadline]);
    return {
      accountId: film.accountId,
      videoId: film.videoId,
      sceneId: attempt.step.sceneId,
      stepId: attempt.step.id,
      dir: attempt.dir,
      signal,
      open: (object) => deps.objects.localFile(object.key, signal),
      keep: (file, contentType) => keep(storagePrefix, file, contentType, signal),
      spent(cpuMs) {
        attempt.cpuMs += cpuMs;
      },
    };
  }

  /** Keys are random: they name nothing and cannot be guessed. */
  async function keep(
    prefix: string,
    file: string,
    contentType: string,
    signal: AbortSignal,
  ): Promise<ObjectRef> {
    const key = `${prefix}/${randomBytes(16).toString('hex')}`;
    const [sha256, { size }] = await Promise.all([sha256OfFile(file, signal), stat(file)]);
    await deps.objects.putFile(key, file, { contentType, signal });
    return { key, sha256, sizeBytes: size, contentType };
  }

  async function settle(attempt: Attempt, outcome: StepOutcome<unknown>, inputHash: string) {
    const { step, cpuMs } = attempt;
    if ('againAfterMs' in outcome) {
      const { againAfterMs: afterMs, progress } = outcome;
      await putBack(attempt, { status: 'waiting', afterMs, progress, failed: false });
      return;
    }
    const result = { inputHash, output: outcome.done, cached: outcome.reused ?? false, cpuMs };
    // The database may be away for a moment; a finished result is worth waiting for it.
    const stored = await retryOnLostConnection(() =>
      db.transaction((tx) => stepStore.completeStep(tx, step, result)),
    );
    if (stored) log.info('step.succeeded', { step_id: step.id, step_kind: step.kind });
    await retryOnLostConnection(() => deps.advance(step.runId));
  }

  async function settleProblem(
    reading: FilmReading,
    attempt: Attempt,
    problem: Problem,
    maxFailures: number,
  ): Promise<void> {
    const { step, cpuMs } = attempt;
    const error = describeFailure(reading.film, step, problem);
    log.warn('step.failed', { step_id: step.id, step_kind: step.kind, code: error.code });
    const decision = decideRetry(problem, step.failures, maxFailures);
    if (decision.again) {
      await putBack(attempt, { status: 'ready', afterMs: decision.afterMs, failed: true, error });
      return;
    }
    await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        if (!(await stepStore.failStep(tx, step, error, cpuMs))) return;
        await runStore.endRun(tx, step.runId, { status: 'failed', error });
      }),
    );
  }

  /** The process stops: the next worker may begin at once, and nothing counts as failed. */
  async function giveBack(attempt: Attempt): Promise<void> {
    await putBack(attempt, { status: 'ready', afterMs: 0, failed: false });
  }

  async function putBack(
    { step, cpuMs }: Attempt,
    change: Omit<Parameters<typeof stepStore.putBack>[2], 'cpuMs'>,
  ): Promise<void> {
    await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        const done = await stepStore.putBack(tx, step, { ...change, cpuMs });
        if (done) await deps.ring(tx, [step.id], change.afterMs);
      }),
    );
  }
}
