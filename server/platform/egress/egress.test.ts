import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import OpenAI from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import { EgressBlocked, type EgressPolicy, makeEgress } from './egress.ts';

type Seen = { method: string; url: string; headers: Record<string, unknown>; body: string };
type Handler = (seen: Seen, response: ServerResponse, request: IncomingMessage) => void;

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

/** An HTTP server that answers by `handler` once a request is read whole, and remembers them all. */
async function vendor(handler: Handler): Promise<{ base: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      handler(one, response, request);
    });
  });
  return { base: await listening(server), seen };
}

function policyFor(base: string): EgressPolicy {
  return {
    vendor: 'Example',
    baseUrl: `${base}/v3`,
    fileHosts: [],
    headers: ['authorization'],
    routes: [
      { method: 'GET', path: '/tasks/{id}', query: ['page'] },
      { method: 'POST', path: '/tasks', json: { model: true } },
      { method: 'POST', path: '/speech', form: ['file', 'model'] },
      {
        method: 'POST',
        path: '/chat/completions',
        json: { model: true, messages: [{ role: true, content: true }] },
      },
    ],
  };
}

const never = new AbortController().signal;
const call = { signal: never, timeoutMs: 5_000 };
const order = { method: 'POST', path: '/tasks', json: { model: 'm' } } as const;

describe('a request to a vendor', () => {
  test('carries its own headers and the ones HTTP needs, nothing else', async () => {
    const { base, seen } = await vendor((_, response) => response.end('{"id":"1"}'));
    const answer = await makeEgress(policyFor(base), null).send(
      { ...order, headers: { Authorization: 'Bearer key' } },
      call,
    );
    expect(answer.status).toBe(200);
    expect(answer.bytes.toString()).toBe('{"id":"1"}');
    expect(seen[0]?.body).toBe('{"model":"m"}');
    expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual([
      'accept',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ]);
    expect(seen[0]?.headers['user-agent']).toBe('clipt');
  });

  test('sends a form with a length, and no field that is not listed', async () => {
    const { base, seen } = await vendor((_, response) => response.end('{}'));
    const egress = makeEgress(policyFor(base), null);
    const form = new FormData();
    form.append('file', new Blob(['sound'], { type: 'audio/wav' }), 'audio.wav');
    form.append('model', 'whisper');
    await egress.send({ method: 'POST', path: '/speech', form }, call);
    expect(seen[0]?.body).toContain('filename="audio.wav"');
    expect(Number(seen[0]?.headers['content-length'])).toBe(seen[0]?.body.length);
    form.append('user', 'canary');
    const stopped = egress.send({ method: 'POST', path: '/speech', form }, call);
    await expect(stopped).rejects.toThrow(EgressBlocked);
    expect(seen).toHaveLength(1);
  });

  test('sends nothing at all when it is stopped', async () => {
    let connections = 0;
    const tcp = createTcpServer(() => {
      connections += 1;
    });
    const egress = makeEgress(policyFor(await listening(tcp)), null);
    const stopped = egress.send({ ...order, json: { model: 'm', user: 'canary' } }, call);
    await expect(stopped).rejects.toMatchObject({ code: 'egress_blocked' });
    const elsewhere = egress.fetch('http://127.0.0.2:9/v3/tasks', { method: 'POST' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'egress_blocked' });
    expect(connections).toBe(0);
  });

  test('gets a redirect as the answer, and does not follow it', async () => {
    const { base, seen } = await vendor((_, response) =>
      response.writeHead(307, { location: '/elsewhere' }).end(),
    );
    const egress = makeEgress(policyFor(base), null);
    expect((await egress.send(order, call)).status).toBe(307);
    expect(
      (await egress.fetch(`${base}/v3/tasks`, { method: 'POST', redirect: 'follow' })).status,
    ).toBe(307);
    expect(seen.map(({ url }) => url)).toEqual(['/v3/tasks', '/v3/tasks']);
  });

  test('64 at once get each its own answer', async () => {
    const { base } = await vendor(({ url }, response) => response.end(url));
    const egress = makeEgress(policyFor(base), null);
    const ids = Array.from({ length: 64 }, (_, index) => `task-${index}`);
    const answers = await Promise.all(
      ids.map((id) => egress.send({ method: 'GET', path: '/tasks/{id}', params: { id } }, call)),
    );
    expect(answers.map(({ bytes }) => bytes.toString())).toEqual(
      ids.map((id) => `/v3/tasks/${id}`),
    );
  });
});

