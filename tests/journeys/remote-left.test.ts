import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Client, makeClient } from '../../client/client.ts';
import { openUnsteadyProxy, type UnsteadyProxy } from '../harness/unsteady-proxy.ts';
import { clipt, hasSaid, startClipt } from './command.ts';
import { type Served, serve } from './served.ts';

/** Videos on an installation that makes none, so that whoever waits for them has to leave. */
let dir: string;
let served: Served;
let proxy: UnsteadyProxy;
let client: Client;
let remote: { readonly CLIPT_URL: string; readonly CLIPT_API_KEY: string };

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'clipt-left-')));
  served = await serve(join(dir, 'served'), { CLIPT_ROLE: 'web', CLIPT_VIDEOS_PER_MINUTE: '1000' });
  proxy = await openUnsteadyProxy(served.url);
  client = makeClient({ baseUrl: served.url, apiKey: served.apiKey });
  remote = { CLIPT_URL: proxy.url, CLIPT_API_KEY: served.apiKey };
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await served[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const statusOf = async (id: string) =>
  (await client.getVideo(id, AbortSignal.timeout(30_000))).status;
const make = (topic: string, ...more: readonly string[]) => [
  ...['make', topic, '-o', join(dir, 'film.mp4'), ...more],
];

test('cancel stops a video there, says what stops, and whoever waits for it ends with status 1', async () => {
  const running = startClipt(dir, make('Ducks', '--json'), remote);
  await hasSaid(running, '%');
  const made = await client.api.GET('/v1/videos', { params: { query: { limit: 1 } } });
  const id = z.string().parse(made.data?.data[0]?.id);
  const canceled = await clipt(dir, ['cancel', id], remote);
  expect(canceled).toMatchObject({ status: 0 });
  expect(canceled.stdout).toMatch(/^[1-9]\d* steps stop; what is finished is kept\.\n$/);
  expect(await statusOf(id)).toBe('canceled');
  const ended = await running.ended;
  expect(ended.status).toBe(1);
  expect(JSON.parse(ended.stdout)).toMatchObject({ video_id: id, status: 'canceled', files: null });
  const again = await clipt(dir, ['cancel', id, '--json'], remote);
  expect(JSON.parse(again.stdout)).toMatchObject({ will_stop: 0, cannot_stop: 0 });
  const unknown = await clipt(dir, ['cancel', `vid_${'0'.repeat(32)}`], remote);
  expect(unknown).toMatchObject({ status: 1, stdout: '' });
});
