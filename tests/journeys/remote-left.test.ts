import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
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
/** Ctrl-C once the video is known there. */
async function leave(args: readonly string[]) {
  const running = startClipt(dir, args, remote);
  await hasSaid(running, '%');
  running.child.kill('SIGINT');
  return await running.ended;
}
const idIn = (text: string) => z.string().parse(/vid_[0-9a-f]{32}/.exec(text)?.[0]);

test('when the time is over, make ends with status 4 and the id, and the same command joins the video', async () => {
  const late = make('Herons', '--timeout', '8', '--json');
  const ended = await clipt(dir, late, remote);
  expect(ended.status).toBe(4);
  const report = JSON.parse(ended.stdout);
  expect(report).toMatchObject({ status: 'running', files: null });
  expect(ended.stderr).toContain(report.video_id);
  expect(await statusOf(report.video_id)).toBe('running');
  const again = await leave(make('Herons', '--json'));
  expect(JSON.parse(again.stdout).video_id).toBe(report.video_id);
});

test('an installation that takes the wish and never answers does not outlast the time limit', async () => {
  proxy.plan('POST /v1/videos', { kind: 'swallowed' });
  const ended = await clipt(dir, make('Storks', '--timeout', '2', '--json'), remote);
  expect(ended).toMatchObject({ status: 4, stdout: '' });
  expect(ended.stderr).toContain('Not finished in time');
});

test('Ctrl-C leaves the video running there, says its id, and leaves nothing here', async () => {
  const ended = await leave(make('Cranes'));
  expect(ended).toMatchObject({ status: 130, stdout: '' });
  expect(ended.stderr).toContain('joins it again');
  expect(await statusOf(idIn(ended.stderr))).toBe('running');
  expect((await readdir(dir)).filter((name) => name.includes('film'))).toEqual([]);
});

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

test('what is refused for a moment is asked for again', async () => {
  proxy.plan('POST /v1/videos', { kind: 'refused', status: 429, retryAfter: '1' });
  proxy.plan('POST /v1/videos', { kind: 'refused', status: 503, retryAfter: '1' });
  const ended = await leave(make('Swans', '--json'));
  expect(await statusOf(idIn(ended.stdout))).toBe('running');
});

test('where a script lies on this machine is told to nobody', async () => {
  const script = join(dir, 'whose.txt');
  await writeFile(script, 'The gull lands.');
  const before = proxy.seen.length;
  await leave(['make', '--script', script, '-o', join(dir, 'film.mp4')]);
  const sent = proxy.seen.slice(before);
  expect(sent.some(({ body }) => body.includes('The gull lands.'))).toBe(true);
  for (const place of [dir, encodeURIComponent(dir), 'whose.txt']) {
    expect(JSON.stringify(sent)).not.toContain(place);
  }
});
