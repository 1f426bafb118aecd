import type { RunId, StepId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import { isAlive } from '../platform/process-identity.ts';
import type { Lifecycle } from './lifecycle.ts';
import * as runStore from './run-store.ts';
import * as stepStore from './step-store.ts';
import * as workerStore from './worker-store.ts';

export type SupervisorDeps = {
  readonly db: Database;
  readonly identity: workerStore.WorkerIdentity;
  readonly advance: (run: RunId) => Promise<void>;
  readonly lifecycle: Pick<Lifecycle, 'admit'>;
  readonly lookAfterStragglers: (stopping: AbortSignal) => Promise<void>;
  readonly ring: (tx: Database, steps: readonly StepId[], afterMs: number) => Promise<void>;
  readonly log: Log;
};

const ROUND_MS = 3_000;
/** A due step is rung for again when nobody took it for this long… */
const OVERDUE_MS = 5_000;
/** …and then so often: as a rule its bell is not lost, and every worker has its hands full. */
const RING_AGAIN_MS = 60_000;
/** Bounds one round; the rest waits for the next. */
const AT_ONCE = 200;

/**
 * Watches over the graph beside the workers: hands on the steps of workers that are gone, rings again for
 * bells that were lost, and moves runs on whose last mover died half-way. The rows are the truth; the
 * queue is only a bell.
 */
export function makeSupervisor(deps: SupervisorDeps) {
  const { db, log, identity } = deps;
  let timer: NodeJS.Timeout | null = null;
  let round: Promise<void> = Promise.resolve();
  let stragglers: Promise<void> = Promise.resolve();
  const stopping = new AbortController();
  /** When steps that are overdue still were rung for. */
  let rungAt: ReadonlyMap<StepId, number> = new Map();

  return {
    /** Enrols this process and makes a first round at once, so that a restart resumes without waiting. */
    async start(): Promise<void> {
      await workerStore.enrol(db, identity);
      await superviseOnce();
      timer = setInterval(() => {
        round = round.then(superviseOnce).catch((error) => {
          log.warn('supervisor.round_failed', { code: asProblem(error).code });
        });
        // Vendors may take their time, which is not the graph's.
        stragglers = stragglers
          .then(() => deps.lookAfterStragglers(stopping.signal))
          .catch(warnOfStragglers);
      }, ROUND_MS);
    },

    async stop(): Promise<void> {
      if (timer) clearInterval(timer);
      stopping.abort();
      await Promise.all([round, stragglers]);
      await workerStore.dismiss(db, [identity.id]);
    },
  };

  function warnOfStragglers(error: unknown): void {
    log.warn('supervisor.stragglers_failed', { code: asProblem(error).code });
  }

  async function superviseOnce(): Promise<void> {
    await workerStore.markSeen(db, identity.id);
    const dead = await findDeadWorkers();
    const reclaimed = await db.transaction((tx) => stepStore.reclaimSteps(tx, dead));
    await workerStore.dismiss(db, dead);
    await workerStore.dismissUnseen(db, identity.host, 24);
    if (reclaimed.length > 0) log.info('steps.reclaimed', { count: reclaimed.length });
    const overdue = await stepStore.listOverdueSteps(db, OVERDUE_MS, AT_ONCE);
    const waiting = [...new Set([...reclaimed, ...ringAgainFor(overdue)])];
    if (waiting.length > 0) await db.transaction((tx) => deps.ring(tx, waiting, 0));
    for (const account of await runStore.listAccountsWithQueued(db, AT_ONCE)) {
      await db.transaction((tx) => deps.lifecycle.admit(tx, account));
    }
    for (const run of await runStore.listStalledRuns(db, AT_ONCE)) {
      // One run's trouble is not another's: this process may be here for a film of its own.
      await deps.advance(run).catch((error) => {
        log.warn('supervisor.advance_failed', { run_id: run, code: asProblem(error).code });
      });
    }
  }

  /** Those of the overdue steps that were not rung for lately. */
  function ringAgainFor(overdue: readonly StepId[]): readonly StepId[] {
    const now = performance.now();
    const isRung = (id: StepId) => now - (rungAt.get(id) ?? -Infinity) < RING_AGAIN_MS;
    const due = overdue.filter((id) => !isRung(id));
    const rung = [...rungAt].filter(([id]) => isRung(id) && overdue.includes(id));
    rungAt = new Map([...rung, ...due.map((id) => [id, now] as const)]);
    return due;
  }

  /** Workers of this host whose process has ended; those of other hosts are judged by their leases. */
  async function findDeadWorkers(): Promise<readonly string[]> {
    const known = await workerStore.listWorkersOfHost(db, identity.host);
    const judged = await Promise.all(
      known.map(async (worker) => {
        const { host, pid, processStarted: started } = worker;
        return (await isAlive({ host, pid, started })) ? [] : [worker.id];
      }),
    );
    return judged.flat();
  }
}
