import { lockAccount } from '../accounts/accounts.ts';
import type { AccountId, RunId, SceneId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Failure } from './contract.ts';
import { overallProgress, type StepProgress } from './progress.ts';
import * as runStore from './run-store.ts';
import type { RunRow, StepRow } from './schema.ts';
import { listProgress } from './step-store.ts';

/** What is told of a video; each names something that has just become true in the same transaction. */
export type Tiding =
  | 'video.queued'
  | 'video.running'
  | 'video.waiting'
  | 'video.succeeded'
  | 'video.failed'
  | 'video.canceled'
  | 'scene.succeeded'
  | 'scene.failed';

/** Who listens: events for the account's streams and webhooks, and hints that something moved. */
export type Listeners = {
  tell(
    tx: Database,
    about: { readonly accountId: AccountId; readonly videoId: VideoId },
    tiding: Tiding,
    sceneId: SceneId | null,
  ): Promise<void>;
  /** Hints that the progress of these videos moved; a lost one does not matter. */
  moved(tx: Database, videoIds: readonly VideoId[]): Promise<void>;
};

export type LifecycleDeps = Listeners & {
  /** Runs of one account that may be under way at once; more are queued. */
  readonly maxRunning: number;
};

type RunRef = Pick<RunRow, 'id' | 'accountId' | 'videoId' | 'revisionId'>;
export type RunEnd = {
  readonly status: 'succeeded' | 'failed' | 'canceled';
  readonly error?: Failure;
};

/** The states of a run, and who hears of their changes. Every method works in its caller's transaction. */
export function makeLifecycle({ tell, moved, maxRunning }: LifecycleDeps) {
  /** Lets queued runs of the account begin while there is room; theirs is the next `advance`. */
  async function admit(tx: Database, accountId: AccountId): Promise<readonly RunId[]> {
    // One at a time for an account, so that the limit is never passed.
    const { deletedAt } = await lockAccount(tx, accountId);
    if (deletedAt !== null) return [];
    const running = await runStore.countRunning(tx, accountId);
    const admitted = await runStore.beginQueued(tx, accountId, maxRunning - running);
    for (const run of admitted) await tell(tx, run, 'video.running', null);
    return admitted.map(({ id }) => id);
  }

  return {
    admit,

    /** Writes a new run with its first steps; it begins at once or when the account has room for it. */
    async start(tx: Database, run: RunRef, insertSteps: () => Promise<void>): Promise<void> {
      await runStore.insertRun(tx, run);
      await insertSteps();
      const admitted = await admit(tx, run.accountId);
      if (!admitted.includes(run.id)) await tell(tx, run, 'video.queued', null);
    },

    /** Ends an open run; null when another was first. `admitted` begin in its place. */
    async end(
      tx: Database,
      run: Pick<RunRef, 'id' | 'accountId'>,
      end: RunEnd,
    ): Promise<{ readonly admitted: readonly RunId[] } | null> {
      const ended = await runStore.endRun(tx, run.id, end);
      if (!ended) return null;
      await tell(tx, ended, `video.${end.status}`, null);
      return { admitted: await admit(tx, run.accountId) };
    },

    /** A step has ended: what that means for its scene. */
    async stepEnded(
      tx: Database,
      step: Pick<StepRow, 'kind' | 'runId' | 'sceneId' | 'accountId'>,
      as: 'succeeded' | 'failed',
    ): Promise<void> {
      if (step.sceneId === null) return;
      if (as === 'succeeded' && step.kind !== 'segment') return;
      const videoId = await runStore.videoOfRun(tx, step.runId);
      if (videoId) await tell(tx, { ...step, videoId }, `scene.${as}`, step.sceneId);
    },

    /** Something moved or stopped moving: stores the progress, which never falls, and what the runs wait for. */
    async progressed(tx: Database, runIds: readonly RunId[]): Promise<void> {
      const runs = await runStore.lockRunning(tx, runIds);
      const steps = Map.groupBy(await listProgress(tx, runIds), ({ runId }) => runId);
      const changes = runs.flatMap((before) => {
        const own = steps.get(before.id) ?? [];
        const progress = Math.max(before.progress, overallProgress(own));
        const waitingFor = waitingOf(own);
        const isSame = progress === before.progress && waitingFor === before.waitingFor;
        return isSame ? [] : [{ before, after: { id: before.id, progress, waitingFor } }];
      });
      if (changes.length === 0) return;
      await runStore.storeProgress(
        tx,
        changes.map(({ after }) => after),
      );
      for (const { before, after } of changes) {
        if (after.waitingFor !== before.waitingFor) {
          await tell(tx, before, after.waitingFor ? 'video.waiting' : 'video.running', null);
        }
      }
      await moved(
        tx,
        changes.map(({ before }) => before.videoId),
      );
    },
  };
}

export type Lifecycle = ReturnType<typeof makeLifecycle>;

/** A run waits when something in it does and nothing else is on its way. */
export function waitingOf(
  steps: readonly (StepProgress & Pick<StepRow, 'waitingFor'>)[],
): RunRow['waitingFor'] {
  const open = steps.filter(({ status }) => ['ready', 'running', 'waiting'].includes(status));
  if (open.length === 0 || open.some(({ waitingFor }) => waitingFor === null)) return null;
  return open.some(({ waitingFor }) => waitingFor === 'provider') ? 'provider' : 'capacity';
}
