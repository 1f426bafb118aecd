import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { storagePrefixOf } from '../accounts/accounts.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import { takeStragglers } from './awaited-takes.ts';
import type { Filming } from './filming.ts';
import { makeKeep } from './object-keeper.ts';
import type { TakeRow } from './take-store.ts';

export type StragglersDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly filming: Filming;
  readonly workDir: string;
  readonly log: Log;
};

/** Between two looks at the same take. */
const LOOK_MS = 30_000;
const AT_ONCE = 8;
const LONGEST_LOOK_MS = 300_000;

/**
 * Looks after takes in flight that no run waits for any more: what was canceled may still be running at its vendor,
 * holds a permit, and will be charged. It is called off where that is possible, and kept where it arrives.
 */
export function makeStragglers({ db, objects, filming, workDir, log }: StragglersDeps) {
  const keep = makeKeep(objects);

  return async function lookAfterStragglers(stopping: AbortSignal): Promise<void> {
    const takes = await takeStragglers(db, { nextLookMs: LOOK_MS, limit: AT_ONCE });
    await Promise.all(
      takes.map((take) =>
        lookAfter(take, stopping).catch((error) => {
          log.warn('straggler.failed', { code: asProblem(error).code });
        }),
      ),
    );
  };

  async function lookAfter(take: TakeRow, stopping: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(LONGEST_LOOK_MS)]);
    if (await filming.callOff(take, { signal })) return;
    const dir = join(workDir, `straggler-${randomUUID()}`);
    await mkdir(dir, { recursive: true });
    try {
      const prefix = await storagePrefixOf(db, take.accountId);
      await filming.watch(take, {
        dir,
        signal,
        keep: (file, contentType) => keep(prefix, file, contentType, signal),
        open: (object) => objects.localFile(object.key, signal),
      });
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
}
