import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  askApp,
  keyOf,
  makeTestApp,
  serveTestApp,
  tryEndpoint,
} from '../../../tests/harness/http-app.ts';
import { newId } from '../ids.ts';
import { makeLog } from '../log.ts';
import { Problem } from '../problem.ts';
import { makeCspReportEndpoint } from './csp-reports.ts';
import { eventStream } from './sse.ts';

const ACCOUNT = newId('acc');
const caller = keyOf(ACCOUNT, 'videos:read', 'videos:write');

const EVERY_HEADER = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data: https://files.example.org; media-src 'self' blob: https://files.example.org; connect-src 'self' https://files.example.org; manifest-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://accounts.google.com; require-trusted-types-for 'script'; report-to csp",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'reporting-endpoints': 'csp="/csp-reports"',
  'strict-transport-security': 'max-age=63072000; includeSubDomains; preload',
  'x-content-type-options': 'nosniff',
  'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/),
};
const EVERY_LIMIT = {
  'ratelimit-limit': '60',
  'ratelimit-remaining': '59',
  'ratelimit-reset': '30',
};
const NO_STORE = { 'cache-control': 'no-store' };

describe('every answer carries the same headers', () => {
  async function* messages() {
    yield { event: 'ping', data: 1 };
  }
  const endpoints = [
    tryEndpoint(),
    tryEndpoint({ path: '/v1/empty', handle: async () => ({ status: 204 }) }),
    tryEndpoint({
      path: '/v1/stream',
      handle: async ({ signal }) => eventStream({ signal, source: messages() }),
    }),
    tryEndpoint({
      path: '/v1/moved',
      handle: async () => Response.redirect('http://a.test/', 302),
    }),
    tryEndpoint({
      path: '/v1/broken',
      handle: async () => {
        throw new Error('canary');
      },
    }),
    tryEndpoint({ path: '/v1/public', access: 'public' }),
    tryEndpoint({ path: '/app/things', access: 'session' }),
  ];
  const page = new Hono();
  page.get('/page', (c) => c.text('page', 200, { 'Cache-Control': 'no-cache' }));
  page.get('/lost', () => {
    throw new Problem({ kind: 'not-found', code: 'lost', message: 'Lost.' });
  });
  const app = makeTestApp({ endpoints, caller, extraRoutes: [page] });
  const json = { 'content-type': 'application/json' };
  const refusal = { 'content-type': 'application/problem+json', ...NO_STORE };

  test.each([
    ['GET', '/v1/things', 200, { ...EVERY_LIMIT, ...NO_STORE, ...json }],
    ['HEAD', '/v1/things', 200, { ...EVERY_LIMIT, ...NO_STORE, ...json }],
    ['GET', '/v1/empty', 204, { ...EVERY_LIMIT, ...NO_STORE }],
    [
      'GET',
      '/v1/stream',
      200,
      {
        ...{ ...EVERY_LIMIT, ...NO_STORE, 'x-accel-buffering': 'no' },
        'content-type': 'text/event-stream; charset=utf-8',
      },
    ],
    ['GET', '/v1/moved', 302, { ...EVERY_LIMIT, ...NO_STORE, location: 'http://a.test/' }],
    ['GET', '/v1/public', 200, { ...EVERY_LIMIT, ...json }],
    [
      'GET',
      '/page',
      200,
      { 'cache-control': 'no-cache', 'content-type': 'text/plain; charset=UTF-8' },
    ],
    ['GET', '/lost', 404, refusal],
    ['GET', '/v1/broken', 500, { ...EVERY_LIMIT, ...refusal }],
    ['GET', '/v1/none', 404, { ...EVERY_LIMIT, ...refusal }],
    ['GET', '/none', 404, { ...EVERY_LIMIT, ...refusal }],
    ['GET', '/app/things', 403, { ...EVERY_LIMIT, ...refusal }],
    ['POST', '/v1/things', 405, { ...EVERY_LIMIT, ...refusal, allow: 'GET, HEAD' }],
    ['OPTIONS', '/v1/things', 405, { ...EVERY_LIMIT, ...refusal, allow: 'GET, HEAD' }],
  ])('%s %s (%d)', async (method, path, status, own) => {
    const answer = await app.request(path, { method });
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toEqual({ ...EVERY_HEADER, ...own });
    if (method === 'HEAD') expect(await answer.text()).toBe('');
  });

  test('a problem is a page for whoever went there in a browser, and JSON for every program', async () => {
    const app = makeTestApp({
      ...{ endpoints, caller, extraRoutes: [page] },
      problemPage: ({ status, code, request_id }) => `<p>${status} ${code} ${request_id}</p>`,
    });
    for (const [path, word] of [
      ['/none', '404 not_found'],
      ['/lost', '404 lost'],
      ['/v1/broken', '500 internal'],
    ] as const) {
      const ask = (dest: string) => app.request(path, { headers: { 'sec-fetch-dest': dest } });
      const [visit, script] = [await ask('document'), await ask('empty')];
      expect(visit.status).toBe(script.status);
      expect(visit.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(visit.headers.get('cache-control')).toBe('no-store');
      expect(await visit.text()).toContain(`<p>${word} ${visit.headers.get('x-request-id')}</p>`);
      expect(script.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  test('found by one regular expression, however many addresses there are', () => {
    expect(app.router.name).toBe('RegExpRouter');
  });

  test('over the socket as well', async () => {
    const listening = await serveTestApp(app);
    for (const { path } of endpoints) {
      const answer = await fetch(listening.url + path, { redirect: 'manual' });
      expect(Object.fromEntries(answer.headers)).toMatchObject({ ...EVERY_HEADER, ...EVERY_LIMIT });
      await answer.text();
    }
    const head = await fetch(`${listening.url}/v1/things`, { method: 'HEAD' });
    expect(Object.fromEntries(head.headers)).toMatchObject({ ...EVERY_HEADER, ...json });
    await listening.drain(0);
  });

  test('without the promise of https where there is none', async () => {
    const plain = makeTestApp({
      endpoints,
      caller,
      headers: { hsts: false, storageOrigins: [], signInOrigin: null },
    });
    const { headers } = await askApp(plain);
    expect(headers.has('strict-transport-security')).toBe(false);
    expect(headers.get('content-security-policy')).toContain("connect-src 'self'; ");
  });

  test('and its own spelling of a header goes before ours', async () => {
    const own = tryEndpoint({
      handle: async () => ({ status: 200, json: '[]', headers: { 'cache-control': 'private' } }),
    });
    const { headers, text } = await askApp(makeTestApp({ endpoints: [own], caller }));
    expect(headers.get('cache-control')).toBe('private');
    expect(text).toBe('[]');
  });
});

describe('a handler', () => {
  test('has its time; then its signal fires and the answer is 504', async () => {
    const aborted = Promise.withResolvers<string>();
    const slow = tryEndpoint({
      timeoutMs: 20,
      handle: ({ signal }) => {
        signal.addEventListener('abort', () => aborted.resolve('aborted'));
        return new Promise(() => undefined);
      },
    });
    const { problem } = await askApp(makeTestApp({ endpoints: [slow], caller }));
    expect(problem).toMatchObject({ status: 504, code: 'timed_out', retryable: true });
    expect(await aborted.promise).toBe('aborted');
  });

  test.each(['get', 'post'] as const)('of %s hears that its client has gone', async (method) => {
    const begun = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<string>();
    const slow = tryEndpoint({
      ...{ method, idempotent: false },
      handle: ({ signal }) => {
        signal.addEventListener('abort', () => aborted.resolve('aborted'));
        begun.resolve();
        return new Promise(() => undefined);
      },
    });
    const listening = await serveTestApp(makeTestApp({ endpoints: [slow], caller }));
    const client = new AbortController();
    const { signal } = client;
    const answer = fetch(`${listening.url}/v1/things`, { method, signal }).catch(() => 'gone');
    await begun.promise;
    client.abort();
    expect(await aborted.promise).toBe('aborted');
    expect(await answer).toBe('gone');
    await listening.drain(0);
  });

  test('of a GET ends as the server stops, one that changes something is let finish', async () => {
    const stopping = new AbortController();
    const signals: AbortSignal[] = [];
    const finish = Promise.withResolvers<void>();
    const handle = async ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      await finish.promise;
      return { status: 200, body: { aborted: signal.aborted } };
    };
    const endpoints = [tryEndpoint({ handle }), tryEndpoint({ method: 'post', handle })];
    const app = makeTestApp({ endpoints, caller, stopping: stopping.signal });
    const get = askApp(app);
    const post = askApp(app, '/v1/things', { method: 'POST' });
    await expect.poll(() => signals.length).toBe(2);
    stopping.abort();
    const late = askApp(app);
    finish.resolve();
    expect((await get).text).toBe('{"aborted":true}');
    expect((await late).text).toBe('{"aborted":true}');
    expect((await post).text).toBe('{"aborted":false}');
  });

  test('that fails tells nothing of it, in the answer or in the log', async () => {
    const lines: string[] = [];
    const broken = tryEndpoint({
      handle: async () => {
        throw new Error('canary: select secret from /srv/canary', { cause: new Error('canary') });
      },
    });
    const log = makeLog('debug', { write: (line) => lines.push(line) });
    const { text, problem } = await askApp(makeTestApp({ endpoints: [broken], caller, log }));
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('request.failed');
    expect(text + lines.join()).not.toContain('canary');
  });

  test('sees what the schemas made of the request, and who and where it came from', async () => {
    const seen = tryEndpoint({
      ...{ method: 'post', path: '/v1/things/{id}' },
      params: z.object({ id: z.string() }),
      query: z.object({ wait: z.coerce.number().default(0) }),
      body: z.object({ name: z.string().trim() }),
      handle: async ({ params, query, body, caller: who, header, ip, requestId }) => ({
        status: 200,
        body: { params, query, body, who, type: header('Content-Type'), ip, requestId },
      }),
    });
    const { text, headers } = await askApp(
      makeTestApp({ endpoints: [seen], caller }),
      '/v1/things/a%20b?wait=3&more=1',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: '{"name":" x "}',
      },
    );
    expect(JSON.parse(text)).toMatchObject({
      params: { id: 'a b' },
      query: { wait: 3 },
      body: { name: 'x' },
      who: { accountId: ACCOUNT },
      type: 'application/json; charset=utf-8',
      ip: '127.0.0.1',
      requestId: headers.get('x-request-id'),
    });
  });
});

test('reports of the content policy are counted and nothing else', async () => {
  const lines: string[] = [];
  const log = makeLog('debug', { write: (line) => lines.push(line) });
  const app = makeTestApp({ endpoints: [makeCspReportEndpoint(log)] });
  const { status } = await askApp(app, '/csp-reports', {
    method: 'POST',
    headers: { 'content-type': 'application/reports+json' },
    body: JSON.stringify([{ body: { blockedURL: 'canary' } }, {}]),
  });
  expect(status).toBe(204);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'csp.reported', count: 2 });
  expect(lines[0]).not.toContain('canary');
});

test('two endpoints cannot have one address', () => {
  const endpoints = [tryEndpoint({ path: '/v1/a/{id}' }), tryEndpoint({ path: '/v1/a/{name}' })];
  expect(() => makeTestApp({ endpoints })).toThrow('Two endpoints');
});