describe('a request that gets no answer', () => {
  test('cannot have arrived where nobody listens', async () => {
    const tcp = createTcpServer();
    const base = await listening(tcp);
    tcp.close();
    await once(tcp, 'close');
    await expect(makeEgress(policyFor(base), null).send(order, call)).rejects.toMatchObject({
      code: 'vendor_unreachable',
      mayHaveArrived: false,
      retryable: true,
    });
  });

  test('cannot have arrived where the name is unknown or TLS fails', async () => {
    const plain = await listening(createTcpServer((socket) => socket.end('no TLS here')));
    for (const base of ['http://nobody.invalid', plain.replace('http:', 'https:')]) {
      await expect(makeEgress(policyFor(base), null).send(order, call)).rejects.toMatchObject({
        code: 'vendor_unreachable',
        mayHaveArrived: false,
      });
    }
  });

  test('cannot have arrived when it was canceled before, or while TLS was not yet agreed', async () => {
    const silent = await listening(createTcpServer());
    const gone = makeEgress(policyFor(silent), null).send(order, {
      ...call,
      signal: AbortSignal.abort(),
    });
    await expect(gone).rejects.toMatchObject({ code: 'canceled', mayHaveArrived: false });
    const waiting = makeEgress(policyFor(silent.replace('http:', 'https:')), null).send(order, {
      ...call,
      timeoutMs: 60,
    });
    await expect(waiting).rejects.toMatchObject({
      code: 'vendor_timed_out',
      mayHaveArrived: false,
    });
  });

  test.each([
    ['before its body was read', (socket: Socket) => socket.resetAndDestroy()],
    [
      'after its body was read',
      (socket: Socket, text: string) => text.includes('{"model"') && socket.resetAndDestroy(),
    ],
  ])('may have arrived when the connection is reset %s', async (_when, answer) => {
    const tcp = createTcpServer((socket) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
        answer(socket, text);
      });
    });
    const egress = makeEgress(policyFor(await listening(tcp)), null);
    await expect(egress.send(order, call)).rejects.toMatchObject({
      code: 'vendor_answer_cut',
      mayHaveArrived: true,
    });
  });

  test('may have arrived when it is canceled under way', async () => {
    const canceling = new AbortController();
    const { base } = await vendor(() => canceling.abort());
    const sent = makeEgress(policyFor(base), null).send(order, {
      ...call,
      signal: canceling.signal,
    });
    await expect(sent).rejects.toMatchObject({
      code: 'canceled',
      kind: 'canceled',
      mayHaveArrived: true,
    });
  });

  test("ends at its deadline though bytes trickle in, and calls a caller's own limit the same", async () => {
    const { base } = await vendor((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      const trickle = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(trickle));
    });
    const egress = makeEgress(policyFor(base), null);
    for (const limits of [
      () => ({ signal: never, timeoutMs: 120 }),
      () => ({ signal: AbortSignal.timeout(120), timeoutMs: 5_000 }),
    ]) {
      await expect(egress.send(order, limits())).rejects.toMatchObject({
        code: 'vendor_timed_out',
        mayHaveArrived: true,
      });
    }
  });

  test('is not taken for whole when its answer is cut', async () => {
    const cut = createTcpServer((socket) =>
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"id":')),
    );
    await expect(
      makeEgress(policyFor(await listening(cut)), null).send(order, call),
    ).rejects.toMatchObject({ code: 'vendor_answer_cut', mayHaveArrived: true });
  });

  test('reads no more than it may', async () => {
    const { base } = await vendor((_, response) => response.end('x'.repeat(1_001)));
    const egress = makeEgress(policyFor(base), null);
    await expect(egress.send(order, { ...call, maxBytes: 1_000 })).rejects.toMatchObject({
      code: 'vendor_answer_too_large',
      mayHaveArrived: true,
      retryable: false,
    });
    expect((await egress.send(order, { ...call, maxBytes: 1_001 })).bytes).toHaveLength(1_001);
  });
});

describe("an SDK's fetch", () => {
  const sdk = (base: string) =>
    new OpenAI({
      apiKey: 'key',
      baseURL: `${base}/v3`,
      fetch: makeEgress(policyFor(base), null).fetch,
      maxRetries: 0,
    });
  const messages = [{ role: 'user' as const, content: 'hello' }];

  test('sends what the SDK asks, without what the SDK tells of the machine', async () => {
    const { base, seen } = await vendor((_, response) =>
      response.setHeader('content-type', 'application/json').end('{"choices":[],"id":"c1"}'),
    );
    const answer = await sdk(base).chat.completions.create({ model: 'm', messages });
    expect(answer.id).toBe('c1');
    expect(seen[0]?.headers['authorization']).toBe('Bearer key');
    expect(JSON.stringify(seen[0]?.headers)).not.toMatch(/stainless|OpenAI|node|linux/i);
  });

  test('stops what the policy does not list', async () => {
    const { base, seen } = await vendor((_, response) => response.end('{}'));
    const sent = sdk(base).chat.completions.create({ model: 'm', messages, user: 'canary' });
    await expect(sent).rejects.toMatchObject({ cause: { code: 'egress_blocked' } });
    await expect(sdk(base).models.list()).rejects.toMatchObject({
      cause: { code: 'egress_blocked' },
    });
    expect(seen).toEqual([]);
  });

  test('passes on the status and the failure', async () => {
    const { base } = await vendor((_, response) => response.writeHead(204).end());
    const { fetch } = makeEgress(policyFor(base), null);
    const empty = await fetch(`${base}/v3/tasks/a%2Fb?page=2`);
    expect([empty.status, await empty.text()]).toEqual([204, '']);
    const canceled = fetch(`${base}/v3/tasks/1`, { signal: AbortSignal.abort() });
    await expect(canceled).rejects.toMatchObject({ code: 'canceled' });
  });
});

test('a base URL that is no plain address is refused', () => {
  for (const base of ['ftp://x', 'https://x?key=1', 'https://user@x']) {
    expect(() => makeEgress({ ...policyFor('https://x'), baseUrl: base }, null)).toThrow(TypeError);
  }
});
