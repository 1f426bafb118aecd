import { randomUUID } from 'node:crypto';
import type { PgBoss } from 'pg-boss';
import type { Log } from '../log.ts';
import { asDatabaseProblem, type Database, type OpenDatabase } from '../postgres/database.ts';
import { lockName } from '../postgres/statements.ts';
import type { Problem } from '../problem.ts';
import { ensureQueues, inTransaction, makeBoss } from './boss.ts';
import { type DeadLetter, findQueueOf, listDeadLetters } from './dead-letters.ts';
import { invalidPayload, queueFailed } from './errors.ts';
import { openLookout } from './lookout.ts';
import { deadLetterName, type QueueDefinition, type QueueRules } from './queue-definition.ts';
import { type Job, work } from './work.ts';

export type { DeadLetter } from './dead-letters.ts';
export { defineQueue, type QueueDefinition } from './queue-definition.ts';

/** How long a run may take to end after its signal, before its job counts as failed. */
const GRACE_MS = 1_000;

export type QueueOptions = {
  readonly database: Pick<OpenDatabase, 'db' | 'pool' | 'listen'>;
  readonly log: Log;
  /** Every queue this process sends to or works. */
  readonly queues: readonly QueueRules[];
  /** False for a process that only sends. Default true. */
  readonly works?: boolean | undefined;
};

export type SendOptions = {
  /** The caller's transaction: the job exists when that commits, and never when it does not. */
  readonly tx?: Database | undefined;
  /** Default 0: at once. */
  readonly startAfterMs?: number | undefined;
  /** Of waiting jobs with the same key there is one; a job already waiting wins, whatever its delay. */
  readonly singletonKey?: string | undefined;
  /** Higher runs first. Default 0. */
  readonly priority?: number | undefined;
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
  /** Jobs of these queues that failed for good, newest first, at most `limit`, behind that place. */
  deadLetters(page: {
    readonly before: string | null;
    readonly limit: number;
  }): Promise<readonly DeadLetter[]>;
  /** Puts a dead letter back into its queue with `tx`; false where it was put back already, or never was. */
  retryDeadLetter(tx: Database, id: string): Promise<boolean>;
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
  const names = queues.map(({ name }) => name);
  const boss = makeBoss({ database: options.database, log, works });
  const closing = new AbortController();
  const stopping = new AbortController();
  try {
    // One process at a time: of two that install it at once, one may fail at the schema (pg-boss 12.38).
    await options.database.db.transaction(async (tx) => {
      await lockName(tx, 'queue');
      await boss.start();
      await ensureQueues(boss, queues);
    });
  } catch (error) {
    await boss.stop({ graceful: false, close: false }).catch(() => undefined);
    throw asQueueProblem(error);
  }
  const lookout = openLookout({ db: options.database.db, log }, closing.signal);
  return {
    send: (queue, payload, sendOptions = {}) => send(boss, queue, payload, sendOptions),
    work: (queue, { concurrency }, handler) =>
      work({ boss, lookout, log, queue, handler, stopping: stopping.signal }, concurrency),
    deadLetters: (page) => listDeadLetters(options.database.db, names, page),
    async retryDeadLetter(tx, id) {
      const name = await findQueueOf(tx, names, id);
      if (name === null) return false;
      const which = { ids: [id], db: inTransaction(tx) };
      return (await boss.redrive(deadLetterName(name), which).catch(rethrow)) === 1;
    },
    async stop({ timeoutMs }) {
      closing.abort();
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
  { tx, startAfterMs = 0, singletonKey, priority }: SendOptions,
): Promise<string | undefined> {
  const checked = queue.payload.safeParse(payload);
  if (!checked.success) throw invalidPayload(queue.name, checked.error);
  const id = await boss
    .send(queue.name, checked.data, {
      // Without a key of its own a job must not meet any other.
      singletonKey: singletonKey ?? randomUUID(),
      // By our clock a job for now would lie after the start of its transaction, and be announced to nobody.
      ...(startAfterMs > 0 ? { startAfter: new Date(Date.now() + startAfterMs) } : {}),
      ...(priority === undefined ? {} : { priority }),
      ...(tx === undefined ? {} : { db: inTransaction(tx) }),
    })
    .catch(rethrow);
  return id ?? undefined;
}

/** A lost database stays one, so that callers retry it as such; the rest is the queue's own. */
function asQueueProblem(error: unknown): Problem {
  const problem = asDatabaseProblem(error);
  return problem.code === 'database_rejected' ? queueFailed(error) : problem;
}

function rethrow(error: unknown): never {
  throw asQueueProblem(error);
}
