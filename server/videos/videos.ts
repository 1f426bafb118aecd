import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { type AccountId, newId, type RunId, type VideoId } from '../platform/ids.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import { creditsOf, sumsOfVideo } from '../purchases/purchases.ts';
import { listTakesInFlight } from './awaited-takes.ts';
import { type Brief, briefSchema, type Look, lookSchema } from './contract.ts';
import { AlreadyEnded, VideoNotFound } from './errors.ts';
import { type EstimateModels, estimateFilm } from './estimate.ts';
import type { Filming } from './filming.ts';
import type { Lifecycle } from './lifecycle.ts';
import { ensureRun, refuseOverMax, reviseVideo } from './revisions.ts';
import * as runStore from './run-store.ts';
import { adoptScenes, type WrittenScene } from './scenes.ts';
import type { VideoRow } from './schema.ts';
import * as stepStore from './step-store.ts';
import { readVideoObject } from './video-object.ts';
import * as videoStore from './video-store.ts';
import { type RunView, viewRun } from './view.ts';

export type VideosDeps = {
  readonly db: Database;
  readonly advance: (run: RunId) => Promise<void>;
  readonly lifecycle: Lifecycle;
  readonly models: EstimateModels;
  readonly filming: Filming;
};

/** What a user asks for: a topic to write about, or scenes of their own. */
export type Wish =
  | {
      readonly kind: 'topic';
      readonly topic: string;
      readonly seconds: number;
      readonly language: string;
      readonly tone?: string | null;
      readonly idea?: Extract<Brief, { kind: 'topic' }>['idea'];
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
  readonly look: z.input<typeof lookSchema>;
  readonly title?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean | null>>;
  /** Refused when more is expected, and stopped before a purchase that would go beyond. */
  readonly maxCredits?: number | null;
};

export type CancelAnswer = {
  /** Steps that stop now. */
  readonly willStop: number;
  /** Clips that the model goes on filming; they are kept if they arrive. */
  readonly cannotStop: number;
  readonly creditsReleased: number;
  readonly creditsSettled: number;
};

/** A video with the choices of its current revision. */
export type KnownVideo = {
  readonly videoId: VideoId;
  readonly clientKey: string;
  readonly look: Look;
  readonly language: string;
};

/** Work that belongs into the transaction that makes a change, such as keeping the answer to a request. */
export type Within = (tx: Database, video: VideoId) => Promise<void>;

/** Longest that a model is asked whether a clip can be called off. */
const CALL_OFF_MS = 10_000;

