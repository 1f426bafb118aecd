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
const request = { prompt: 'A red apple', seconds: 1, format: '1:1', seed: 3 } as const;
const untilFilmed = (model: ReturnType<typeof makeLocalVideoModel>, taskId: string) =>
  vi.waitFor(async () => expect(await model.poll(taskId, call)).toEqual({ status: 'succeeded' }), {
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
    await model.download(taskId, file, { ...call, spent: (cpuMs) => spent.push(cpuMs) });
    await model.download(taskId, file, call);
    expect((await stat(file)).size).toBeGreaterThan(10_000);
    expect(spent).toEqual([expect.toSatisfy((cpuMs: number) => cpuMs > 100)]);
  }, 60_000);

  test('left unfinished is taken up by the next process that asks', async () => {
    const first = makeLocalVideoModel({ workDir });
    const { taskId } = await first.submit(request, call);
    await first.close();
    await expect(first.download(taskId, join(workDir, 'early.mp4'), call)).rejects.toMatchObject({
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

  test.each([{ seconds: 0 }, { seconds: 61 }, { prompt: 'x'.repeat(4_001) }])(
    'is refused beyond its limits: %j',
    async (wrong) => {
      const model = makeLocalVideoModel({ workDir });
      await expect(model.submit({ ...request, ...wrong }, call)).rejects.toMatchObject({
        kind: 'invalid',
        code: 'clip_request_invalid',
      });
    },
  );
});
