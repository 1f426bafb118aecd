import type { AccountId, RenderId, RevisionId, RunId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { and, asc, desc, eq, ne, sql } from '../platform/postgres/drizzle.ts';
import { type Brief, type Look, objectRefSchema } from './contract.ts';
import type { Scene } from './film-state.ts';
import { renders, revisions, type SceneRow, scenes, type VideoRow, videos } from './schema.ts';

/** Queries for videos, their revisions and scenes. All are bound to the account. */

export async function findVideo(
  db: Database,
  accountId: AccountId,
  id: VideoId,
): Promise<VideoRow | null> {
  const [video] = await db
    .select()
    .from(videos)
    .where(and(eq(videos.accountId, accountId), eq(videos.id, id)));
  return video ?? null;
}

export async function findVideoByClientKey(
  db: Database,
  accountId: AccountId,
  clientKey: string,
): Promise<VideoRow | null> {
  const [video] = await db
    .select()
    .from(videos)
    .where(and(eq(videos.accountId, accountId), eq(videos.clientKey, clientKey)));
  return video ?? null;
}

/** The video under that client key, made now if there is none; locked until the transaction ends. */
export async function ensureVideo(
  tx: Database,
  video: Pick<VideoRow, 'id' | 'accountId' | 'clientKey' | 'title' | 'seed'>,
): Promise<VideoRow> {
  await tx.insert(videos).values(video).onConflictDoNothing();
  const [found] = await tx
    .select()
    .from(videos)
    .where(and(eq(videos.accountId, video.accountId), eq(videos.clientKey, video.clientKey)))
    .for('no key update');
  if (!found) throw new Error('The video that was just ensured is not there.');
  return found;
}

export async function findRevisionByContent(
  tx: Database,
  video: VideoRow,
  contentHash: string,
): Promise<RevisionId | null> {
  const [revision] = await tx
    .select({ id: revisions.id })
    .from(revisions)
    .where(
      and(
        eq(revisions.accountId, video.accountId),
        eq(revisions.videoId, video.id),
        eq(revisions.contentHash, contentHash),
      ),
    );
  return revision?.id ?? null;
}

export async function insertRevision(
  tx: Database,
  video: VideoRow,
  revision: {
    readonly id: RevisionId;
    readonly brief: Brief;
    readonly look: Look;
    readonly contentHash: string;
  },
): Promise<void> {
  const number = sql<number>`(select coalesce(max(number), 0) + 1 from revisions where video_id = ${video.id})`;
  await tx
    .insert(revisions)
    .values({ ...revision, accountId: video.accountId, videoId: video.id, number });
}

export async function setTitle(
  tx: Database,
  accountId: AccountId,
  videoId: VideoId,
  title: string,
): Promise<void> {
  await tx
    .update(videos)
    .set({ title })
    .where(and(eq(videos.accountId, accountId), eq(videos.id, videoId)));
}

export async function countVideos(db: Database, accountId: AccountId): Promise<number> {
  return await db.$count(videos, eq(videos.accountId, accountId));
}

export async function findRevision(db: Database, accountId: AccountId, id: RevisionId) {
  const [revision] = await db
    .select()
    .from(revisions)
    .where(and(eq(revisions.accountId, accountId), eq(revisions.id, id)));
  return revision ?? null;
}

/** A revision's scenes in film order; empty while its script is not written. */
export async function listScenes(
  db: Database,
  accountId: AccountId,
  revisionId: RevisionId,
): Promise<readonly Scene[]> {
  const rows = await db
    .select({
      id: scenes.sceneId,
      position: scenes.position,
      narration: scenes.narration,
      visual: scenes.visual,
      takeId: scenes.takeId,
      variant: scenes.variant,
      firstFrame: scenes.firstFrame,
    })
    .from(scenes)
    .where(and(eq(scenes.accountId, accountId), eq(scenes.revisionId, revisionId)))
    .orderBy(asc(scenes.position));
  return rows.map((row) => ({
    ...row,
    firstFrame: row.firstFrame === null ? null : objectRefSchema.parse(row.firstFrame),
  }));
}

/** The scenes of the newest other revision that has any: what a new script is compared with. */
export async function listFormerScenes(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
  except: RevisionId,
): Promise<readonly Scene[]> {
  const [former] = await db
    .select({ id: revisions.id })
    .from(revisions)
    .innerJoin(scenes, eq(scenes.revisionId, revisions.id))
    .where(
      and(
        eq(revisions.accountId, accountId),
        eq(revisions.videoId, videoId),
        ne(revisions.id, except),
      ),
    )
    .orderBy(desc(revisions.number))
    .limit(1);
  return former ? await listScenes(db, accountId, former.id) : [];
}

/** Inserted once; a second writer of the same script changes nothing. */
export async function insertScenes(tx: Database, rows: readonly SceneRow[]): Promise<void> {
  await tx
    .insert(scenes)
    .values([...rows])
    .onConflictDoNothing();
}

export async function insertRender(
  tx: Database,
  render: Omit<typeof renders.$inferInsert, 'createdAt'>,
): Promise<void> {
  await tx.insert(renders).values(render).onConflictDoNothing();
}

export async function findRenderOfRun(db: Database, accountId: AccountId, runId: RunId) {
  const [render] = await db
    .select()
    .from(renders)
    .where(and(eq(renders.accountId, accountId), eq(renders.runId, runId)));
  return render ?? null;
}

/** The newest finished film of a video, of whichever revision. */
export async function findLatestRender(db: Database, accountId: AccountId, videoId: VideoId) {
  const [render] = await db
    .select()
    .from(renders)
    .where(and(eq(renders.accountId, accountId), eq(renders.videoId, videoId)))
    .orderBy(desc(renders.id))
    .limit(1);
  return render ?? null;
}

export async function findRender(db: Database, accountId: AccountId, id: RenderId) {
  const [render] = await db
    .select()
    .from(renders)
    .where(and(eq(renders.accountId, accountId), eq(renders.id, id)));
  return render ?? null;
}

/** Ids of the account's videos, newest first, older than `before`; with a client key that one alone. */
export async function listVideoIds(
  db: Database,
  accountId: AccountId,
  {
    before,
    limit,
    clientKey,
  }: {
    readonly before: string | null;
    readonly limit: number;
    readonly clientKey: string | null;
  },
): Promise<readonly VideoId[]> {
  const rows = await db
    .select({ id: videos.id })
    .from(videos)
    .where(
      and(
        eq(videos.accountId, accountId),
        before === null ? sql`true` : sql`${videos.id} < ${before}`,
        clientKey === null ? sql`true` : eq(videos.clientKey, clientKey),
      ),
    )
    .orderBy(desc(videos.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Locks the video against other edits until the transaction ends. */
export async function lockVideo(
  tx: Database,
  accountId: AccountId,
  id: VideoId,
): Promise<VideoRow | null> {
  const [video] = await tx
    .select()
    .from(videos)
    .where(and(eq(videos.accountId, accountId), eq(videos.id, id)))
    .for('no key update');
  return video ?? null;
}

export async function updateVideo(
  tx: Database,
  { accountId, id }: Pick<VideoRow, 'accountId' | 'id'>,
  change: Partial<
    Pick<VideoRow, 'title' | 'metadata' | 'maxCredits' | 'currentRevisionId' | 'estimatedMicroUsd'>
  >,
): Promise<void> {
  await tx
    .update(videos)
    .set({ ...change, updatedAt: sql`now()` })
    .where(and(eq(videos.accountId, accountId), eq(videos.id, id)));
}
