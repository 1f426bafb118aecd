import { randomUUID } from 'node:crypto';
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import type { Log } from '../log.ts';
import { asDatabaseProblem, type Database, type OpenDatabase } from '../postgres/database.ts';
import { asProblem, type Problem } from '../problem.ts';
import { ensureQueues, inTransaction, makeBoss } from './boss.ts';
import { invalidPayload, queueFailed } from './errors.ts';
import { deadLetterName, type QueueDefinition, type QueueRules } from './queue-definition.ts';

export { defineQueue, type QueueDefinition } from './queue-definition.ts';

/** Backstop for what no notification announces: jobs whose delay is over, and lost notifications. */
const POLL_SECONDS = 0.5;

/** How long a run may take to end after its signal, before its job counts as failed. */
const GRACE_MS = 1_000;

export type QueueOptions = {
  readonly database: Pick<OpenDatabase, 'pool' | 'listen'>;
  readonly log: Log;
  /** Every queue this process sends to or works. */
  readonly queues: readonly QueueRules[];
  /** False for a process that only sends. Default true. */
  readonly works?: boolean | undefined;
};

export type SendOptions = {
  /** The caller's transaction: the job exists when that commits, and never when it does not. */
  readonly tx?: Database | undefined;
  readonly startAfterMs?: number | undefined;
  /** Of waiting jobs with the same key there is one; a job already waiting wins, whatever its delay. */
  readonly singletonKey?: string | undefined;
  /** Higher runs first. Default 0. */
  readonly priority?: number | undefined;
};

export type Job<Payload> = {
  readonly payload: Payload;
  readonly jobId: string;
  /** 1 for the first run. */
  readonly attempt: number;
  /** Fires when the run's time is over, when its job was taken away, and when the process stops. */
  readonly signal: AbortSignal;
};

/** A job that failed for good. */
export type DeadLetter = {
  readonly id: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly failedAt: Date;
  /** Code of the last failure. */
  readonly code: string | undefined;
};

export type Queue = {
  /** @returns the job's id, or undefined when a job with that key is waiting already. */
  send<Payload extends object>(
    queue: QueueDefinition<Payload>,
    payload: Payload,
    options?: SendOptions,
  ): Promise<string | undefined>;
  /**
   * Runs the queue's jobs here, `concurrency` at a time, until `stop`. A job may run more than once:
   * after a failure, after a crash, and when its process was silent for too long.
   */
  work<Payload extends object>(
    queue: QueueDefinition<Payload>,
    options: { readonly concurrency: number },
    handler: (job: Job<Payload>) => Promise<void>,
  ): Promise<void>;
  /** The oldest jobs that failed for good, at most `limit`. */
  deadLetters(queue: QueueRules, limit: number): Promise<readonly DeadLetter[]>;
  /** Puts dead letters back into their queue, all or those ids; gives how many. */
  retryDeadLetters(queue: QueueRules, ids?: readonly string[]): Promise<number>;
  /** Takes no more jobs, waits `timeoutMs` for the running ones, then fires their signals; those that end for it go back to their queue as new. */
  stop(options: { readonly timeoutMs: number }): Promise<void>;
};

