import { etagOf } from '../platform/http/etag.ts';
import type { AccountId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { VideoObject } from './api-contract.ts';
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

/**
 * The videos that were asked for in the last second, in this process. A hint that something moved drops one; what this
 * process changes itself it drops before it answers. Keyed by account as well: nobody is shown another's.
 */
export function makeVideoCache(db: Database) {
  const known = new Map<
    string,
    { readonly at: number; readonly read: Promise<VideoJson | null> }
  >();

  async function readJson(accountId: AccountId, videoId: VideoId): Promise<VideoJson | null> {
    const key = `${videoId} ${accountId}`;
    const found = known.get(key);
    if (found && Date.now() - found.at < FRESH_MS) return await found.read;
    const read = load(accountId, videoId);
    known.delete(key);
    known.set(key, { at: Date.now(), read });
    if (known.size > MOST) known.delete(known.keys().next().value ?? key);
    // A failure is nobody else's.
    read.catch(() => known.delete(key));
    return await read;
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
    answer({ json, etag }: VideoJson): Response {
      return new Response(json, { headers: { 'Content-Type': 'application/json', ETag: etag } });
    },

    /** Something of the video changed. */
    drop(videoId: VideoId): void {
      for (const key of known.keys()) if (key.startsWith(videoId)) known.delete(key);
    },
  };
}

export type VideoCache = ReturnType<typeof makeVideoCache>;
