import { access, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeLocalVideoModel } from './footage.ts';

let workDir: string;
beforeAll(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'clipt-footage-'));
});
afterAll(() => rm(workDir, { recursive: true, force: true }));

const call = { signal: new AbortController().signal };
const request = {
  prompt: 'A red apple',
  seconds: 1,
  format: '1:1',
  seed: 3,
  firstFrame: null,
  references: [],
  wantsLastFrame: false,
  callbackUrl: null,
} as const;
const SUCCEEDED = { status: 'succeeded', usage: null };
const untilFilmed = (model: ReturnType<typeof makeLocalVideoModel>, taskId: string) =>
  vi.waitFor(async () => expect(await model.poll(taskId, call)).toEqual(SUCCEEDED), {
    timeout: 60_000,
    interval: 50,
  });

describe('a filming task', () => {
  test('ends in a clip that can be downloaded more than once, and tells what it cost', async () => {
    const model = makeLocalVideoModel({ workDir });
    const { taskId } = await model.submit(request, call);
    await untilFilmed(model, taskId);
    const spent: number[] = [];
    const file = join(workDir, 'clip.mp4');
    const files = { clip: file, lastFrame: join(workDir, 'last.png') };
    await model.download(taskId, files, { ...call, spent: (cpuMs) => spent.push(cpuMs) });
    expect(await model.download(taskId, files, call)).toEqual({ hasLastFrame: false });
    expect((await stat(file)).size).toBeGreaterThan(10_000);
    expect(spent).toEqual([expect.toSatisfy((cpuMs: number) => cpuMs > 100)]);
  }, 60_000);

  test('left unfinished is taken up by the next process that asks', async () => {
    const first = makeLocalVideoModel({ workDir });
    const { taskId } = await first.submit(request, call);
    await first.close();
    const early = { clip: join(workDir, 'early.mp4'), lastFrame: null };
    await expect(first.download(taskId, early, call)).rejects.toMatchObject({
      code: 'clip_not_ready',
    });
    // As after kill -9: the process that filmed it is gone.
    const owner = JSON.stringify({ pid: 4_194_303, start: 'long ago' });
    await writeFile(join(workDir, taskId, 'filming.json'), owner);
    const second = makeLocalVideoModel({ workDir });
    expect(await second.poll(taskId, call)).toMatchObject({ status: 'running' });
    await untilFilmed(second, taskId);
  }, 60_000);

  test('is left alone while another living process films it', async () => {
    const first = makeLocalVideoModel({ workDir });
    const { taskId } = await first.submit(request, call);
    await first.close();
    const owner = JSON.stringify({ pid: process.ppid, start: null });
    await writeFile(join(workDir, taskId, 'filming.json'), owner);
    const second = makeLocalVideoModel({ workDir });
    await second.poll(taskId, call);
    await second.poll(taskId, call);
    await second.close();
    expect((await readdir(join(workDir, taskId))).sort()).toEqual(['filming.json', 'request.json']);
  });

  test('that is canceled leaves nothing behind and is lost', async () => {
    const model = makeLocalVideoModel({ workDir });
    const { taskId } = await model.submit({ ...request, seconds: 20 }, call);
    await vi.waitFor(
      async () => expect(await model.poll(taskId, call)).toMatchObject({ status: 'running' }),
      { timeout: 20_000 },
    );
    expect(await model.cancel(taskId, call)).toBe(true);
    await expect(access(join(workDir, taskId))).rejects.toThrow();
    expect(await model.poll(taskId, call)).toMatchObject({ status: 'failed', code: 'clip_lost' });
  }, 30_000);

  test('of another form than ours is lost, whatever path it spells', async () => {
    const model = makeLocalVideoModel({ workDir });
    for (const taskId of ['', '..', '../clip', 'clip_x', `clip_${'0'.repeat(32)}`])
      expect(await model.poll(taskId, call)).toMatchObject({ status: 'failed', code: 'clip_lost' });
  });

  test('is not looked for at a vendor: a lost order costs nothing', async () => {
    const model = makeLocalVideoModel({ workDir });
    const order = { request, orderedAt: new Date(), known: new Set<string>() };
    expect(await model.find(order, call)).toBeNull();
    expect(model.estimate(request)).toMatchObject({ costMicroUsd: 0 });
    expect(model.lane).toBeNull();
  });

  test.each([
    { seconds: 0 },
    { seconds: 61 },
    { prompt: 'x'.repeat(4_001) },
    { firstFrame: 'first.png' },
    { references: ['look.png'] },
  ])('is refused beyond its limits: %j', async (wrong) => {
    const model = makeLocalVideoModel({ workDir });
    await expect(model.submit({ ...request, ...wrong }, call)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'clip_request_invalid',
    });
  });
});
