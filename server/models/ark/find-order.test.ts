import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answerJson, startVendorServer, type VendorServer } from '../fixtures/vendor-server.ts';
import { videoCapabilities } from './capabilities.ts';
import { likeness } from './find-order.ts';
import { VIDEO_MODEL as MODEL, videoModelAt } from './fixtures/clients.ts';
import { makePacer } from './pacer.ts';
import type { ListedTask } from './wire.ts';

const can = videoCapabilities(MODEL);
const orderedAt = new Date('2026-11-26T12:00:00Z');
const at = orderedAt.getTime() / 1_000;

const order = {
  request: { seconds: 5, format: '9:16' as const, seed: 77, firstFrame: null },
  orderedAt,
  known: new Set(['cgt-known']),
};
const own: ListedTask = {
  id: 'cgt-own',
  status: 'succeeded',
  model: MODEL,
  created_at: at,
  seed: 77,
  duration: 5,
  ratio: '9:16',
  resolution: '720p',
};

describe('a listed task', () => {
  const like = (task: Partial<ListedTask>) => likeness({ ...own, ...task }, MODEL, can, order);

  test('is the order by its seed and all else that both tell', () => {
    expect(like({})).toBe('is');
    expect(like({ created_at: at - 60, model: 'dreamina-seedance-2-0', resolution: '720P' })).toBe(
      'is',
    );
    expect(like({ model: null, duration: null, ratio: null, resolution: null })).toBe('is');
  });

  test('that differs in anything told is not', () => {
    const differences: Partial<ListedTask>[] = [
      { id: 'cgt-known' },
      { model: 'dreamina-seedance-2-0-fast-260128' },
      { model: 'seedance-1-5-pro-251215' },
      { created_at: at - 61 },
      { created_at: null },
      { seed: 78 },
      { duration: 6 },
      { ratio: '16:9' },
      { resolution: '1080p' },
    ];
    expect(differences.map(like)).toEqual(differences.map(() => 'is not'));
  });

  test('that does not tell its seed may be, unless it has cost nothing or came much later', () => {
    const untold = { seed: null, duration: null, ratio: null, resolution: null };
    const states = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'];
    expect(states.map((status) => like({ ...untold, status }))).toEqual([
      'may be',
      'may be',
      'may be',
      'is not',
      'is not',
      'is not',
    ]);
    expect(like({ ...untold, status: 'running', created_at: at + 601 })).toBe('is not');
  });

  test('of whatever else is never taken for the order', () => {
    const anyTask = fc.record({
      id: fc.constantFrom('cgt-own', 'cgt-known', 'cgt-other'),
      status: fc.constantFrom('queued', 'running', 'succeeded', 'failed', 'odd'),
      model: fc.option(fc.constantFrom(MODEL, 'dreamina-seedance-2-0', 'seedance-1-5-pro-251215')),
      created_at: fc.option(fc.integer({ min: at - 120, max: at + 1_200 })),
      seed: fc.option(fc.integer({ min: 76, max: 78 })),
      duration: fc.option(fc.integer({ min: 4, max: 6 })),
      ratio: fc.option(fc.constantFrom('9:16', '16:9')),
      resolution: fc.option(fc.constantFrom('720p', '1080p')),
    });
    fc.assert(
      fc.property(anyTask, (task) => {
        const isOwn =
          task.id !== 'cgt-known' &&
          task.seed === 77 &&
          (task.model === null || task.model.startsWith('dreamina-seedance-2-0')) &&
          task.created_at !== null &&
          task.created_at >= at - 60 &&
          (task.duration === null || task.duration === 5) &&
          (task.ratio === null || task.ratio === '9:16') &&
          (task.resolution === null || task.resolution === '720p');
        expect(likeness(task, MODEL, can, order) === 'is').toBe(isOwn);
      }),
      { numRuns: 1_000 },
    );
  });

  test('of an endpoint of the account is known by its seed, whatever model it names', () => {
    const endpoint = 'ep-20260101000000-abcde';
    expect(likeness(own, endpoint, videoCapabilities(endpoint), order)).toBe('is');
  });

  test('with a first frame that sets the ratio may have any', () => {
    const model = 'dreamina-seedance-2-5-260628';
    const request = { ...order.request, firstFrame: 'frame.png' };
    const task = { ...own, model, ratio: '1:1' };
    const compared = likeness(task, model, videoCapabilities(model), { ...order, request });
    expect(compared).toBe('is');
  });
});

