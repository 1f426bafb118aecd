import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, dataOf, makeClient, type Video } from '../../client/client.ts';
import { openUnsteadyProxy, type UnsteadyProxy } from '../harness/unsteady-proxy.ts';
import { type Served, serve } from '../journeys/served.ts';

/** A real service that makes nothing, so that its videos stay open, behind a way on which things go wrong. */
let dir: string;
let served: Served;
let proxy: UnsteadyProxy;
let client: Client;

const signal = new AbortController().signal;
const body = (key: string) => ({ client_key: key, scenes: [{ narration: 'The heron waits.' }] });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-patience-'));
  served = await serve(join(dir, 'served'), { CLIPT_ROLE: 'web', CLIPT_VIDEOS_PER_MINUTE: '1000' });
  proxy = await openUnsteadyProxy(served.url);
  const { apiKey } = served;
  client = makeClient({ baseUrl: proxy.url, apiKey, silenceMs: 1_000, firstPauseMs: 50 });
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await served[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

/** The requests of this kind that came while `work` was done. */
async function seenDuring(what: string, work: () => Promise<unknown>) {
  const before = proxy.seen.length;
  await work();
  return proxy.seen.slice(before).filter(({ method, path }) => `${method} ${path}` === what);
}

describe('a request', () => {
  test.each([429, 503])(
    'refused with %i is sent again no sooner than it is asked to be',
    async (status) => {
      proxy.plan('POST /v1/videos', { kind: 'refused', status, retryAfter: '2' });
      const seen = await seenDuring('POST /v1/videos', () =>
        client.createVideo(body(`${status}`), signal),
      );
      expect(seen).toHaveLength(2);
      expect((seen[1]?.atMs ?? 0) - (seen[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(1_990);
      expect(seen[1]?.headers['idempotency-key']).toBe(seen[0]?.headers['idempotency-key']);
    },
  );

  test('may be given a date to come back at', async () => {
    const retryAfter = new Date(Date.now() + 3_000).toUTCString();
    proxy.plan('POST /v1/videos', { kind: 'refused', status: 503, retryAfter });
    const seen = await seenDuring('POST /v1/videos', () =>
      client.createVideo(body('date'), signal),
    );
    expect((seen[1]?.atMs ?? 0) - (seen[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  test('that is asked to stay away for longer than a minute is refused at once', async () => {
    proxy.plan('POST /v1/videos', { kind: 'refused', status: 429, retryAfter: '61' });
    const made = client.createVideo(body('late'), signal);
    await expect(made).rejects.toMatchObject({ status: 429 });
  });

  test('whose answer is lost makes one video', async () => {
    const count = async () => {
      const params = { query: { limit: 100 } };
      return dataOf(await client.api.GET('/v1/videos', { params })).data.length;
    };
    const before = await count();
    proxy.plan('POST /v1/videos', { kind: 'lost' });
    // Without a name by which the second try would find the video of the first.
    const { client_key: _, ...unnamed } = body('');
    const work = () => client.createVideo(unnamed, signal);
    expect(await seenDuring('POST /v1/videos', work)).toHaveLength(2);
    expect(await count()).toBe(before + 1);
  });

  test('that something else answers is told from a refusal', async () => {
    proxy.plan('GET /v1/videos', { kind: 'refused', status: 200 });
    const found = client.findVideo('heron', signal);
    await expect(found).rejects.toMatchObject({ code: 'unexpected_answer' });
  });
});

describe('a video that is watched', () => {
  /** Watches until it has ended; cancels it there once it has been seen `after` times. */
  async function watch(key: string, after: number): Promise<readonly Video['status'][]> {
    const { id } = await client.createVideo(body(key), signal);
    const seen: Video['status'][] = [];
    for await (const { status } of client.watchVideo(id, signal)) {
      seen.push(status);
      if (seen.length === after) await client.cancelVideo(id, signal);
    }
    return seen;
  }
  const eventsOf = async (key: string) =>
    `GET /v1/videos/${(await client.createVideo(body(key), signal)).id}/events`;

  test.each(['silent', 'cut'] as const)('is found again when its stream is %s', async (kind) => {
    const events = await eventsOf(kind);
    proxy.plan(events, { kind, after: 'event: video\n' });
    const seen = await seenDuring(events, async () => {
      expect((await watch(kind, 1)).at(-1)).toBe('canceled');
    });
    expect(seen.length).toBeGreaterThan(1);
  });

  test('goes on after the last event it has heard of', async () => {
    const events = await eventsOf('resumed');
    proxy.plan(events, { kind: 'cut', after: 'event: video.canceled\n' });
    const seen = await seenDuring(events, () => watch('resumed', 1));
    const ids = seen.map(({ headers }) => headers['last-event-id']);
    expect(ids[0]).toBeUndefined();
    expect(ids.at(-1)).toMatch(/^\d+$/);
  });

  test('is left alone for as long as a limit asks', async () => {
    const events = await eventsOf('limited');
    proxy.plan(events, { kind: 'refused', status: 429, retryAfter: '2' });
    const seen = await seenDuring(events, () => watch('limited', 1));
    expect((seen[1]?.atMs ?? 0) - (seen[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(1_990);
  });

  test('is given up once several connections in a row have brought nothing', async () => {
    const events = await eventsOf('gone');
    const gone = Array.from({ length: 20 }, () => ({ kind: 'refused', status: 503 }) as const);
    proxy.plan(events, ...gone);
    const seen = await seenDuring(events, async () => {
      await expect(watch('gone', 1)).rejects.toMatchObject({ status: 503 });
    });
    expect(seen).toHaveLength(8);
  });

  test('is not asked for again once the key is refused', async () => {
    const { id } = await client.createVideo(body('revoked'), signal);
    const stranger = makeClient({ baseUrl: proxy.url, apiKey: `${served.apiKey}x` });
    const next = stranger.watchVideo(id, signal).next();
    await expect(next).rejects.toMatchObject({ status: 401 });
  });
});
