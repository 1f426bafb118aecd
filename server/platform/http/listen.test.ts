import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeCertificate } from '../../../tests/harness/certificate.ts';
import { keyOf, makeTestApp, serveTestApp, tryEndpoint } from '../../../tests/harness/http-app.ts';
import { newId } from '../ids.ts';
import { type Listening, listen } from './listen.ts';

const app = makeTestApp({
  endpoints: [tryEndpoint()],
  caller: keyOf(newId('acc'), 'videos:read'),
});
const problem = z.looseObject({ code: z.string(), status: z.number() });

/** What comes back for these bytes until the connection is closed. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  return await text(socket);
}

describe('what is no request of HTTP', () => {
  let listening: Listening;
  beforeAll(async () => {
    listening = await serveTestApp(app);
  });
  afterAll(() => listening.drain(0));

  test.each([
    ['no HTTP at all', 'what?\r\n\r\n', 400],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      400,
    ],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['headers over 16 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
    ['a target that is none', 'GET \\ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
  ])('is refused with every header: %s', async (_what, bytes, status) => {
    const answer = await exchange(listening.port, bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    for (const name of ['x-request-id', 'content-security-policy', 'x-content-type-options']) {
      expect(head.toLowerCase()).toContain(`\r\n${name}: `);
    }
    expect(problem.parse(JSON.parse(body))).toMatchObject({ status, code: 'malformed_request' });
  });
});

describe('draining', () => {
  /** A server whose one request is answered when it is told to. */
  async function serveSlow() {
    const begun = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const slow = tryEndpoint({
      ...{ method: 'post', idempotent: false },
      handle: async ({ signal }) => {
        signal.addEventListener('abort', () => aborted.resolve());
        begun.resolve();
        await Promise.race([answer.promise, aborted.promise]);
        return { status: 200, body: {} };
      },
    });
    const caller = keyOf(newId('acc'), 'videos:read');
    const listening = await serveTestApp(makeTestApp({ endpoints: [slow], caller }));
    return { listening, begun, answer, aborted };
  }

  test('lets a request end, on a connection that then closes, and takes no more', async () => {
    const { listening, begun, answer } = await serveSlow();
    const url = `${listening.url}/v1/things`;
    const under = fetch(url, { method: 'POST' });
    await begun.promise;
    const drained = listening.drain(10_000);
    await expect(fetch(url, { method: 'POST' })).rejects.toThrow();
    answer.resolve();
    const got = await under;
    expect(got.status).toBe(200);
    expect(got.headers.get('connection')).toBe('close');
    await drained;
  });

  test('closes idle connections at once', async () => {
    const listening = await serveTestApp(app);
    const socket = connect(listening.port, '127.0.0.1');
    socket.write('GET /v1/things HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await listening.drain(10_000);
    await closed;
  });

  test('cuts off what takes longer than it may', async () => {
    const { listening, begun, aborted } = await serveSlow();
    const answer = fetch(`${listening.url}/v1/things`, { method: 'POST' }).catch(() => 'cut');
    await begun.promise;
    await listening.drain(20);
    expect(await answer).toBe('cut');
    await aborted.promise;
  });
});

describe('an address', () => {
  test('in use is told as such, with what to do', async () => {
    const first = await serveTestApp(app);
    const second = listen(app, { host: '127.0.0.1', port: first.port, tls: null });
    await expect(second).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(String(first.port)),
      action: expect.stringContaining('CLIPT_PORT'),
    });
    await first.drain(0);
  });

  test('of another machine cannot be used', async () => {
    const other = listen(app, { host: '192.0.2.1', port: 0, tls: null });
    await expect(other).rejects.toMatchObject({ code: 'address_unusable' });
  });
});

test('a connection on which nothing moves is closed', async () => {
  const listening = await serveTestApp(app, { idleMs: 50 });
  expect(await exchange(listening.port, '')).toBe('');
  await listening.drain(0);
});

describe('over TLS', () => {
  let folder: string;
  let tls: { cert: Buffer; key: Buffer };
  let listening: Listening;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clipt-tls-'));
    const { certFile, keyFile } = await makeCertificate(folder, 'localhost');
    tls = { cert: await readFile(certFile), key: await readFile(keyFile) };
    listening = await listen(app, { host: '127.0.0.1', port: 0, tls });
  });
  afterAll(async () => {
    await listening.drain(0);
    await rm(folder, { recursive: true, force: true });
  });

  /** The version that was agreed on, or the error. */
  function agree(maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') {
    return new Promise<string | null>((resolve) => {
      const socket = connectTls({
        ...{ port: listening.port, host: '127.0.0.1', rejectUnauthorized: false },
        ...{ minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' },
      });
      socket.once('secureConnect', () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.once('error', () => resolve(null));
    });
  }

  test('versions from 1.2 on are spoken', async () => {
    expect(listening.url).toMatch(/^https:/);
    expect(await agree('TLSv1.1')).toBeNull();
    expect(await agree('TLSv1.2')).toBe('TLSv1.2');
    expect(await agree('TLSv1.3')).toBe('TLSv1.3');
  });

  test('a certificate that does not go with its key is told as such', async () => {
    const other = { ...tls, key: Buffer.from('no key') };
    const started = listen(app, { host: '127.0.0.1', port: 0, tls: other });
    await expect(started).rejects.toMatchObject({ code: 'bad_certificate' });
  });
});

test('a connection is kept for the next request, longer than a proxy keeps it', async () => {
  const listening = await serveTestApp(app);
  const sent = httpRequest(`${listening.url}/v1/things`);
  sent.end();
  const response = await new Promise<IncomingMessage>((resolve) => sent.once('response', resolve));
  expect(response.headers['keep-alive']).toBe('timeout=65');
  response.resume();
  await listening.drain(0);
});