describe('looking for an order', () => {
  let vendor: VendorServer;
  beforeEach(async () => {
    vendor = await startVendorServer();
  });
  afterEach(() => vendor[Symbol.asyncDispose]());

  const request = {
    prompt: 'A boat',
    seconds: 5,
    format: '9:16' as const,
    seed: 77,
    firstFrame: null,
    references: [],
    wantsLastFrame: false,
  };
  const find = () =>
    videoModelAt(vendor).find(
      { request, orderedAt, known: order.known },
      { signal: AbortSignal.timeout(10_000) },
    );
  const others = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...own,
      id: `cgt-${index}`,
      seed: 1_000 + index,
    }));

  test('gives its task, though numbers come as text and fields are new', async () => {
    const task = { ...own, seed: '77', duration: '5', created_at: `${at}`, novelty: { a: 1 } };
    vendor.answer = (response) =>
      answerJson(response, { items: [...others(3), task], total: '4', page_num: 1 });
    expect(await find()).toBe('cgt-own');
    expect(vendor.seen.map(({ url }) => url)).toEqual([
      '/api/v3/contents/generations/tasks?page_num=1&page_size=100',
    ]);
  });

  test('reads page after page, no two within a second', async () => {
    const times: number[] = [];
    vendor.answer = (response, { url }) => {
      times.push(performance.now());
      const isLast = url.includes('page_num=2');
      answerJson(response, { items: isLast ? [own] : others(70).concat(others(30)), total: 101 });
    };
    expect(await find()).toBe('cgt-own');
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_000);
  });

  test('ends with nothing once the list is past its time', async () => {
    const older = { ...own, id: 'cgt-older', created_at: at - 3_600 };
    vendor.answer = (response) =>
      answerJson(response, { items: [...others(99), older], total: 5_000 });
    expect(await find()).toBeNull();
    expect(vendor.seen).toHaveLength(1);
  });

  test('does not decide while a task of that time does not tell its seed', async () => {
    const { seed, ...running } = { ...own, id: 'cgt-running', status: 'running' };
    vendor.answer = (response) => answerJson(response, { items: [running], total: 1 });
    await expect(find()).rejects.toMatchObject({ code: 'order_uncertain', recovery: 'retry' });
    expect(seed).toBe(77);
  });

  test.each([
    [
      'an error',
      429,
      { error: { code: 'AccountRateLimitExceeded', message: '' } },
      'provider_busy',
    ],
    ['no list', 200, { total: 0 }, 'provider_answer_unusable'],
    [
      'a list of something else',
      200,
      { items: [{ task: 1 }], total: 1 },
      'provider_answer_unusable',
    ],
  ])('rejects when it gets %s', async (_what, status, body, code) => {
    vendor.answer = (response) => answerJson(response, body, { status });
    await expect(find()).rejects.toMatchObject({ code });
  });
});

test('a pacer lets callers through in order and apart, and a canceled one goes at once', async () => {
  const turn = makePacer(40);
  const never = new AbortController().signal;
  const began = performance.now();
  const passed: string[] = [];
  const pass = async (name: string) => {
    await turn(never);
    passed.push(name);
  };
  const waiting = [pass('one'), pass('two'), pass('three')];
  await expect(turn(AbortSignal.abort())).rejects.toThrow();
  await Promise.all(waiting);
  expect(passed).toEqual(['one', 'two', 'three']);
  expect(performance.now() - began).toBeGreaterThanOrEqual(78);
});
