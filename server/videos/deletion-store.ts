import type { AccountId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, eq, inArray, sql } from '../platform/postgres/drizzle.ts';
import { renders, revisions, runs, scenes, steps, takes, videos } from './schema.ts';
import { IN_FLIGHT } from './take-store.ts';

/** Queries that take a video away. All are bound to the account. */

export async function isFilming(
  tx: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<boolean> {
  const count = await tx.$count(
    takes,
    and(
      eq(takes.accountId, accountId),
      eq(takes.videoId, videoId),
      inArray(takes.status, [...IN_FLIGHT]),
    ),
  );
  return count > 0;
}

/** Every stored value of the video that may name objects. */
export async function listStoredValues(
  tx: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<readonly unknown[]> {
  const outputs = await tx
    .select({ value: steps.output })
    .from(steps)
    .innerJoin(runs, eq(runs.id, steps.runId))
    .where(and(eq(runs.accountId, accountId), eq(runs.videoId, videoId)));
  const clips = await tx
    .select({ value: takes.object, frame: takes.lastFrame })
    .from(takes)
    .where(and(eq(takes.accountId, accountId), eq(takes.videoId, videoId)));
  const films = await tx
    .select({ value: renders.files })
    .from(renders)
    .where(and(eq(renders.accountId, accountId), eq(renders.videoId, videoId)));
  return [...outputs, ...clips, ...films];
}

export async function deleteRows(
  tx: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<void> {
  const mine = sql`account_id = ${accountId} and video_id = ${videoId}`;
  await tx.delete(renders).where(mine);
  await tx.delete(steps).where(
    inArray(
      steps.runId,
      tx
        .select({ id: runs.id })
        .from(runs)
        .where(and(eq(runs.accountId, accountId), eq(runs.videoId, videoId))),
    ),
  );
  await tx.delete(runs).where(mine);
  await tx.delete(takes).where(mine);
  await tx.delete(scenes).where(mine);
  await tx
    .update(videos)
    .set({ currentRevisionId: null })
    .where(and(eq(videos.accountId, accountId), eq(videos.id, videoId)));
  await tx.delete(revisions).where(mine);
  await tx.delete(videos).where(and(eq(videos.accountId, accountId), eq(videos.id, videoId)));
}

/** Keys in one statement; a video of a hundred scenes has some six hundred. */
const KEYS_AT_ONCE = 200;

/**
 * Forgets results that name any of these objects and are used by no other video of the account; the keys that
 * nothing names any more.
 */
export async function dropUnused(
  tx: Database,
  accountId: AccountId,
  keys: readonly string[],
): Promise<readonly string[]> {
  const unused: string[] = [];
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    const some = keys.slice(from, from + KEYS_AT_ONCE);
    const found = await tx.execute<{ key: string }>(sql`
      select key from unnest(${sql.param(some)}::text[]) as key
      where not exists (select 1 from steps where account_id = ${accountId}
          and output is not null and position(key in output::text) > 0)
        and not exists (select 1 from takes where account_id = ${accountId}
          and object is not null and position(key in object::text) > 0)`);
    unused.push(...found.rows.map(({ key }) => key));
  }
  for (let from = 0; from < unused.length; from += KEYS_AT_ONCE) {
    const some = unused.slice(from, from + KEYS_AT_ONCE);
    await tx.execute(sql`
      delete from step_results where account_id = ${accountId} and exists (
        select 1 from unnest(${sql.param(some)}::text[]) as key
        where position(key in output::text) > 0)`);
  }
  return unused;
}
