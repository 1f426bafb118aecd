import type { Answer } from '../platform/http/endpoint.ts';
import { etagOf } from '../platform/http/etag.ts';
import type { AccountId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { VideoObject } from './api-contract.ts';
import { type Hints, videoTopic } from './feed.ts';
import { readVideoObject } from './video-object.ts';

/** A video as it is answered, written out once. */
export type VideoJson = {
  readonly video: VideoObject;
  readonly json: string;
  readonly etag: string;
};

/** Shown this long at most, should the hint of a change be lost. */
const FRESH_MS = 1_000;
const MOST = 1_000;

type Entry = {
  /** By account as well: nobody is shown another's. */
  readonly reads: Map<AccountId, { readonly at: number; readonly read: Promise<VideoJson | null> }>;
  readonly following: Promise<() => Promise<void>>;
};

/**
 * The videos that were asked for in the last second, in this process. A hint that something moved drops one; what this
 * process changes itself it drops before it answers.
 */
export function makeVideoCache(db: Database, hints: Hints) {
  const entries = new Map<VideoId, Entry>();

  function readJson(accountId: AccountId, videoId: VideoId): Promise<VideoJson | null> {
    const { reads, following } = entryOf(videoId);
    const known = reads.get(accountId);
    if (known && Date.now() - known.at < FRESH_MS) return known.read;
    // Followed first: a change between the reading and the following would be missed.
    const read = following.then(() => load(accountId, videoId));
    reads.set(accountId, { at: Date.now(), read });
    // A failure is nobody else's.
    read.catch(() => reads.delete(accountId));
    return read;
  }

  function entryOf(videoId: VideoId): Entry {
    const known = entries.get(videoId);
    if (known) return known;
    const drop = () => entry.reads.clear();
    const entry: Entry = {
      reads: new Map(),
      following: hints.subscribe(videoTopic(videoId), drop, drop),
    };
    entry.following.catch(() => entries.delete(videoId));
    entries.set(videoId, entry);
    if (entries.size > MOST) forgetOldest();
    return entry;
  }

  function forgetOldest(): void {
    const [oldest] = entries;
    if (!oldest) return;
    entries.delete(oldest[0]);
    // Nobody waits for it; a failed subscription has nothing to end.
    oldest[1].following.then(
      (stop) => stop(),
      () => undefined,
    );
  }

  async function load(accountId: AccountId, videoId: VideoId): Promise<VideoJson | null> {
    const video = await readVideoObject(db, accountId, videoId);
    if (!video) return null;
    const json = JSON.stringify(video);
    return { video, json, etag: etagOf(json) };
  }

  return {
    readJson,

    async read(accountId: AccountId, videoId: VideoId): Promise<VideoObject | null> {
      return (await readJson(accountId, videoId))?.video ?? null;
    },

    /** The answer to a GET, without writing it out again. */
    answer({ json, etag }: VideoJson): Answer {
      return { status: 200, json, headers: { ETag: etag } };
    },

    /** Something of the video changed. */
    drop(videoId: VideoId): void {
      entries.get(videoId)?.reads.clear();
    },
  };
}

export type VideoCache = ReturnType<typeof makeVideoCache>;
