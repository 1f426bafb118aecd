import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { codeOf, MODEL, order, TASKS, useArk } from './ark-material.ts';

const DAY_MS = 86_400_000;
const { start, ask, create, ark, dir, engine } = useArk();

describe('a filming task', () => {
  test('is filmed for real: length, size, rate, bill and last frame are the vendor’s', async () => {
    const id = await create({ ...order, seed: 7, generate_audio: false, return_last_frame: true });
    await expect.poll(() => ark().tasks()[0]?.status, { timeout: 20_000 }).toBe('succeeded');
    const { json: task } = await ask('GET', `${TASKS}/${id}`);
    expect(task).toMatchObject({
      ...{ id, model: MODEL, status: 'succeeded', seed: 7, duration: 4, ratio: '1:1' },
      ...{ resolution: '480p', framespersecond: 24, generate_audio: false },
      // 640 x 640 px and 97 frames.
      usage: { completion_tokens: 38_800, total_tokens: 38_800 },
    });
    const { video_url, last_frame_url } = links.parse(task['content']);
    const clip = await probe(video_url, 'clip.mp4');
    expect(clip.video).toMatchObject({ width: 640, height: 640, codec: 'h264', frames: 97 });
    expect(clip.video?.fps).toEqual({ numerator: 24, denominator: 1 });
    expect(clip.seconds).toBeCloseTo(97 / 24, 2);
    expect(clip.audio).toBeNull();
    const frame = await probe(last_frame_url ?? '', 'frame.png');
    expect(frame).toMatchObject({ container: 'png', video: { width: 640, height: 640 } });
  });

  test('has sound unless told not to, and its bytes are its own', async () => {
    const both = [await create({ ...order, seed: 1 }), await create({ ...order, seed: 5 })];
    await expect
      .poll(
        () =>
          ark()
            .tasks()
            .map((task) => task.status),
        { timeout: 20_000 },
      )
      .toEqual(['succeeded', 'succeeded']);
    const films = both.map(
      (id) =>
        ark()
          .tasks()
          .find((task) => task.id === id)?.film,
    );
    expect(films[0]?.equals(films[1] ?? Buffer.alloc(0))).toBe(false);
    const { json: task } = await ask('GET', `${TASKS}/${both[0]}`);
    const clip = await probe(links.parse(task['content']).video_url, 'loud.mp4');
    expect(clip.audio).toMatchObject({ codec: 'aac', sampleRateHz: 44_100, channels: 1 });
  });

  test('is drawn by its prompt where that is wanted, in the same length and size', async () => {
    await using drawing = await start({ footage: 'drawn' });
    const id = await create({ ...order, generate_audio: false }, drawing);
    await expect.poll(() => drawing.tasks()[0]?.status, { timeout: 60_000 }).toBe('succeeded');
    const { json: task } = await ask('GET', `${TASKS}/${id}`, undefined, drawing);
    const clip = await probe(links.parse(task['content']).video_url, 'drawn.mp4');
    expect(clip.video).toMatchObject({ width: 640, height: 640, codec: 'h264', frames: 97 });
  });

  test('can be filmed in 10-bit HEVC', async () => {
    await using hevc = await start({ codec: 'hevc' });
    const id = await create(order, hevc);
    await expect.poll(() => hevc.tasks()[0]?.status).toBe('succeeded');
    const { json: task } = await ask('GET', `${TASKS}/${id}`, undefined, hevc);
    const clip = await probe(links.parse(task['content']).video_url, 'hevc.mp4');
    expect(clip.video).toMatchObject({ codec: 'hevc', pixelFormat: 'yuv420p10le' });
    expect(clip.video?.seconds).toBeCloseTo(97 / 24, 1);
  });

  test('is canceled while it waits, not while it runs, and is forgotten once it has ended', async () => {
    await using slow = await start({ concurrency: 1 });
    slow.faults.add({ route: 'create-task', fault: { kind: 'endless' } });
    const [running, waiting] = [await create(order, slow), await create(order, slow)];
    await expect.poll(() => slow.tasks().map((task) => task.status)).toEqual(['queued', 'running']);
    const remove = (id: string) => ask('DELETE', `${TASKS}/${id}`, undefined, slow);
    expect((await remove(running)).status).toBe(400);
    expect(await remove(waiting)).toEqual({ status: 200, json: {} });
    expect((await ask('GET', `${TASKS}/${waiting}`, undefined, slow)).json).toMatchObject({
      status: 'cancelled',
    });
    expect((await remove(waiting)).status).toBe(200);
    expect((await ask('GET', `${TASKS}/${waiting}`, undefined, slow)).status).toBe(404);
    slow.advance(8 * DAY_MS);
    const gone = await ask('GET', `${TASKS}/${running}`, undefined, slow);
    expect([gone.status, codeOf(gone.json)]).toEqual([404, 'ResourceNotFound']);
  });

  test.each([
    [{ kind: 'moderation', at: 'later' }, 'OutputVideoSensitiveContentDetected'],
    [{ kind: 'fails' }, 'InternalServiceError'],
  ] as const)('fails as told (%o)', async (fault, code) => {
    ark().faults.add({ route: 'create-task', fault });
    await create(order);
    await expect.poll(() => ark().tasks()[0]).toMatchObject({ status: 'failed', error: { code } });
  });

  test('expires as told', async () => {
    ark().faults.add({ route: 'create-task', fault: { kind: 'expires' } });
    await create(order);
    await expect.poll(() => ark().tasks()[0]?.status).toBe('expired');
  });
});

