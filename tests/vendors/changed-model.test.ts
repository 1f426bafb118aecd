import { afterEach, expect, test } from 'vitest';
import { type Clipt, openClipt } from '../../server/main.ts';
import { readConfig } from '../../server/platform/config.ts';
import type { VideoId } from '../../server/platform/ids.ts';
import { openStudio, type Studio, script } from './studio.ts';

/** What was ordered from one model is asked of that model, whichever films now. */

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const eventually = { timeout: 60_000, interval: 100 };

/** A film whose clip is being filmed, and nobody here who waits for it any more. */
async function stopWhileFilming(): Promise<{ studio: Studio; videoId: VideoId; model: string }> {
  const studio = await openStudio({ ark: { filmMs: 15_000 } });
  stack.defer(() => studio.close());
  const { videoId } = await studio.make(script('bittern', 1));
  const awaited = `select t.model from takes t join steps s on s.take_id = t.id
    where t.status = 'filming' and s.status = 'waiting'`;
  const models = async () => (await studio.database.pool.query(awaited)).rows;
  await expect.poll(models, eventually).toHaveLength(1);
  const [row] = await models();
  await studio.clipt[Symbol.asyncDispose]();
  return { studio, videoId, model: row.model };
}

async function workWith(
  studio: Studio,
  settings: Readonly<Record<string, string | undefined>>,
): Promise<Clipt> {
  const clipt = await openClipt(readConfig({ ...studio.env, ...settings }, ''));
  stack.defer(() => clipt[Symbol.asyncDispose]());
  await clipt.startWorker();
  return clipt;
}

const takesOf = async ({ database }: Studio) =>
  (await database.pool.query('select status, model from takes')).rows;

test('a clip that one model films while another is set up is taken over, soon, and bought once', async () => {
  const { studio, model } = await stopWhileFilming();
  await workWith(studio, { ARK_VIDEO_MODEL: 'dreamina-seedance-2-0-260128' });
  await expect
    .poll(async () => {
      const clip = "select status from steps where kind = 'clip'";
      return (await studio.database.pool.query(clip)).rows;
    }, eventually)
    .toEqual([{ status: 'succeeded' }]);
  expect(await takesOf(studio)).toEqual([{ status: 'stored', model }]);
  expect(studio.ark.journal.purchases).toHaveLength(1);
});

test('a clip of a model that is not set up any more is waited for with the reason, and kept once it is again', async () => {
  const { studio, videoId, model } = await stopWhileFilming();
  const without = await workWith(studio, { ARK_API_KEY: undefined });
  await expect
    .poll(async () => {
      const why = "select waiting_for, error->>'code' as code from steps where kind = 'clip'";
      return (await studio.database.pool.query(why)).rows;
    }, eventually)
    .toEqual([{ waiting_for: 'provider', code: 'take_model_missing' }]);
  const status = async () => (await without.videos.read(studio.account, videoId)).status;
  await expect.poll(status, eventually).toBe('waiting');
  expect(await takesOf(studio)).toEqual([{ status: 'filming', model }]);
  await without[Symbol.asyncDispose]();

  await workWith(studio, {});
  await expect.poll(() => takesOf(studio), eventually).toEqual([{ status: 'stored', model }]);
  expect(studio.ark.journal.purchases).toHaveLength(1);
});
