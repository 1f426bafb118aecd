import { expect, test } from 'vitest';
import type { EgressAnswer } from './exchange.ts';
import { bearer, withKeys } from './keyring.ts';

const request = {
  method: 'POST',
  path: '/orders',
  headers: { 'x-own': '1' },
  json: { a: 1 },
} as const;
const call = { signal: new AbortController().signal, timeoutMs: 1_000 };

/** A vendor that takes these keys; with what it was asked. */
function vendor(...taken: string[]) {
  const asked: string[] = [];
  const send = async ({ headers = {} }: { headers?: Readonly<Record<string, string>> }) => {
    expect(headers['x-own']).toBe('1');
    const key = (headers['authorization'] ?? '').replace('Bearer ', '');
    asked.push(key);
    const status = taken.includes(key) ? 200 : 401;
    return { status, headers: {}, bytes: Buffer.alloc(0) } satisfies EgressAnswer;
  };
  return { asked, send };
}

test('the first key is used as long as it is taken', async () => {
  const { asked, send } = vendor('new', 'old');
  const keyed = withKeys(bearer(['new', 'old']), send);
  for (let times = 0; times < 3; times += 1) expect((await keyed(request, call)).status).toBe(200);
  expect(asked).toEqual(['new', 'new', 'new']);
});

test('where the first is not taken the request goes with the next, which goes first from then on', async () => {
  const { asked, send } = vendor('old');
  const keyed = withKeys(bearer(['new', 'old']), send);
  for (let times = 0; times < 3; times += 1) expect((await keyed(request, call)).status).toBe(200);
  expect(asked).toEqual(['new', 'old', 'old', 'old']);
});

test('each key is tried once where none is taken, and the refusal is told', async () => {
  const { asked, send } = vendor();
  const keyed = withKeys(bearer(['new', 'old']), send);
  expect((await keyed(request, call)).status).toBe(401);
  expect(asked).toEqual(['new', 'old']);
});

test('a request that failed for another reason is not repeated', async () => {
  const asked: string[] = [];
  const keyed = withKeys(bearer(['new', 'old']), async ({ headers = {} }) => {
    asked.push(headers['authorization'] ?? '');
    return { status: 500, headers: {}, bytes: Buffer.alloc(0) };
  });
  expect((await keyed(request, call)).status).toBe(500);
  expect(asked).toEqual(['Bearer new']);
});

test('many at once with an old key come through, each asking at most twice', async () => {
  const { asked, send } = vendor('old');
  const keyed = withKeys(bearer(['new', 'old']), send);
  const answers = await Promise.all(Array.from({ length: 50 }, () => keyed(request, call)));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(asked.length).toBeLessThanOrEqual(100);
});

test('without any key nothing is begun', () => {
  expect(() => withKeys(bearer([]), vendor().send)).toThrow(TypeError);
});
