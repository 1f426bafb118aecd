import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeMediaEngine } from '../../server/media/engine.ts';
import type { MediaEngine } from '../../server/media/media.ts';
import { makeArkVideoModel } from '../../server/models/ark/video.ts';
import type { ClipOrder, Usage, VideoModel } from '../../server/models/models.ts';
import { OrderUncertain } from '../../server/models/vendor-problem.ts';
import { silentLog } from '../../server/platform/log.ts';
import { type ArkStandIn, startArk } from '../../stand-ins/ark.ts';
import type { FaultRule } from '../../stand-ins/faults.ts';
import { createTaskRules, listTasksRules } from './ark-rules.ts';
import { picturePng } from './material.ts';

const MODEL = 'dreamina-seedance-2-0-260128';
const DAY_MS = 86_400_000;

let dir: string;
let picture: string;
let engine: MediaEngine;
let ark: ArkStandIn;
let model: VideoModel;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-ark-client-'));
  picture = join(dir, 'first.png');
  await writeFile(picture, picturePng(720, 1280));
  engine = await makeMediaEngine({ ffmpegPath: null, workDir: join(dir, 'work') });
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  ark = await startArk({ engine, cacheDir: dir, queueMs: 0, filmMs: 0 });
  model = makeModel();
});
afterEach(async () => {
  for (const { body } of ark.journal.of('create-task')) {
    expect(createTaskRules.safeParse(body.kind === 'json' ? body.value : null).error).toBe(
      undefined,
    );
  }
  for (const { path } of ark.journal.of('list-tasks')) {
    const query = Object.fromEntries(new URL(path, ark.url).searchParams);
    expect(listTasksRules.safeParse(query).error).toBe(undefined);
  }
  for (const { route, headers } of ark.journal.entries) {
    const key = route === 'file' ? undefined : 'Bearer ark-key';
    expect([route, headers.authorization]).toEqual([route, key]);
  }
  await ark.close();
});

function makeModel(id = MODEL): VideoModel {
  return makeArkVideoModel({
    ...{ apiKeys: ['ark-key'], baseUrl: ark.baseUrl, model: id },
    ...{ fileHosts: [], log: silentLog },
  });
}

const call = (ms = 20_000) => ({ signal: AbortSignal.timeout(ms) });
const wish: ClipOrder = {
  ...{ prompt: 'A paper boat drifts --rs 1080p down a street', seconds: 4, format: '9:16' },
  ...{ seed: 7, firstFrame: null, references: [], wantsLastFrame: false, callbackUrl: null },
};
type FaultInput = FaultRule['fault'];
const strike = (route: string, fault: FaultInput, times: number | null = 1) =>
  ark.faults.add({ route, fault, times });

async function filmed(over: Partial<ClipOrder> = {}): Promise<string> {
  const { taskId } = await model.submit({ ...wish, ...over }, call());
  const stateOf = async () => (await model.poll(taskId, call())).status;
  await expect.poll(stateOf, { timeout: 20_000 }).toMatch(/succeeded|failed/);
  return taskId;
}

