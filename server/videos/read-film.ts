import { storagePrefixOf } from '../accounts/accounts.ts';
import type { RunId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { briefSchema, lookSchema } from './contract.ts';
import { type FilmState, makeFilmState } from './film-state.ts';
import { findRunForWork } from './run-store.ts';
import type { RunRow, StepRow } from './schema.ts';
import { listSteps } from './step-store.ts';
import { findRevision, findVideo, listScenes } from './video-store.ts';

export type FilmReading = {
  readonly run: RunRow;
  /** In the order of the plan. */
  readonly steps: readonly StepRow[];
  readonly film: FilmState;
  /** Where the account's objects lie. */
  readonly storagePrefix: string;
};

/** A run with all that its steps' inputs are made of, or null when it is gone. */
export async function readFilm(db: Database, runId: RunId): Promise<FilmReading | null> {
  const run = await findRunForWork(db, runId);
  if (!run) return null;
  // Before the scenes: whoever plans steps writes their scenes in the same transaction, so each has its scene below.
  const steps = await listSteps(db, runId);
  const [video, revision, scenes, storagePrefix] = await Promise.all([
    findVideo(db, run.accountId, run.videoId),
    findRevision(db, run.accountId, run.revisionId),
    listScenes(db, run.accountId, run.revisionId),
    storagePrefixOf(db, run.accountId),
  ]);
  if (!video || !revision) return null;
  const film = makeFilmState(
    {
      accountId: run.accountId,
      videoId: run.videoId,
      seed: video.seed,
      brief: briefSchema.parse(revision.brief),
      look: lookSchema.parse(revision.look),
      scenes,
    },
    steps.filter((step) => step.status === 'succeeded'),
  );
  return { run, steps, film, storagePrefix };
}
