import type { AccountId, VideoId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import { objectsIn } from './contract.ts';
import * as deletionStore from './deletion-store.ts';
import { VideoBusy, VideoNotFound } from './errors.ts';
import * as runStore from './run-store.ts';
import * as videoStore from './video-store.ts';

/** Takes a video away with everything that is its alone. */
export function makeDeletion({
  db,
  objects,
  log,
}: {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly log: Log;
}) {
  return {
    /**
     * Deletes the rows at once and then the files that no other video of the account uses. What was bought stays on
     * record without the video. Rejects with `video_busy` while it is being made or a take of it is being filmed.
     */
    async remove(accountId: AccountId, videoId: VideoId): Promise<void> {
      const orphans = await db.transaction(async (tx) => {
        const video = await videoStore.lockVideo(tx, accountId, videoId);
        if (!video) throw new VideoNotFound();
        const open = await runStore.findOpenRun(tx, accountId, videoId);
        if (open || (await deletionStore.isFilming(tx, accountId, videoId))) throw new VideoBusy();
        const values = await deletionStore.listStoredValues(tx, accountId, videoId);
        await deletionStore.deleteRows(tx, accountId, videoId);
        const keys = [...new Set(values.flatMap(objectsIn).map(({ key }) => key))];
        return await deletionStore.dropUnused(tx, accountId, keys);
      });
      for (const key of orphans) {
        // A file that stays behind is found by the sweep of objects that no row names.
        await objects.delete(key).catch((error) => {
          log.warn('video.file_not_deleted', { video_id: videoId, code: asProblem(error).code });
        });
      }
    },
  };
}

export type Deletion = ReturnType<typeof makeDeletion>;
