import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Database } from '../postgres/database.ts';
import { asProblem } from '../problem.ts';
import * as store from './store.ts';

/**
 * Something that is done now and then, whoever runs: bounded, and safe to do again after it was cut off anywhere. `run`
 * answers how much of what was done; `signal` tells it to leave the rest for the next time.
 */
export type ScheduledJob = {
  readonly name: string;
  readonly everyMs: number;
  run(signal: AbortSignal): Promise<store.Counts>;
};

/** How often a process looks for what is due. */
const TICK_MS = 15_000;
/** A run that has lasted longer is taken for dead, and told to stop where it lives. */
const LONGEST_MS = 600_000;
/** Periods without success after which somebody has to look. */
const LATE_PERIODS = 3;

export type ScheduleDeps = {
  readonly db: Database;
  readonly jobs: readonly ScheduledJob[];
  readonly log: Log;
};

/**
 * Does every job once in each of its periods, over all processes that share the database, one at a time in each process.
 * Each run leaves a record. Call the result to stop.
 */
export function startSchedule(deps: ScheduleDeps): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const rounds = (async () => {
    while (!signal.aborted) {
      await runDue(deps, signal).catch(warn);
      await delay(TICK_MS, undefined, { signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await rounds;
  };

  function warn(error: unknown): void {
    deps.log.warn('schedule.round_failed', { code: asProblem(error).code });
  }
}

/** Does what is due and nobody has begun yet. One job's failure is not another's. */
export async function runDue(
  { db, jobs, log }: ScheduleDeps,
  stopping: AbortSignal,
): Promise<void> {
  for (const job of jobs) {
    if (stopping.aborted) return;
    const begun = await store.begin(db, job.name, { ...job, longestMs: LONGEST_MS });
    if (begun === null) continue;
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(LONGEST_MS)]);
    const result = await job.run(signal).then(
      (counts) => ({ counts }),
      (error: unknown) => ({ errorCode: asProblem(error).code }),
    );
    await store.end(db, begun, result);
    if ('errorCode' in result)
      log.warn('schedule.job_failed', { kind: job.name, code: result.errorCode });
  }
}

/** Jobs that have not succeeded for three of their periods, though somebody works. */
export async function findLate(
  db: Database,
  jobs: readonly Pick<ScheduledJob, 'name' | 'everyMs'>[],
): Promise<{ readonly isAnybodyWorking: boolean; readonly late: readonly string[] }> {
  const standings = await store.readStandings(db);
  const shortestMs = Math.min(...jobs.map(({ everyMs }) => everyMs));
  const isAnybodyWorking = standings.some(({ begunMs }) => begunMs < 2 * shortestMs);
  const late = jobs.filter(({ name, everyMs }) => {
    const standing = standings.find((each) => each.name === name);
    return standing !== undefined && standing.behindMs > LATE_PERIODS * everyMs;
  });
  return { isAnybodyWorking, late: isAnybodyWorking ? late.map(({ name }) => name) : [] };
}

/** The record's own job: what is a month old goes. */
export function pruneRecords(db: Database): ScheduledJob {
  return {
    name: 'job_runs',
    everyMs: 24 * 3_600_000,
    run: async () => ({ removed: await store.prune(db) }),
  };
}
