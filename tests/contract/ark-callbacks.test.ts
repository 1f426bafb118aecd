import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { order, useArk } from './ark-material.ts';

const LATE_MS = 150;
const { create, ark } = useArk();

describe('callbacks', () => {
  type Told = { readonly status: string; readonly video: string | null };
  async function told(fault: 'duplicate' | 'late' | 'never' | 'forged' | null, refusals = 0) {
    const seen: Told[] = [];
    let left = refusals;
    const receiver = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const { status, content } = callback.parse(JSON.parse(Buffer.concat(chunks).toString()));
      seen.push({ status, video: content?.video_url ?? null });
      left -= 1;
      response.writeHead(left >= 0 && status === 'failed' ? 500 : 200).end();
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = z.object({ port: z.int() }).parse(receiver.address());
    const url = `http://127.0.0.1:${address.port}/hooks/secret`;
    ark().faults.clear();
    if (fault) {
      const callbacks = { kind: 'callbacks', how: fault, lateMs: LATE_MS } as const;
      ark().faults.add({ route: 'create-task', fault: callbacks });
    }
    ark().faults.add({ route: 'create-task', fault: { kind: 'fails' } });
    const id = await create({ ...order, callback_url: url });
    return { seen, id, close: () => receiver.close() };
  }
  const callback = z.object({
    status: z.string(),
    content: z.object({ video_url: z.string() }).optional(),
  });
  const statuses = (seen: readonly Told[]) => seen.map(({ status }) => status);

  test('tell of each change, in order', async () => {
    const { seen, close } = await told(null);
    await expect.poll(() => statuses(seen)).toEqual(['queued', 'running', 'failed']);
    close();
  });

  test('of an end are repeated until they are heard', async () => {
    const { seen, close } = await told(null, 4);
    await expect
      .poll(() => statuses(seen), { timeout: 5_000 })
      .toEqual(['queued', 'running', 'failed', 'failed', 'failed']);
    close();
  });

  test('come twice, late or not at all when told', async () => {
    const twice = await told('duplicate');
    const each = ['queued', 'running', 'failed'].flatMap((status) => [status, status]);
    await expect.poll(() => statuses(twice.seen)).toEqual(each);
    const late = await told('late');
    await expect.poll(() => late.seen.length).toBeGreaterThan(0);
    // It is on record once its receiver has answered, a moment after it was seen.
    const noteOfLate = () => ark().callbacks.find(({ taskId }) => taskId === late.id);
    await expect.poll(noteOfLate).toBeDefined();
    const note = noteOfLate();
    const createdAt = ark().tasks()[0]?.createdAt.getTime() ?? 0;
    expect(Date.parse(note?.at ?? '') - createdAt).toBeGreaterThanOrEqual(LATE_MS);
    const never = await told('never');
    await expect.poll(() => ark().tasks()[0]?.status).toBe('failed');
    expect(never.seen).toEqual([]);
    for (const { close } of [twice, late, never]) close();
  });

  test('can be forged, on their way and at any time', async () => {
    const { seen, id, close } = await told('forged');
    await expect.poll(() => statuses(seen)).toContain('failed');
    expect(seen[0]).toEqual({
      status: 'succeeded',
      video: 'https://files.example/forged.mp4',
    });
    await ark().forgeCallback(id, { status: 'expired' });
    expect(statuses(seen)).toContain('expired');
    expect(ark().callbacks.filter((note) => note.isForged).length).toBeGreaterThan(1);
    close();
  });

  test('and the clock are steered from another process too', async () => {
    const steer = async (method: string, name: string, body?: unknown): Promise<unknown> => {
      const response = await fetch(`${ark().url}/_stand-in/${name}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect(response.status).toBe(200);
      return await response.json();
    };
    const { seen, id, close } = await told(null);
    await expect.poll(() => statuses(seen)).toContain('failed');
    expect(await steer('GET', 'tasks')).toMatchObject([{ id, status: 'failed' }]);
    await steer('POST', 'callbacks', { task_id: id, fields: { status: 'running' } });
    expect(await steer('GET', 'callbacks')).toHaveLength(4);
    expect(statuses(seen).at(-1)).toBe('running');
    await steer('POST', 'clock', { advance_ms: 8 * 86_400_000 });
    expect(await steer('GET', 'tasks')).toEqual([]);
    close();
  });
});
