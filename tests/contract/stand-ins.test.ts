import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { jsonReply } from '../../stand-ins/reply.ts';
import { Refused } from '../../stand-ins/route.ts';
import { type StandIn, startStandIn } from '../../stand-ins/server.ts';

let standIn: StandIn;
let sold = 0;
beforeEach(async () => {
  sold = 0;
  standIn = await startStandIn({
    refusal: ({ status, code }) => jsonReply({ error: code ?? 'usual' }, { status }),
    routes: [
      {
        ...{ name: 'buy', method: 'POST', path: '/things/:id' },
        handle(ask) {
          if (ask.params['id'] === 'none') throw new Refused(404, 'gone', 'Not there.');
          sold += 1;
          ask.bought({ id: String(sold), key: ask.params['id'] ?? '', details: {} });
          return jsonReply({ id: ask.params['id'], list: [{ a: 1, b: 2 }], note: 'x'.repeat(200) });
        },
      },
    ],
  });
});
afterEach(() => standIn.close());

const buy = (id = 'one', body: unknown = { word: 'blue' }) =>
  fetch(`${standIn.url}/things/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(3_000),
  });

describe('a stand-in', () => {
  test('answers, remembers what it was asked, and counts what was bought', async () => {
    const answer = await (await buy('one')).json();
    expect(answer).toMatchObject({ id: 'one' });
    await buy('one');
    await (await buy('none')).json();
    await fetch(`${standIn.url}/elsewhere`);
    expect(standIn.journal.of('buy')[0]).toMatchObject({
      method: 'POST',
      path: '/things/one',
      body: { kind: 'json', value: { word: 'blue' } },
      status: 200,
      answered: true,
      crash: null,
    });
    expect(standIn.journal.counts()).toEqual({
      ...{ buy: 3, 'buy:200': 2, 'buy:404': 1, unknown: 1, 'unknown:404': 1 },
    });
    expect(standIn.journal.bought()).toEqual({ one: 2 });
  });

  test('tells a purchase whose buyer had left from one that was answered', async () => {
    standIn.faults.add({ route: 'buy', fault: { kind: 'silence', when: 'after' }, times: 1 });
    const leaving = new AbortController();
    const asked = fetch(`${standIn.url}/things/one`, { method: 'POST', signal: leaving.signal });
    await expect.poll(() => standIn.journal.purchases).toHaveLength(1);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await buy('one');
    expect(standIn.journal.purchases.map((one) => one.answered)).toEqual([false, true]);
  });
});

describe('a fault', () => {
  test('of latency delays the answer', async () => {
    standIn.faults.add({ route: 'buy', fault: { kind: 'latency', ms: 150 } });
    const from = performance.now();
    expect((await buy()).status).toBe(200);
    expect(performance.now() - from).toBeGreaterThan(140);
  });

  test.each([401, 402, 403, 429, 500, 503])(
    'of refusal answers %i in the vendor’s envelope, and sells nothing',
    async (status) => {
      const fault = { kind: 'refuse', status, code: 'because', retryAfterSeconds: 7 } as const;
      standIn.faults.add({ route: '*', fault });
      const response = await buy();
      expect([response.status, await response.json()]).toEqual([status, { error: 'because' }]);
      expect(response.headers.get('retry-after')).toBe('7');
      expect(sold).toBe(0);
    },
  );

  test.each(['before', 'after'] as const)('of a proxy hides what was done (%s)', async (when) => {
    standIn.faults.add({ route: 'buy', fault: { kind: 'html', when } });
    const response = await buy();
    expect(response.status).toBe(504);
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toContain('<html>');
    expect(sold).toBe(when === 'after' ? 1 : 0);
  });

  test('of malformed JSON is a success that cannot be read', async () => {
    standIn.faults.add({ route: 'buy', fault: { kind: 'malformed' } });
    const response = await buy();
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toThrow();
    expect(sold).toBe(1);
  });

  test('of truncation promises more than comes', async () => {
    standIn.faults.add({ route: 'buy', fault: { kind: 'truncate' } });
    const response = await buy();
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(200);
    await expect(response.text()).rejects.toThrow();
    expect(standIn.journal.purchases).toMatchObject([{ answered: false }]);
  });

  test('of trickling sends all of it, slowly', async () => {
    standIn.faults.add({ route: 'buy', fault: { kind: 'trickle', bytes: 50, everyMs: 20 } });
    const from = performance.now();
    expect(await (await buy()).json()).toMatchObject({ id: 'one' });
    expect(performance.now() - from).toBeGreaterThan(60);
  });

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('of resetting ends the connection %s it is done', async (when, count) => {
    standIn.faults.add({ route: 'buy', fault: { kind: 'reset', when } });
    await expect(buy()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(sold).toBe(count);
  });

  test('of silence never answers', async () => {
    standIn.faults.add({ route: 'buy', fault: { kind: 'silence' } });
    const asked = fetch(`${standIn.url}/things/one`, {
      method: 'POST',
      signal: AbortSignal.timeout(100),
    });
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(standIn.journal.of('buy')).toMatchObject([{ status: null, answered: false }]);
  });

  test('leaves fields out, and adds unheard-of ones', async () => {
    standIn.faults.add({ route: 'buy', fault: { kind: 'missing', fields: ['id', 'list.*.a'] } });
    standIn.faults.add({ route: 'buy', fault: { kind: 'extra' } });
    const answer = await (await buy()).json();
    expect(answer).toMatchObject({ list: [{ b: 2, 'x-novelty': {} }], 'x-novelty': {} });
    expect(answer).not.toHaveProperty('id');
    expect(answer).not.toHaveProperty('list.0.a');
  });

  test('strikes only where, when and as often as it is told', async () => {
    const fault = { kind: 'refuse', status: 500 } as const;
    const disarm = standIn.faults.add({
      ...{ route: 'buy', fault, times: 1, after: 1, including: 'blue' },
    });
    const statusOf = async (word: string) => (await buy('one', { word })).status;
    const seen = [];
    for (const word of ['blue', 'red', 'blue', 'blue']) seen.push(await statusOf(word));
    expect(seen).toEqual([200, 200, 500, 200]);
    expect(standIn.faults.list()).toMatchObject([{ struck: 1 }]);
    disarm();
    standIn.faults.add({ route: 'buy', fault, probability: 0.5 });
    const half = await Promise.all(Array.from({ length: 100 }, () => statusOf('blue')));
    const struck = half.filter((status) => status === 500).length;
    expect(struck).toBeGreaterThan(30);
    expect(struck).toBeLessThan(70);
  });
});

test('a stand-in is steered from another process', async () => {
  const steer = async (method: string, name: string, body?: unknown) => {
    const response = await fetch(`${standIn.url}/_stand-in/${name}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: await response.json() };
  };
  const rule = { route: 'buy', times: 1, fault: { kind: 'refuse', status: 503 } };
  expect(await steer('POST', 'faults', rule)).toMatchObject({ status: 200, json: [rule] });
  expect(await steer('POST', 'faults', { route: 'buy' })).toMatchObject({ status: 400 });
  expect((await buy()).status).toBe(503);
  expect((await buy()).status).toBe(200);
  expect((await steer('GET', 'counts')).json).toEqual({ buy: 2, 'buy:503': 1, 'buy:200': 1 });
  expect((await steer('GET', 'purchases')).json).toMatchObject([{ key: 'one', answered: true }]);
  expect((await steer('GET', 'journal?route=buy')).json).toHaveLength(2);
  await steer('POST', 'reset');
  expect((await steer('GET', 'journal')).json).toEqual([]);
  expect((await steer('GET', 'faults')).json).toEqual([]);
});