describe('a finished file', () => {
  const finished = async () => {
    const id = await create(order);
    await expect.poll(() => ark().tasks()[0]?.status, { timeout: 20_000 }).toBe('succeeded');
    const { json } = await ask('GET', `${TASKS}/${id}`);
    return links.parse(json['content']).video_url;
  };

  test('is handed out in parts', async () => {
    const url = await finished();
    const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
    const part = await fetch(url, { headers: { range: 'bytes=100-199' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 100-199/${whole.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(100, 200));
    const beyond = await fetch(url, { headers: { range: `bytes=${whole.length}-` } });
    expect(beyond.status).toBe(416);
  });

  test('is handed out for a day, a hundred times, and by its own link alone', async () => {
    const url = await finished();
    const statusOf = async (link: string) => (await fetch(link)).status;
    expect(await statusOf(url.replace(/.$/, (last) => (last === '0' ? '1' : '0')))).toBe(403);
    for (let count = 0; count < 100; count += 1) expect(await statusOf(url)).toBe(200);
    expect(await statusOf(url)).toBe(403);
    const other = await finished();
    ark().advance(DAY_MS + 1_000);
    expect(await statusOf(other)).toBe(403);
  });

  test('can have a link that is stale from the start', async () => {
    ark().faults.add({ route: 'create-task', fault: { kind: 'stale-files' } });
    expect((await fetch(await finished())).status).toBe(403);
  });
});

describe('the list of tasks', () => {
  test('is paged, filtered, and newest first', async () => {
    ark().faults.add({ route: 'create-task', fault: { kind: 'endless' } });
    const ids = [await create(order), await create(order), await create(order)];
    const list = async (query: string) => {
      const { json } = await ask('GET', `${TASKS}?${query}`);
      const read = z.object({ items: z.array(z.object({ id: z.string() })), total: z.int() });
      const { items, total } = read.parse(json);
      return { ids: items.map(({ id }) => id), total };
    };
    const newest = ids.toReversed();
    expect(await list('page_num=1&page_size=2')).toEqual({ ids: newest.slice(0, 2), total: 3 });
    expect(await list('page_num=2&page_size=2')).toEqual({ ids: newest.slice(2), total: 3 });
    expect(await list(`filter.task_ids=${ids[0]}&filter.task_ids=${ids[2]}`)).toMatchObject({
      ids: [ids[2], ids[0]],
    });
    expect(await list('filter.status=succeeded')).toEqual({ ids: [], total: 0 });
    expect(await list('filter.service_tier=flex')).toEqual({ ids: [], total: 0 });
    expect((await ask('GET', `${TASKS}?page_size=501`)).status).toBe(400);
  });

  test('is given once a second, or not at all', async () => {
    await using paced = await start({ listEveryMs: 1_000 });
    const statusOf = async () => (await ask('GET', TASKS, undefined, paced)).status;
    expect([await statusOf(), await statusOf()]).toEqual([200, 429]);
    paced.advance(1_000);
    paced.faults.add({ route: 'list-tasks', fault: { kind: 'refuse', status: 503 } });
    expect(await statusOf()).toBe(503);
  });
});

const links = z.object({ video_url: z.url(), last_frame_url: z.url().optional() });

async function probe(url: string, name: string) {
  const file = join(dir(), name);
  const response = await fetch(url);
  expect(response.status).toBe(200);
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return await engine().probe(file, { signal: AbortSignal.timeout(20_000) });
}
