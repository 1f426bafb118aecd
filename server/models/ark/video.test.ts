import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import {
  answerJson,
  breakOff,
  startVendorServer,
  type VendorServer,
} from '../fixtures/vendor-server.ts';
import type { VideoModel } from '../models.ts';
import { refusal, TASKS, VIDEO_MODEL, videoModelAt } from './fixtures/clients.ts';
import { makeArkVideoModel } from './video.ts';

let vendor: VendorServer;
let model: VideoModel;
let dir: string;
beforeEach(async () => {
  vendor = await startVendorServer();
  model = videoModelAt(vendor);
  dir = await mkdtemp(join(tmpdir(), 'clipt ark '));
});
afterEach(async () => {
  await vendor[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const call = { signal: new AbortController().signal };

describe('a task', () => {
  const pollOf = async (task: unknown) => {
    vendor.answer = (response) => answerJson(response, task);
    return await model.poll('cgt-1', call);
  };

  test.each(['queued', 'running'] as const)('that is %s is under way', async (status) => {
    expect(await pollOf({ id: 'cgt-1', status, error: null, novelty: [] })).toEqual({
      status,
      progress: null,
    });
    expect(vendor.seen[0]?.url).toBe(`${TASKS}/cgt-1`);
  });

  test.each([108_900, '108900'])('that succeeded tells its cost (%j tokens)', async (tokens) => {
    expect(await pollOf({ status: 'succeeded', usage: { completion_tokens: tokens } })).toEqual({
      status: 'succeeded',
      // 108,900 tokens at 7 US dollars a million.
      usage: { unit: 'tokens', units: 108_900, costMicroUsd: 762_300, reference: 'cgt-1' },
    });
  });

  test.each([[{}], [{ usage: null }], [{ usage: { completion_tokens: 'many' } }]])(
    'that succeeded without a bill has no cost to tell (%j)',
    async (fields) => {
      expect(await pollOf({ status: 'succeeded', ...fields })).toEqual({
        status: 'succeeded',
        usage: null,
      });
    },
  );

  test('that ended otherwise says how', async () => {
    const ended = async (fields: object) => {
      const task = await pollOf(fields);
      return task.status === 'failed' ? [task.code, task.retryable, task.vendorCode] : task;
    };
    const output = 'OutputVideoSensitiveContentDetected';
    expect([
      await ended({ status: 'failed', ...refusal(output) }),
      await ended({ status: 'failed', ...refusal('InputImageSensitiveContentDetected') }),
      await ended({ status: 'failed', error: null }),
      await ended({ status: 'expired' }),
      await ended({ status: 'cancelled' }),
    ]).toEqual([
      ['provider_refused_content', true, output],
      ['provider_refused_content', false, 'InputImageSensitiveContentDetected'],
      ['provider_answer_unusable', true, null],
      ['provider_timeout', true, null],
      ['canceled', false, null],
    ]);
  });

  test('that the vendor does not know is gone; a 404 of a proxy says nothing', async () => {
    vendor.answer = (response) =>
      answerJson(response, refusal('ResourceNotFound'), { status: 404 });
    expect(await model.poll('cgt-1', call)).toMatchObject({
      status: 'gone',
      code: 'provider_task_gone',
    });
    vendor.answer = (response) => response.writeHead(404).end('<html>404</html>');
    await expect(model.poll('cgt-1', call)).rejects.toMatchObject({
      code: 'provider_answer_unusable',
      recovery: 'retry',
    });
  });

  test.each<[string, unknown, string]>([
    ['an unknown status', { status: 'dreaming' }, 'provider_answer_unusable'],
    ['no status', { id: 'cgt-1' }, 'provider_answer_unusable'],
    ['no object', [], 'provider_answer_unusable'],
  ])('answered with %s is asked for again', async (_what, task, code) => {
    await expect(pollOf(task)).rejects.toMatchObject({ code, recovery: 'retry' });
  });

  test("keeps the vendor's code of an answer that lacks all else", async () => {
    await expect(pollOf(refusal('Odd.Thing'))).rejects.toMatchObject({
      code: 'provider_answer_unusable',
      vendorCode: 'Odd.Thing',
    });
  });

  test('is not lost by a cut or a fault of the vendor', async () => {
    vendor.answer = breakOff;
    await expect(model.poll('cgt-1', call)).rejects.toMatchObject({
      code: 'provider_unavailable',
      recovery: 'retry',
    });
    const late = { signal: AbortSignal.timeout(40) };
    vendor.answer = () => undefined;
    await expect(model.poll('cgt-1', late)).rejects.toMatchObject({ code: 'provider_timed_out' });
  });
});

describe('a download', () => {
  const files = (names: Record<string, Buffer | number>, task: object = {}) => {
    vendor.answer = (response, { url }) => {
      const file = names[url.split('?')[0]?.slice(1) ?? ''];
      if (Buffer.isBuffer(file)) response.end(file);
      else if (file !== undefined) response.writeHead(file).end('<Error/>');
      else
        answerJson(response, {
          status: 'succeeded',
          content: {
            video_url: `${vendor.url}/clip.mp4?X-Tos-Expires=86400`,
            last_frame_url: `${vendor.url}/frame.png?X-Tos-Expires=86400`,
          },
          ...task,
        });
    };
    const clip = join(dir, 'clip.mp4');
    return model.download('cgt-1', { clip, lastFrame: join(dir, 'frame.png') }, call);
  };
  const clip = Buffer.from('clip');
  const frame = Buffer.from('frame');

  test('brings the clip and its last frame, without the key', async () => {
    expect(await files({ 'clip.mp4': clip, 'frame.png': frame })).toEqual({ hasLastFrame: true });
    expect(await readFile(join(dir, 'clip.mp4'))).toEqual(clip);
    expect(await readFile(join(dir, 'frame.png'))).toEqual(frame);
    expect(vendor.seen.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer key-1',
      undefined,
      undefined,
    ]);
  });

  test('does without a last frame that cannot be had', async () => {
    expect(await files({ 'clip.mp4': clip, 'frame.png': 404 })).toEqual({ hasLastFrame: false });
    const content = { video_url: `${vendor.url}/clip.mp4` };
    expect(await files({ 'clip.mp4': clip }, { content })).toEqual({ hasLastFrame: false });
    expect(await readdir(dir)).toEqual(['clip.mp4']);
  });

  test.each([403, 404])('of an address that has expired (%i) is final', async (status) => {
    await expect(files({ 'clip.mp4': status })).rejects.toMatchObject({
      code: 'provider_file_expired',
      recovery: 'fail',
    });
    expect(await readdir(dir)).toEqual([]);
  });

  test('that fails otherwise is tried again', async () => {
    await expect(files({ 'clip.mp4': 500 })).rejects.toMatchObject({
      code: 'provider_unavailable',
      recovery: 'retry',
    });
    await expect(files({}, { status: 'running' })).rejects.toMatchObject({
      code: 'provider_answer_unusable',
    });
    await expect(files({}, { content: {} })).rejects.toMatchObject({
      code: 'provider_answer_unusable',
    });
  });

  test('from a host that is not listed is refused, for the clip as for the frame', async () => {
    const swapped = { video_url: 'https://files.example.evil.org/clip.mp4' };
    await expect(files({}, { content: swapped })).rejects.toMatchObject({ code: 'egress_blocked' });
    const frameSwapped = {
      video_url: `${vendor.url}/clip.mp4`,
      last_frame_url: 'http://127.0.0.2/frame.png',
    };
    await expect(files({ 'clip.mp4': clip }, { content: frameSwapped })).rejects.toMatchObject({
      code: 'egress_blocked',
    });
  });
});

describe('a cancellation', () => {
  const cancelOf = async (status: string, removed = 200) => {
    vendor.answer = (response, { method }) => {
      if (method === 'GET') answerJson(response, { status });
      else
        answerJson(response, removed === 200 ? {} : refusal('InvalidParameter'), {
          status: removed,
        });
    };
    const before = vendor.seen.length;
    const ended = await model.cancel('cgt-1', call);
    return [ended, ...vendor.seen.slice(before).map(({ method }) => method)];
  };

  test('ends a task that waits, and touches no other', async () => {
    expect(await cancelOf('queued')).toEqual([true, 'GET', 'DELETE']);
    expect(await cancelOf('running')).toEqual([false, 'GET']);
    expect(await cancelOf('succeeded')).toEqual([true, 'GET']);
    expect(await cancelOf('cancelled')).toEqual([true, 'GET']);
    await expect(cancelOf('dreaming')).rejects.toMatchObject({ code: 'provider_answer_unusable' });
  });

  test('that comes too late says so', async () => {
    expect(await cancelOf('queued', 400)).toEqual([false, 'GET', 'DELETE']);
  });

  test('of a task that is gone has nothing left to do', async () => {
    vendor.answer = (response) => answerJson(response, refusal('NotFound.Task'), { status: 404 });
    expect(await model.cancel('cgt-1', call)).toBe(true);
  });
});

describe('the model', () => {
  test('names itself, its lane and its limits', () => {
    expect(model).toMatchObject({
      id: `ark/${VIDEO_MODEL}`,
      lane: { name: 'ark/video', limit: 3 },
      limits: { minSeconds: 4, maxSeconds: 15, stepSeconds: 1 },
      accepts: { firstFrame: true, references: 9 },
    });
    const { knowsOrdersBySeed, looksAfterMs } = model;
    expect([knowsOrdersBySeed, looksAfterMs]).toEqual([true, [5_000, 30_000, 150_000, 600_000]]);
    expect(videoModelAt(vendor, 'seedance-1-0-pro-250528')).toMatchObject({
      limits: { minSeconds: 2, maxSeconds: 12 },
      accepts: { references: 0 },
    });
  });

  test.each([
    ['9:16', 5, 108_900],
    ['16:9', 8, 173_700],
    ['1:1', 10, 216_900],
  ] as const)('estimates what the vendor bills: %s, %i s, %i tokens', (format, seconds, tokens) => {
    expect(model.estimate({ format, seconds })).toEqual({
      unit: 'tokens',
      units: tokens,
      costMicroUsd: tokens * 7,
      reference: null,
    });
  });

  test('prices a model it does not know as 2.0, and 2.0 mini as mini', () => {
    const cost = (id: string) =>
      videoModelAt(vendor, id).estimate({ format: '9:16', seconds: 5 }).costMicroUsd;
    expect(cost('ep-20260101000000-abcde')).toBe(762_300);
    expect(cost('dreamina-seedance-2-0-mini-260615')).toBe(381_150);
  });

  test('polls no more than 8 times a second, and each task within 15 seconds', () => {
    expect([1, 8, 16, 40, 120, 500].map(model.pollAfterMs)).toEqual([
      1_000, 1_000, 2_000, 5_000, 15_000, 15_000,
    ]);
  });

  test('cannot be made without a key', () => {
    const options = { baseUrl: vendor.url, model: VIDEO_MODEL, fileHosts: [], log: silentLog };
    expect(() => makeArkVideoModel({ ...options, apiKeys: [] })).toThrow(TypeError);
  });
});