test('all stand-ins run as one command that says where they are and ends when it is told', async () => {
  const main = join(import.meta.dirname, '../../stand-ins/main.ts');
  const child = spawn(process.execPath, [main, '--film-ms', '10'], { stdio: 'pipe' });
  const { ark, env } = addresses.parse(JSON.parse(await firstLine(child)));
  const headers = { authorization: `Bearer ${env.ARK_API_KEY}` };
  const models = await fetch(`${env.ARK_BASE_URL}/models`, { headers });
  expect(models.status).toBe(200);
  expect(env.ARK_BASE_URL.startsWith(ark)).toBe(true);
  child.kill('SIGTERM');
  const [status] = await once(child, 'exit');
  expect(status).toBe(0);
});

const addresses = z.object({
  ...{ ark: z.url(), elevenlabs: z.url(), openai: z.url(), whisper_cpp: z.url() },
  ...{ resend: z.url(), sentry: z.url(), posthog: z.url() },
  env: z.object({
    ...{ ARK_API_KEY: z.string(), ARK_BASE_URL: z.url(), ELEVENLABS_API_KEY: z.string() },
    ...{ ELEVENLABS_BASE_URL: z.url(), OPENAI_API_KEY: z.string(), OPENAI_BASE_URL: z.url() },
    ...{ RESEND_API_KEY: z.string(), RESEND_BASE_URL: z.url(), MAIL_FROM: z.string() },
    ...{ SENTRY_DSN: z.url(), POSTHOG_KEY: z.string(), POSTHOG_HOST: z.url() },
  }),
});

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
}
