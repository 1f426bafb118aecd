import type { AccountId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { VideoObject } from './api-contract.ts';
import { VideoNotFound } from './errors.ts';
import { readVideoObject } from './video-object.ts';

/** What the feed needs of whoever carries hints between processes. */
export type Hints = {
  subscribe(
    topic: string,
    onMessage: (message: string) => void,
    onGap?: () => void,
  ): Promise<() => Promise<void>>;
};

export type StoredEvent = {
  readonly sequence: number;
  readonly type: string;
  readonly data: unknown;
};

export type FeedDeps = {
  readonly db: Database;
  readonly hints: Hints;
  readonly events: {
    listAfter(
      db: Database,
      accountId: AccountId,
      videoId: VideoId,
      sequence: number,
      limit: number,
    ): Promise<readonly StoredEvent[]>;
    /** 0 when nothing has happened yet. */
    latestSequence(db: Database, accountId: AccountId, videoId: VideoId): Promise<number>;
  };
};

/** One message of a video's stream; only stored events carry an id. */
export type FeedMessage = { readonly id?: string; readonly event: string; readonly data: unknown };

export const videoTopic = (videoId: VideoId): string => `video:${videoId}`;

/** Without a hint for this long, a follower looks for itself. */
const LOOK_MS = 60_000;
/** Hints closer together than this are answered together. */
const GATHER_MS = 150;
const EVENTS_AT_ONCE = 100;

/** Follows videos: long polls and streams, over hints that may be lost and rows that are not. */
export function makeFeed({ db, hints, events }: FeedDeps) {
  /** Reads under way, so that many followers of one video read once. */
  const reading = new Map<string, Promise<VideoObject | null>>();

  return {
    /**
     * The video as soon as it is no longer as `seen` tells, or after `waitMs`, whichever comes first. A video that
     * has ended is answered at once.
     */
    async wait(
      accountId: AccountId,
      videoId: VideoId,
      {
        waitMs,
        seen,
        signal,
      }: {
        readonly waitMs: number;
        readonly seen: (video: VideoObject) => boolean;
        readonly signal: AbortSignal;
      },
    ): Promise<VideoObject> {
      await using follower = await follow(videoId, signal);
      const deadline = Date.now() + waitMs;
      for (;;) {
        const video = await read(accountId, videoId);
        const leftMs = deadline - Date.now();
        if (!seen(video) || hasEnded(video) || leftMs <= 0 || signal.aborted) return video;
        await follower.moved(Math.min(leftMs, LOOK_MS));
      }
    },

    /** Everything that happens to the video, from after `lastId` on; first how it stands. */
    async *stream(
      accountId: AccountId,
      videoId: VideoId,
      lastId: number | null,
      signal: AbortSignal,
    ): AsyncGenerator<FeedMessage> {
      await using follower = await follow(videoId, signal);
      let sequence = lastId ?? (await events.latestSequence(db, accountId, videoId));
      let shown = '';
      while (!signal.aborted) {
        const next = await events.listAfter(db, accountId, videoId, sequence, EVENTS_AT_ONCE);
        for (const event of next) {
          sequence = event.sequence;
          yield { id: String(event.sequence), event: event.type, data: event.data };
        }
        const video = await read(accountId, videoId);
        const state = JSON.stringify(video);
        if (state !== shown) {
          shown = state;
          yield { event: 'video', data: video };
        }
        if (next.length < EVENTS_AT_ONCE) await follower.moved(LOOK_MS);
      }
    },
  };

  async function read(accountId: AccountId, videoId: VideoId): Promise<VideoObject> {
    const key = `${accountId} ${videoId}`;
    const known =
      reading.get(key) ??
      readVideoObject(db, accountId, videoId).finally(() => reading.delete(key));
    reading.set(key, known);
    const video = await known;
    if (!video) throw new VideoNotFound();
    return video;
  }

  async function follow(videoId: VideoId, signal: AbortSignal): Promise<Follower> {
    let wake = Promise.withResolvers<void>();
    const onHint = () => wake.resolve();
    const stop = await hints.subscribe(videoTopic(videoId), onHint, onHint);
    signal.addEventListener('abort', onHint, { once: true });
    return {
      async moved(mostMs) {
        const timer = setTimeout(onHint, mostMs);
        await wake.promise;
        clearTimeout(timer);
        if (!signal.aborted) await gather(signal);
        wake = Promise.withResolvers();
      },
      async [Symbol.asyncDispose]() {
        signal.removeEventListener('abort', onHint);
        await stop();
      },
    };
  }
}

export type Feed = ReturnType<typeof makeFeed>;

type Follower = AsyncDisposable & { moved(mostMs: number): Promise<void> };

async function gather(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, GATHER_MS);
    signal.addEventListener('abort', () => resolve(), { once: true });
    timer.unref();
  });
}

export function hasEnded({ status }: Pick<VideoObject, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}