/** Videos as their makers see them: make, look, render, cancel. Edits are in editing.ts, the pipeline in advance.ts and runner.ts. */
export function makeVideos({ db, advance, lifecycle, models, filming }: VideosDeps) {
  return {
    count: (accountId: AccountId) => videoStore.countVideos(db, accountId),

    /** What making it is expected to cost; nothing is written. */
    estimate(request: Pick<MakeRequest, 'wish' | 'look'>) {
      const brief = briefOf(request.wish, []);
      return estimateFilm(models, brief, lookSchema.parse(request.look));
    },

    /**
     * Makes the video, or makes it again: the same wish joins the run that is under way, resumes an
     * interrupted one, or takes every unchanged result over; a changed one becomes a new revision.
     * Returns as soon as the run stands; workers do the rest.
     */
    async make(
      accountId: AccountId,
      request: MakeRequest,
      within: Within = async () => undefined,
    ): Promise<{ videoId: VideoId; runId: RunId }> {
      const look = lookSchema.parse(request.look);
      const { metadata, maxCredits, title } = request;
      // Finding what an interrupted try has written, so it may be repeated.
      const started = await retryOnLostConnection(() =>
        db.transaction(async (tx) => {
          const video = await videoStore.ensureVideo(tx, {
            id: newId('vid'),
            accountId,
            clientKey: request.clientKey,
            title: title ?? titleOf(request.wish),
            seed: seedOf(request.clientKey),
          });
          const revisionId = await reviseVideo(tx, models, video, {
            content: { wish: request.wish, look },
            brief: async () => briefOf(request.wish, await formerScenes(tx, video)),
            look,
          });
          if (metadata !== undefined || maxCredits !== undefined) {
            await videoStore.updateVideo(tx, video, {
              ...(metadata === undefined ? {} : { metadata }),
              ...(maxCredits === undefined ? {} : { maxCredits }),
            });
          }
          await refuseTooDear(tx, video);
          const runId = await ensureRun(tx, lifecycle, video, revisionId);
          await within(tx, video.id);
          return { videoId: video.id, runId };
        }),
      );
      await retryOnLostConnection(() => advance(started.runId));
      return started;
    },

    /** Makes the current revision: what has not changed is neither bought nor encoded again. */
    async render(
      accountId: AccountId,
      videoId: VideoId,
      within: Within = async () => undefined,
    ): Promise<RunId> {
      const runId = await db.transaction(async (tx) => {
        const run = await beginRun(tx, accountId, videoId);
        await within(tx, videoId);
        return run;
      });
      await advance(runId);
      return runId;
    },

    /** Begins a run of the current revision in the caller's transaction; `advance` it once that has committed. */
    beginRun,
    advance,

    /** Stops the open run: steps end, clips being filmed are called off where the model can. */
    async cancel(accountId: AccountId, videoId: VideoId): Promise<CancelAnswer> {
      const video = await videoStore.findVideo(db, accountId, videoId);
      if (!video) throw new VideoNotFound();
      const run = await runStore.findOpenRun(db, accountId, videoId);
      if (!run) throw new AlreadyEnded();
      const before = await sumsOfVideo(db, accountId, videoId);
      const inFlight = await listTakesInFlight(db, accountId, run.id);
      const steps = await stepStore.listSteps(db, run.id);
      const open = steps.filter((step) => step.finishedAt === null);
      const ended = await db.transaction((tx) => lifecycle.end(tx, run, { status: 'canceled' }));
      if (!ended) throw new AlreadyEnded();
      const stopped = await Promise.all(inFlight.map(callOff));
      for (const next of ended.admitted) await advance(next);
      const after = await sumsOfVideo(db, accountId, videoId);
      return {
        willStop: open.length,
        cannotStop: stopped.filter((gone) => !gone).length,
        creditsReleased: creditsOf(after.released - before.released),
        creditsSettled: creditsOf(after.settled),
      };
    },

    /**
     * Ends every open run of an account that is being deleted. Clips under way are called off by whoever looks after takes
     * that nobody waits for. How many runs.
     */
    async stopAll(tx: Database, accountId: AccountId): Promise<number> {
      const open = await runStore.listOpenRuns(tx, accountId);
      for (const run of open) await lifecycle.end(tx, run, { status: 'canceled' });
      return open.length;
    },

    /** A run as it stands, for showing. */
    async view(accountId: AccountId, runId: RunId): Promise<RunView> {
      return await retryOnLostConnection(async () => {
        const run = await runStore.findRun(db, accountId, runId);
        if (!run) throw new VideoNotFound();
        return await viewRun(db, run);
      });
    },

    /** The video as the API shows it. */
    async read(accountId: AccountId, videoId: VideoId, tx: Database = db) {
      const object = await readVideoObject(tx, accountId, videoId);
      if (!object) throw new VideoNotFound();
      return object;
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

  async function beginRun(tx: Database, accountId: AccountId, videoId: VideoId): Promise<RunId> {
    const video = await videoStore.lockVideo(tx, accountId, videoId);
    if (!video?.currentRevisionId) throw new VideoNotFound();
    return await ensureRun(tx, lifecycle, video, video.currentRevisionId);
  }

  /** A model that does not answer leaves the clip to whoever looks after takes that nobody waits for. */
  async function callOff(take: Awaited<ReturnType<typeof listTakesInFlight>>[number]) {
    return await filming
      .callOff(take, { signal: AbortSignal.timeout(CALL_OFF_MS) })
      .catch((error: unknown) => {
        asProblem(error);
        return false;
      });
  }

  async function refuseTooDear(tx: Database, { accountId, id }: VideoRow): Promise<void> {
    const video = await videoStore.findVideo(tx, accountId, id);
    if (video) refuseOverMax(video.maxCredits, video.estimatedMicroUsd);
  }

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
}

export type Videos = ReturnType<typeof makeVideos>;

async function formerScenes(tx: Database, video: VideoRow) {
  if (!video.currentRevisionId) return [];
  return await videoStore.listScenes(tx, video.accountId, video.currentRevisionId);
}

function briefOf(wish: Wish, former: Parameters<typeof adoptScenes>[1]): Brief {
  if (wish.kind === 'topic') return briefSchema.parse(wish);
  return briefSchema.parse({ ...wish, scenes: adoptScenes(wish.scenes, former) });
}

function titleOf(wish: Wish): string {
  return wish.kind === 'topic' ? (wish.idea?.title ?? wish.topic) : wish.title;
}

/** A positive 31-bit number from the key, so that the same wish on another machine films the same. */
function seedOf(clientKey: string): number {
  return createHash('sha256').update(clientKey).digest().readUInt32BE(0) >>> 1;
}
