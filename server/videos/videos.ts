import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { VideoModel } from '../models/models.ts';
import { type AccountId, newId, type RunId, type VideoId } from '../platform/ids.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import { type Brief, briefSchema, type Look, lookSchema } from './contract.ts';
import { AlreadyEnded, VideoNotFound } from './errors.ts';
import { planOpening } from './plan.ts';
import * as runStore from './run-store.ts';
import { adoptScenes, type WrittenScene } from './scenes.ts';
import type { RunRow, VideoRow } from './schema.ts';
import * as stepStore from './step-store.ts';
import { listTakesInFlight } from './take-store.ts';
import * as videoStore from './video-store.ts';
import { type RunView, viewRun } from './view.ts';

export type VideosDeps = {
  readonly db: Database;
  readonly advance: (run: RunId) => Promise<void>;
  readonly videoModel: VideoModel;
};

/** What a user asks for: a topic to write about, or scenes of their own. */
export type Wish =
  | {
      readonly kind: 'topic';
      readonly topic: string;
      readonly seconds: number;
      readonly language: string;
    }
  | {
      readonly kind: 'script';
      readonly title: string;
      readonly language: string;
      readonly scenes: readonly WrittenScene[];
    };

export type MakeRequest = {
  /** What the maker calls the video: the same key is the same video, changed or not. */
  readonly clientKey: string;
  readonly wish: Wish;
  readonly look: Look;
};

export type CancelAnswer = {
  /** Steps that stop now. */
  readonly willStop: number;
  /** Clips that the model goes on filming; they are kept for later if they arrive. */
  readonly cannotStop: number;
};

/** A video with the choices of its current revision. */
export type KnownVideo = {
  readonly videoId: VideoId;
  readonly clientKey: string;
  readonly look: Look;
  readonly language: string;
};

/** Videos as their makers see them: make, look, cancel. The pipeline behind it is advance.ts and runner.ts. */
export function makeVideos({ db, advance, videoModel }: VideosDeps) {
  return {
    /**
     * Makes the video, or makes it again: the same wish joins the run that is under way, resumes an
     * interrupted one, or takes every unchanged result over; a changed one becomes a new revision.
     * Returns as soon as the run stands; workers do the rest.
     */
    async make(
      accountId: AccountId,
      request: MakeRequest,
    ): Promise<{ videoId: VideoId; runId: RunId }> {
      const look = lookSchema.parse(request.look);
      // Finding what an interrupted try has written, so it may be repeated.
      const started = await retryOnLostConnection(() =>
        db.transaction(async (tx) => {
          const video = await videoStore.ensureVideo(tx, {
            id: newId('vid'),
            accountId,
            clientKey: request.clientKey,
            title: titleOf(request.wish),
            seed: seedOf(request.clientKey),
          });
          const revisionId = await ensureRevision(tx, video, request.wish, look);
          const run = await ensureRun(tx, video, revisionId);
          return { videoId: video.id, runId: run };
        }),
      );
      await retryOnLostConnection(() => advance(started.runId));
      return started;
    },

    /** Stops the running run: steps end, clips being filmed are called off where the model can. */
    async cancel(accountId: AccountId, videoId: VideoId): Promise<CancelAnswer> {
      const video = await videoStore.findVideo(db, accountId, videoId);
      if (!video) throw new VideoNotFound();
      const run = await runStore.findActiveRun(db, accountId, videoId);
      if (!run) throw new AlreadyEnded();
      const inFlight = await listTakesInFlight(db, accountId, run.id);
      const steps = await stepStore.listSteps(db, run.id);
      const open = steps.filter((step) => step.finishedAt === null);
      const ended = await db.transaction((tx) =>
        runStore.endRun(tx, run.id, { status: 'canceled' }),
      );
      if (!ended) throw new AlreadyEnded();
      const stopped = await Promise.all(
        inFlight.map(async ({ taskId }) => {
          if (taskId === null) return true;
          return await videoModel.cancel(taskId, { signal: AbortSignal.timeout(10_000) });
        }),
      );
      return { willStop: open.length, cannotStop: stopped.filter((gone) => !gone).length };
    },

    /** A run as it stands, for showing. */
    async view(accountId: AccountId, runId: RunId): Promise<RunView> {
      return await retryOnLostConnection(async () => {
        const run = await runStore.findRun(db, accountId, runId);
        if (!run) throw new VideoNotFound();
        return await viewRun(db, run);
      });
    },

    /** The video under a client key with what was last asked for, or null. */
    async findByClientKey(accountId: AccountId, clientKey: string): Promise<KnownVideo | null> {
      const video = await videoStore.findVideoByClientKey(db, accountId, clientKey);
      return video && (await describe(video));
    },

    async find(accountId: AccountId, id: VideoId): Promise<KnownVideo | null> {
      const video = await videoStore.findVideo(db, accountId, id);
      return video && (await describe(video));
    },
  };

  async function describe(video: VideoRow): Promise<KnownVideo | null> {
    const revision =
      video.currentRevisionId &&
      (await videoStore.findRevision(db, video.accountId, video.currentRevisionId));
    if (!revision) return null;
    return {
      videoId: video.id,
      clientKey: video.clientKey,
      look: lookSchema.parse(revision.look),
      language: briefSchema.parse(revision.brief).language,
    };
  }

  async function ensureRevision(tx: Database, video: VideoRow, wish: Wish, look: Look) {
    const contentHash = hashOf({ wish, look });
    const known = await videoStore.findRevisionByContent(tx, video, contentHash);
    const id = known ?? newId('rev');
    if (!known) {
      const brief = await toBrief(tx, video, wish);
      await videoStore.insertRevision(tx, video, { id, brief, look, contentHash });
    }
    if (video.currentRevisionId !== id) await videoStore.setCurrentRevision(tx, video, id);
    return id;
  }

  async function toBrief(tx: Database, video: VideoRow, wish: Wish): Promise<Brief> {
    if (wish.kind === 'topic') return briefSchema.parse(wish);
    const former = video.currentRevisionId
      ? await videoStore.listScenes(tx, video.accountId, video.currentRevisionId)
      : [];
    return briefSchema.parse({ ...wish, scenes: adoptScenes(wish.scenes, former) });
  }

  async function ensureRun(tx: Database, video: VideoRow, revisionId: RunRow['revisionId']) {
    const active = await runStore.findActiveRun(tx, video.accountId, video.id);
    if (active?.revisionId === revisionId) return active.id;
    // What was asked for before is no longer wanted; its finished steps stay usable.
    if (active) await runStore.endRun(tx, active.id, { status: 'canceled' });
    const run = { id: newId('run'), accountId: video.accountId, videoId: video.id, revisionId };
    await runStore.insertRun(tx, run);
    await stepStore.insertSteps(tx, run, planOpening());
    return run.id;
  }
}

function titleOf(wish: Wish): string {
  return wish.kind === 'topic' ? wish.topic : wish.title;
}

function hashOf(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('A wish must be JSON.');
  return createHash('sha256').update(text).digest('hex');
}

/** A positive 31-bit number from the key, so that the same wish on another machine films the same. */
function seedOf(clientKey: string): number {
  return createHash('sha256').update(clientKey).digest().readUInt32BE(0) >>> 1;
}