/**
 * Opens the job queue in the database: installed on the first start, its queues made as defined.
 *
 * @throws Problem `queue_failed`, or the database's own.
 */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { log, queues, works = true } = options;
  const boss = makeBoss({ database: options.database, log, works });
  const stopping = new AbortController();
  try {
    await boss.start();
    await ensureQueues(boss, queues);
  } catch (error) {
    await boss.stop({ graceful: false, close: false }).catch(() => undefined);
    throw asQueueProblem(error);
  }
  return {
    send: (queue, payload, sendOptions = {}) => send(boss, queue, payload, sendOptions),
    work: (queue, { concurrency }, handler) =>
      work({ boss, log, queue, handler, stopping: stopping.signal }, concurrency),
    deadLetters: (queue, limit) => readDeadLetters(boss, queue, limit),
    async retryDeadLetters(queue, ids) {
      if (ids?.length === 0) return 0;
      const filter = ids === undefined ? {} : { ids: [...ids] };
      return boss.redrive(deadLetterName(queue.name), filter).catch(rethrow);
    },
    async stop({ timeoutMs }) {
      const timer = setTimeout(() => stopping.abort(), timeoutMs);
      try {
        await boss.stop({ graceful: true, close: false, timeout: timeoutMs + GRACE_MS });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function send<Payload extends object>(
  boss: PgBoss,
  queue: QueueDefinition<Payload>,
  payload: Payload,
  { tx, startAfterMs, singletonKey, priority }: SendOptions,
): Promise<string | undefined> {
  const checked = queue.payload.safeParse(payload);
  if (!checked.success) throw invalidPayload(queue.name, checked.error);
  const id = await boss
    .send(queue.name, checked.data, {
      // Without a key of its own a job must not meet any other.
      singletonKey: singletonKey ?? randomUUID(),
      ...(startAfterMs === undefined ? {} : { startAfter: new Date(Date.now() + startAfterMs) }),
      ...(priority === undefined ? {} : { priority }),
      ...(tx === undefined ? {} : { db: inTransaction(tx) }),
    })
    .catch(rethrow);
  return id ?? undefined;
}

/** What every run of one `work` call shares. */
type Work<Payload extends object> = {
  readonly boss: PgBoss;
  readonly log: Log;
  readonly queue: QueueDefinition<Payload>;
  readonly handler: (job: Job<Payload>) => Promise<void>;
  readonly stopping: AbortSignal;
};

async function work<Payload extends object>(
  shared: Work<Payload>,
  concurrency: number,
): Promise<void> {
  for (let slot = 0; slot < concurrency; slot++) await startSlot(shared);
}

/** One worker: fetches a job, runs it, and fetches again at once. */
async function startSlot<Payload extends object>(shared: Work<Payload>): Promise<void> {
  const { boss, queue } = shared;
  let workerId: string | undefined;
  workerId = await boss.work(
    queue.name,
    {
      perJobResults: true,
      includeMetadata: true,
      batchSize: 1,
      pollingIntervalSeconds: POLL_SECONDS,
      notifyPollingIntervalSeconds: POLL_SECONDS,
      burstWhenReadyExceeds: 1,
      heartbeatRefreshSeconds: queue.heartbeatSeconds / 4,
    },
    async (jobs: JobWithMetadata<object>[]) => {
      const results = await Promise.all(
        jobs.map(async (job) => ({ id: job.id, ...(await runJob(shared, job)) })),
      );
      // Where one job was, more may be: otherwise the worker would sit out its polling interval.
      if (workerId !== undefined) boss.notifyWorker(workerId);
      return results;
    },
  );
}

type Outcome = {
  readonly status: 'completed' | 'failed' | 'deadletter';
  readonly output?: { readonly code: string; readonly kind: string };
};

async function runJob<Payload extends object>(
  { boss, log, queue, handler, stopping }: Work<Payload>,
  job: JobWithMetadata<object>,
): Promise<Outcome> {
  const attempt = job.retryCount + 1;
  const parsed = queue.payload.safeParse(job.data);
  if (!parsed.success) {
    const { kind, code } = invalidPayload(queue.name);
    log.error('job payload invalid', { queue: queue.name, job_id: job.id, code });
    return { status: 'deadletter', output: { code, kind } };
  }
  const signal = AbortSignal.any([job.signal, stopping]);
  try {
    await handler({ payload: parsed.data, jobId: job.id, attempt, signal });
    return { status: 'completed' };
  } catch (error) {
    if (stopping.aborted && (await sendAgain(boss, job))) return { status: 'completed' };
    // Only the code is kept with the job: messages and causes may carry what users wrote.
    const { kind, code } = asProblem(error);
    log.warn('job failed', { queue: queue.name, job_id: job.id, attempt, code, kind });
    return { status: 'failed', output: { code, kind } };
  }
}

/** Puts the job back as a new one: to be stopped is no failure of its own and uses up no retry. */
async function sendAgain(boss: PgBoss, job: JobWithMetadata<object>): Promise<boolean> {
  const { singletonKey, priority } = job;
  try {
    await boss.send(job.name, job.data, { singletonKey: singletonKey ?? randomUUID(), priority });
    return true;
  } catch {
    return false;
  }
}

async function readDeadLetters(
  boss: PgBoss,
  queue: QueueRules,
  limit: number,
): Promise<readonly DeadLetter[]> {
  const jobs = await boss.findJobs(deadLetterName(queue.name), { limit }).catch(rethrow);
  return jobs.map((job) => ({
    id: job.id,
    payload: job.data,
    attempts: (job.sourceRetryCount ?? 0) + 1,
    failedAt: job.createdOn,
    code: codeIn(job.sourceOutput),
  }));
}

function codeIn(output: object | null): string | undefined {
  if (output === null || !('code' in output)) return undefined;
  return typeof output.code === 'string' ? output.code : undefined;
}

/** A lost database stays one, so that callers retry it as such; the rest is the queue's own. */
function asQueueProblem(error: unknown): Problem {
  const problem = asDatabaseProblem(error);
  return problem.code === 'database_rejected' ? queueFailed(error) : problem;
}

function rethrow(error: unknown): never {
  throw asQueueProblem(error);
}
