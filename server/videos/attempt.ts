import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import type { StepRow } from './schema.ts';
import { renewLease } from './step-store.ts';

/** How long a step stays its worker's without word of it. Renewed at a third of that. */
export const LEASE_MS = 15_000;

/** One claim of one step: its folder, its lease, and the signal that ends it. */
export type Attempt = {
  readonly step: StepRow;
  /** Removed when the attempt ends. */
  readonly dir: string;
  /** Aborts when the step is no longer ours (its run ended, or another worker has it), or the process stops. */
  readonly signal: AbortSignal;
  /** True when the step stopped being ours; then nothing may be written about it. */
  isLost(): boolean;
  lose(): void;
  /** CPU milliseconds so far, this process not counted. */
  cpuMs: number;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Opens the folder of a freshly claimed step and keeps its lease alive until disposed. `stopping` is the
 * process's own wish to stop.
 */
export async function openAttempt(
  deps: { readonly db: Database; readonly workDir: string; readonly log: Log },
  step: StepRow,
  stopping: AbortSignal,
): Promise<Attempt> {
  const dir = join(deps.workDir, `${step.id}-${step.attempt}`);
  await mkdir(dir, { recursive: true });
  const lost = new AbortController();
  const renewal = setInterval(() => {
    renewLease(deps.db, step.id, step.attempt, LEASE_MS).then(
      (kept) => kept || lost.abort(),
      // A database that is away for a moment is no reason to stop; the fencing number guards the result.
      (error) => deps.log.warn('step.renewal_failed', { code: asProblem(error).code }),
    );
  }, LEASE_MS / 3);
  return {
    step,
    dir,
    signal: AbortSignal.any([stopping, lost.signal]),
    isLost: () => lost.signal.aborted,
    lose: () => lost.abort(),
    cpuMs: 0,
    async [Symbol.asyncDispose]() {
      clearInterval(renewal);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
