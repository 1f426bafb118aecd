import { randomUUID } from 'node:crypto';
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import type { Log } from '../log.ts';
import { asProblem } from '../problem.ts';
import { invalidPayload } from './errors.ts';
import type { Lookout } from './lookout.ts';
import type { QueueDefinition } from './queue-definition.ts';

export type Job<Payload> = {
  readonly payload: Payload;
  readonly jobId: string;
  /** 1 for the first run. */
  readonly attempt: number;
  /** Fires when the run's time is over, when its job was taken away, and when the process stops. */
  readonly signal: AbortSignal;
};

/** How often each slot asks for itself, should notifications and the lookout come to nothing. */
const BACKSTOP_SECONDS = 60;

/** What every run of one `work` call shares. */
type Work<Payload extends object> = {
  readonly boss: PgBoss;
  readonly lookout: Lookout;
  readonly log: Log;
  readonly queue: QueueDefinition<Payload>;
  readonly handler: (job: Job<Payload>) => Promise<void>;
  /** Aborts when running jobs are to end. */
  readonly stopping: AbortSignal;
};

/** A pg-boss worker; without an id as long as it is being started. */
type Slot = { workerId: string | null; isBusy: boolean };

/**
 * Runs the queue's jobs, `concurrency` at a time, until closed. A new job wakes every slot by a notification; what no
 * notification announces wakes one idle slot, so that many idle slots cost what one does.
 */
export async function work<Payload extends object>(
  shared: Work<Payload>,
  concurrency: number,
): Promise<void> {
  const { boss, lookout, queue } = shared;
  const slots: Slot[] = [];
  const findIdle = () => slots.find(({ isBusy }) => !isBusy)?.workerId ?? null;
  const wake = () => {
    const workerId = findIdle();
    if (workerId !== null) boss.notifyWorker(workerId);
  };
  for (let count = 0; count < concurrency; count++) {
    const slot = { workerId: null, isBusy: false };
    slots.push(slot);
    await startSlot(shared, slot, wake);
  }
  lookout.add({ queue: queue.name, isIdle: () => findIdle() !== null, wake });
}

/** Fetches a job, runs it, and fetches again at once. */
async function startSlot<Payload extends object>(
  shared: Work<Payload>,
  slot: Slot,
  wakeAnother: () => void,
): Promise<void> {
  const { boss, queue } = shared;
  slot.workerId = await boss.work(
    queue.name,
    {
      perJobResults: true,
      includeMetadata: true,
      batchSize: 1,
      pollingIntervalSeconds: BACKSTOP_SECONDS,
      notifyPollingIntervalSeconds: BACKSTOP_SECONDS,
      burstWhenReadyExceeds: 1,
      heartbeatRefreshSeconds: queue.heartbeatSeconds / 4,
    },
    async (jobs: JobWithMetadata<object>[]) => {
      slot.isBusy = true;
      // Where one job was, more may be: for another slot now, for this one afterwards.
      wakeAnother();
      const results = await Promise.all(
        jobs.map(async (job) => ({ id: job.id, ...(await runJob(shared, job)) })),
      );
      slot.isBusy = false;
      if (slot.workerId !== null) boss.notifyWorker(slot.workerId);
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
    // Jobs deal with what they expect; the rest is a fault of ours.
    const level = kind === 'internal' ? 'error' : 'warn';
    log[level]('job failed', { queue: queue.name, job_id: job.id, attempt, code, kind });
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
