import { randomUUID } from 'node:crypto';
import type { Job as BossJob, PgBoss } from 'pg-boss';
import type { Log } from '../log.ts';
import type { Database, OpenDatabase } from '../postgres/database.ts';
import { asProblem, Problem } from '../problem.ts';
import { ensureQueues, inTransaction, makeBoss } from './boss.ts';
import { invalidPayload, queueFailed } from './errors.ts';
import { deadLetterName, type QueueDefinition, type QueueRules } from './queue-definition.ts';

export { defineQueue, type QueueDefinition } from './queue-definition.ts';

/** Backstop for what no notification announces: jobs whose delay is over, and lost notifications. */
const POLL_SECONDS = 0.5;

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
  /** Takes no more jobs, waits for the running ones at most `timeoutMs` (least 1000), then fires their signals and gives them back. */
  stop(options: { readonly timeoutMs: number }): Promise<void>;
};

/**
 * Opens the job queue in the database: installed on the first start, its queues made as defined.
 *
 * @throws Problem `queue_unavailable`, or the database's own.
 */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { log, queues, works = true } = options;
  const boss = makeBoss({ database: options.database, log, works });
  try {
    await boss.start();
    await ensureQueues(boss, queues);
  } catch (error) {
    await boss.stop({ graceful: false, close: false }).catch(() => undefined);
    throw asQueueProblem(error);
  }
  return {
    send: (queue, payload, sendOptions = {}) => send(boss, queue, payload, sendOptions),
    work: (queue, { concurrency }, handler) => work(boss, log, queue, concurrency, handler),
    deadLetters: (queue, limit) => readDeadLetters(boss, queue, limit),
    async retryDeadLetters(queue, ids) {
      if (ids?.length === 0) return 0;
      const filter = ids === undefined ? {} : { ids: [...ids] };
      return boss.redrive(deadLetterName(queue.name), filter).catch(rethrow);
    },
    stop: ({ timeoutMs }) => boss.stop({ graceful: true, close: false, timeout: timeoutMs }),
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

async function work<Payload extends object>(
  boss: PgBoss,
  log: Log,
  queue: QueueDefinition<Payload>,
  concurrency: number,
  handler: (job: Job<Payload>) => Promise<void>,
): Promise<void> {
  for (let slot = 0; slot < concurrency; slot++) await startSlot(boss, log, queue, handler);
}

/** One worker: fetches a job, runs it, and fetches again at once. */
async function startSlot<Payload extends object>(
  boss: PgBoss,
  log: Log,
  queue: QueueDefinition<Payload>,
  handler: (job: Job<Payload>) => Promise<void>,
): Promise<void> {
  let workerId: string | undefined;
  workerId = await boss.work(
    queue.name,
    {
      perJobResults: true,
      batchSize: 1,
      pollingIntervalSeconds: POLL_SECONDS,
      notifyPollingIntervalSeconds: POLL_SECONDS,
      burstWhenReadyExceeds: 1,
      heartbeatRefreshSeconds: queue.heartbeatSeconds / 4,
    },
    async (jobs: BossJob<object>[]) => {
      const results = await Promise.all(
        jobs.map(async (job) => ({ id: job.id, ...(await runJob(log, queue, job, handler)) })),
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
  log: Log,
  queue: QueueDefinition<Payload>,
  job: BossJob<object>,
  handler: (job: Job<Payload>) => Promise<void>,
): Promise<Outcome> {
  const { id: jobId, retryCount, signal } = job;
  const attempt = retryCount + 1;
  const parsed = queue.payload.safeParse(job.data);
  if (!parsed.success) {
    const { kind, code } = invalidPayload(queue.name);
    log.error('job payload invalid', { queue: queue.name, job_id: jobId, code });
    return { status: 'deadletter', output: { code, kind } };
  }
  try {
    await handler({ payload: parsed.data, jobId, attempt, signal });
    return { status: 'completed' };
  } catch (error) {
    // Only the code is kept with the job: messages and causes may carry what users wrote.
    const { kind, code } = asProblem(error);
    log.warn('job failed', { queue: queue.name, job_id: jobId, attempt, code, kind });
    return { status: 'failed', output: { code, kind } };
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

function asQueueProblem(error: unknown): Problem {
  return error instanceof Problem ? error : queueFailed(error);
}

function rethrow(error: unknown): never {
  throw asQueueProblem(error);
}