describe('an order', () => {
  test.each([
    MODEL,
    'dreamina-seedance-2-0-fast-260128',
    'dreamina-seedance-2-0-mini-260615',
    'dreamina-seedance-2-5-260628',
    'seedance-1-5-pro-251215',
    'seedance-1-0-pro-250528',
    'seedance-1-0-pro-fast-251015',
  ])('of %s is one that the vendor takes, with pictures and without', async (id) => {
    strike('create-task', { kind: 'endless' }, null);
    const other = makeModel(id);
    const references = other.accepts.references > 1 ? [picture, picture] : [];
    const callbackUrl = 'https://clipt.example/hooks/ark/secret';
    const orders: readonly Partial<ClipOrder>[] = [
      { format: '4:5', wantsLastFrame: true, callbackUrl },
      { firstFrame: picture, seconds: other.limits.maxSeconds },
      { references, format: '1:1' },
    ];
    for (const one of orders) await other.submit({ ...wish, ...one }, call());
    expect(ark.journal.counts()).toMatchObject({ 'create-task:200': 3 });
  });

  test('becomes a film, for the price that was estimated', async () => {
    const taskId = await filmed({ wantsLastFrame: true });
    const state = await model.poll(taskId, call());
    const usage: Usage = { ...model.estimate(wish), reference: taskId };
    expect(state).toEqual({ status: 'succeeded', usage });
    const files = { clip: join(dir, 'clip.mp4'), lastFrame: join(dir, 'last.png') };
    expect(await model.download(taskId, files, call())).toEqual({ hasLastFrame: true });
    const clip = await engine.probe(files.clip, call());
    expect(clip).toMatchObject({ audio: null, video: { width: 720, height: 1280, frames: 97 } });
    expect(await engine.probe(files.lastFrame, call())).toMatchObject({ container: 'png' });
  });

  test.each<[FaultInput, string, string]>([
    [{ kind: 'refuse', status: 400 }, 'provider_rejected_request', 'fail'],
    [{ kind: 'refuse', status: 401 }, 'provider_rejected_key', 'fail'],
    [{ kind: 'refuse', status: 402 }, 'provider_overdue', 'fail'],
    [{ kind: 'refuse', status: 403 }, 'provider_rejected_key', 'fail'],
    [{ kind: 'refuse', status: 403, code: 'AccountOverdueError' }, 'provider_overdue', 'fail'],
    [{ kind: 'refuse', status: 404, code: 'ModelNotOpen' }, 'provider_model_unavailable', 'fail'],
    [{ kind: 'refuse', status: 429 }, 'provider_busy', 'retry'],
    [{ kind: 'refuse', status: 429, code: 'SetLimitExceeded' }, 'provider_quota_exhausted', 'wait'],
    [{ kind: 'refuse', status: 500 }, 'provider_unavailable', 'retry'],
    [{ kind: 'refuse', status: 503 }, 'provider_unavailable', 'retry'],
    [{ kind: 'moderation', at: 'create' }, 'provider_refused_content', 'fail'],
  ])('refused by %o is %s: %s, and certainly not bought', async (fault, code, recovery) => {
    strike('create-task', fault);
    const refused = await model.submit(wish, call()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code, recovery });
    expect(refused).not.toBeInstanceOf(OrderUncertain);
    expect(ark.journal.purchases).toEqual([]);
  });

  test.each<[FaultInput, number]>([
    [{ kind: 'html', when: 'before' }, 0],
    [{ kind: 'html', when: 'after' }, 1],
    [{ kind: 'html', status: 502, when: 'after' }, 1],
    [{ kind: 'malformed' }, 1],
    [{ kind: 'truncate' }, 1],
    [{ kind: 'missing', fields: ['id'] }, 1],
    [{ kind: 'reset', when: 'before' }, 0],
    [{ kind: 'reset', when: 'after' }, 1],
    [{ kind: 'silence', when: 'after' }, 1],
  ])(
    'without a clear answer (%o) is uncertain, and found if it was accepted',
    async (fault, bought) => {
      strike('create-task', fault);
      const orderedAt = new Date();
      const limit = fault.kind === 'silence' ? 300 : 20_000;
      await expect(model.submit(wish, call(limit))).rejects.toMatchObject({
        code: 'order_uncertain',
        recovery: 'retry',
      });
      expect(ark.journal.purchases).toHaveLength(bought);
      const task = ark.tasks()[0];
      if (task) await expect.poll(() => task.status, { timeout: 20_000 }).toBe('succeeded');
      const found = await model.find({ request: wish, orderedAt, known: new Set() }, call());
      expect(found).toBe(task?.id ?? null);
      expect(ark.journal.of('create-task')).toHaveLength(1);
    },
  );

  test('is not told from others while it films, and never by a list that cannot be had', async () => {
    strike('create-task', { kind: 'endless' });
    strike('create-task', { kind: 'reset', when: 'after' });
    const order = { request: wish, orderedAt: new Date(), known: new Set<string>() };
    await expect(model.submit(wish, call())).rejects.toBeInstanceOf(OrderUncertain);
    await expect(model.find(order, call())).rejects.toBeInstanceOf(OrderUncertain);
    strike('list-tasks', { kind: 'refuse', status: 503 });
    await expect(model.find(order, call())).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('is taken from an answer that is slow or has more in it than we know', async () => {
    strike('create-task', { kind: 'latency', ms: 50 });
    strike('create-task', { kind: 'trickle', bytes: 5, everyMs: 2 });
    strike('*', { kind: 'extra' }, null);
    expect(await model.poll(await filmed(), call())).toMatchObject({ status: 'succeeded' });
  });
});

describe('a task', () => {
  test.each<[FaultInput, string, boolean]>([
    [{ kind: 'moderation', at: 'later' }, 'provider_refused_content', true],
    [
      { kind: 'moderation', at: 'later', code: 'InputImageSensitiveContentDetected' },
      'provider_refused_content',
      false,
    ],
    [{ kind: 'fails' }, 'provider_unavailable', true],
    [
      { kind: 'fails', code: 'InvalidParameter.TaskTypeMismatch' },
      'provider_rejected_request',
      false,
    ],
    [{ kind: 'expires' }, 'provider_timeout', true],
  ])('that ends by %o is %s, to be tried again: %s', async (fault, code, retryable) => {
    strike('create-task', fault);
    expect(await model.poll(await filmed(), call())).toMatchObject({
      ...{ status: 'failed', code, retryable },
    });
  });

  test.each<[FaultInput, string]>([
    [{ kind: 'refuse', status: 401 }, 'provider_rejected_key'],
    [{ kind: 'refuse', status: 429 }, 'provider_busy'],
    [{ kind: 'refuse', status: 500 }, 'provider_unavailable'],
    [{ kind: 'html' }, 'provider_unavailable'],
    [{ kind: 'malformed' }, 'provider_answer_unusable'],
    [{ kind: 'truncate' }, 'provider_unavailable'],
    [{ kind: 'missing', fields: ['status'] }, 'provider_answer_unusable'],
    [{ kind: 'reset' }, 'provider_unavailable'],
    [{ kind: 'silence' }, 'provider_timed_out'],
  ])('asked for in vain (%o) is %s, and asked for again', async (fault, code) => {
    strike('create-task', { kind: 'endless' });
    const { taskId } = await model.submit(wish, call());
    strike('get-task', fault);
    const limit = fault.kind === 'silence' ? 200 : 20_000;
    await expect(model.poll(taskId, call(limit))).rejects.toMatchObject({ code });
    expect(await model.poll(taskId, call())).toMatchObject({ progress: null });
  });

  test('of more than a week ago is gone', async () => {
    const taskId = await filmed();
    ark.advance(8 * DAY_MS);
    expect(await model.poll(taskId, call())).toMatchObject({ code: 'provider_task_gone' });
  });

  test('is called off while it waits, and goes on when it runs', async () => {
    await ark.close();
    ark = await startArk({ engine, cacheDir: dir, queueMs: 0, filmMs: 0, concurrency: 1 });
    model = makeModel();
    strike('create-task', { kind: 'endless' }, null);
    const running = await model.submit(wish, call());
    await expect.poll(() => ark.tasks()[0]?.status).toBe('running');
    const waiting = await model.submit(wish, call());
    expect(await model.cancel(running.taskId, call())).toBe(false);
    expect(await model.cancel(waiting.taskId, call())).toBe(true);
    expect(await model.poll(waiting.taskId, call())).toMatchObject({ code: 'canceled' });
  });
});

describe('a finished film', () => {
  test.each<FaultInput>([
    { kind: 'truncate' },
    { kind: 'reset' },
    { kind: 'trickle', bytes: 20_000, everyMs: 1 },
  ])('comes whole in spite of %o', async (fault) => {
    const taskId = await filmed();
    strike('file', fault);
    const clip = join(dir, `${fault.kind}.mp4`);
    await model.download(taskId, { clip, lastFrame: null }, call());
    expect(await readFile(clip)).toEqual(ark.tasks()[0]?.film);
  });

  test.each<[FaultInput, string]>([
    [{ kind: 'html', status: 503 }, 'provider_unavailable'],
    [{ kind: 'refuse', status: 403 }, 'provider_file_expired'],
    [{ kind: 'truncate' }, 'provider_unavailable'],
  ])('that cannot be fetched (%o) is %s', async (fault, code) => {
    const taskId = await filmed();
    strike('file', fault, null);
    const files = { clip: join(dir, 'none.mp4'), lastFrame: null };
    await expect(model.download(taskId, files, call())).rejects.toMatchObject({ code });
    await expect(readFile(files.clip)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('whose link has ended is expired', async () => {
    const files = { clip: join(dir, 'late.mp4'), lastFrame: null };
    const taskId = await filmed();
    ark.advance(2 * DAY_MS);
    const late = model.download(taskId, files, call());
    await expect(late).rejects.toMatchObject({ code: 'provider_file_expired' });
    strike('create-task', { kind: 'stale-files' });
    const stale = model.download(await filmed(), files, call());
    await expect(stale).rejects.toMatchObject({ code: 'provider_file_expired' });
  });
});
