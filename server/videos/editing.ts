import { type AccountId, newId, type SceneId, type TakeId, type VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { PatchScene } from './api-contract.ts';
import { type Brief, briefSchema, type Look, lookSchema, type ObjectRef } from './contract.ts';
import { NotWritten, SceneNotFound, TakeNotFound, VideoNotFound } from './errors.ts';
import type { EstimateModels } from './estimate.ts';
import { reviseVideo } from './revisions.ts';
import { type BriefScene, briefScenesOf } from './scenes.ts';
import type { VideoRow } from './schema.ts';
import * as takeStore from './take-store.ts';
import * as videoStore from './video-store.ts';
import type { Within } from './videos.ts';

export type VideoChange = {
  readonly title?: string | undefined;
  readonly look?: Partial<Look>;
  /** All scenes in their new order; one with an id continues that scene. */
  readonly scenes?:
    | readonly {
        readonly id?: SceneId | undefined;
        readonly narration: string;
        readonly visual?: string | null | undefined;
      }[]
    | undefined;
  readonly maxCredits?: number | null | undefined;
  readonly metadata?: Readonly<Record<string, string | number | boolean | null>> | undefined;
};

export type SceneChange = Pick<PatchScene, 'narration' | 'visual'> & {
  readonly firstFrame?: ObjectRef | null;
};

/** Edits: each makes a revision, which is rendered when the maker asks for it. A run under way goes on as it is. */
export function makeEditing({
  db,
  models,
}: {
  readonly db: Database;
  readonly models: EstimateModels;
}) {
  return {
    async editVideo(
      accountId: AccountId,
      videoId: VideoId,
      change: VideoChange,
      within: Within,
    ): Promise<void> {
      await revise(accountId, videoId, within, async ({ video, brief, look, tx }) => {
        const { title, maxCredits, metadata } = change;
        await videoStore.updateVideo(tx, video, {
          ...(title === undefined ? {} : { title }),
          ...(maxCredits === undefined ? {} : { maxCredits }),
          ...(metadata === undefined ? {} : { metadata }),
        });
        return {
          brief: change.scenes ? await withScenes(tx, video, brief, change.scenes, title) : brief,
          look: lookSchema.parse({ ...look, ...change.look }),
        };
      });
    },

    async editScene(
      accountId: AccountId,
      videoId: VideoId,
      sceneId: SceneId,
      change: SceneChange,
      within: Within,
    ): Promise<void> {
      await changeScene(accountId, videoId, sceneId, within, (scene) => ({
        ...scene,
        narration: change.narration ?? scene.narration,
        visual: change.visual ?? scene.visual,
        firstFrame: change.firstFrame === undefined ? scene.firstFrame : change.firstFrame,
        // Another picture is another take.
        takeId:
          change.visual === undefined && change.firstFrame === undefined ? scene.takeId : null,
      }));
    },

    /** The scene's take from now on; null lets the pipeline choose again. */
    async chooseTake(
      accountId: AccountId,
      videoId: VideoId,
      sceneId: SceneId,
      takeId: TakeId | null,
      within: Within,
    ): Promise<void> {
      if (takeId !== null) {
        const take = await takeStore.findTake(db, accountId, takeId);
        const fits = take?.videoId === videoId && take.sceneId === sceneId;
        if (!fits || take.status !== 'stored') throw new TakeNotFound();
      }
      await changeScene(accountId, videoId, sceneId, within, (scene) => ({ ...scene, takeId }));
    },

    /** Wishes for a new take of the same scene: the next run films it. */
    async wishTake(
      accountId: AccountId,
      videoId: VideoId,
      sceneId: SceneId,
      within: Within,
    ): Promise<void> {
      await changeScene(accountId, videoId, sceneId, within, (scene) => ({
        ...scene,
        takeId: null,
        variant: scene.variant + 1,
      }));
    },

    /** A clip of the maker's own becomes the scene's take. */
    async uploadTake(
      accountId: AccountId,
      videoId: VideoId,
      sceneId: SceneId,
      clip: { readonly object: ObjectRef; readonly seconds: number },
      within: Within,
    ): Promise<TakeId> {
      const id = newId('tak');
      await changeScene(accountId, videoId, sceneId, within, async (scene, tx) => {
        const clipKey = clip.object.sha256;
        const about = { id, accountId, videoId, sceneId, clipKey };
        await takeStore.insertUploadedTake(tx, { ...about, ...clip });
        return { ...scene, takeId: id };
      });
      return id;
    },

    async listTakes(accountId: AccountId, videoId: VideoId, sceneId: SceneId) {
      const video = await videoStore.findVideo(db, accountId, videoId);
      if (!video) throw new VideoNotFound();
      return await takeStore.listTakesOfScene(db, accountId, videoId, sceneId);
    },
  };

  async function changeScene(
    accountId: AccountId,
    videoId: VideoId,
    sceneId: SceneId,
    within: Within,
    change: (scene: BriefScene, tx: Database) => BriefScene | Promise<BriefScene>,
  ): Promise<void> {
    await revise(accountId, videoId, within, async ({ video, brief, look, tx }) => {
      const written = await asScript(tx, video, brief);
      if (!written.scenes.some((scene) => scene.sceneId === sceneId)) throw new SceneNotFound();
      const scenes = await Promise.all(
        written.scenes.map((scene) => (scene.sceneId === sceneId ? change(scene, tx) : scene)),
      );
      return { brief: { ...written, scenes }, look };
    });
  }

  /** Locks the video, lets `change` make the next brief and look of the current ones, and stores them. */
  async function revise(
    accountId: AccountId,
    videoId: VideoId,
    within: Within,
    change: (current: {
      readonly video: VideoRow;
      readonly brief: Brief;
      readonly look: Look;
      readonly tx: Database;
    }) => Promise<{ readonly brief: Brief; readonly look: Look }>,
  ): Promise<void> {
    await db.transaction(async (tx) => {
      const video = await videoStore.lockVideo(tx, accountId, videoId);
      const revision =
        video?.currentRevisionId &&
        (await videoStore.findRevision(tx, accountId, video.currentRevisionId));
      if (!video || !revision) throw new VideoNotFound();
      const next = await change({
        video,
        brief: briefSchema.parse(revision.brief),
        look: lookSchema.parse(revision.look),
        tx,
      });
      const brief = briefSchema.parse(next.brief);
      await reviseVideo(tx, models, video, {
        content: { brief, look: next.look },
        brief: async () => brief,
        look: next.look,
      });
      await within(tx, videoId);
    });
  }
}

export type Editing = ReturnType<typeof makeEditing>;

type Script = Extract<Brief, { kind: 'script' }>;

/** A brief whose scenes can be changed: a topic's are those that were written for it. */
async function asScript(tx: Database, video: VideoRow, brief: Brief): Promise<Script> {
  if (brief.kind === 'script') {
    const filled = new Map((await currentScenes(tx, video)).map((scene) => [scene.id, scene]));
    const scenes = brief.scenes.map((scene) => ({
      ...scene,
      visual: scene.visual ?? filled.get(scene.sceneId)?.visual ?? null,
    }));
    return { ...brief, scenes };
  }
  const scenes = briefScenesOf(await currentScenes(tx, video));
  if (scenes.length === 0) throw new NotWritten();
  return { kind: 'script', title: video.title, language: brief.language, scenes };
}

async function currentScenes(tx: Database, video: VideoRow) {
  if (!video.currentRevisionId) return [];
  return await videoStore.listScenes(tx, video.accountId, video.currentRevisionId);
}

async function withScenes(
  tx: Database,
  video: VideoRow,
  brief: Brief,
  wanted: NonNullable<VideoChange['scenes']>,
  title: string | undefined,
): Promise<Script> {
  const current = brief.kind === 'script' ? brief : null;
  const known = current?.scenes ?? briefScenesOf(await currentScenes(tx, video));
  const byId = new Map(known.map((scene) => [scene.sceneId, scene]));
  const scenes = wanted.map(({ id, narration, visual }) => {
    const former = id === undefined ? undefined : byId.get(id);
    if (id !== undefined && !former) throw new SceneNotFound();
    const samePicture = visual === undefined || visual === former?.visual;
    return {
      sceneId: former?.sceneId ?? newId('scn'),
      narration,
      visual: visual ?? former?.visual ?? null,
      takeId: samePicture ? (former?.takeId ?? null) : null,
      variant: former?.variant ?? 0,
      firstFrame: former?.firstFrame ?? null,
    };
  });
  const name = title ?? current?.title ?? video.title;
  return { kind: 'script', title: name, language: brief.language, scenes };
}
