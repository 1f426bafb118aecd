import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Egress, makeEgress } from './egress.ts';

const FILM = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
const ETAG = '"v1"';

let dir: string;
let server: Server | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt download '));
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await rm(dir, { recursive: true, force: true });
});

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

async function host(answer: Answer): Promise<{ egress: Egress; url: string; ranges: unknown[] }> {
  const ranges: unknown[] = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range ?? null);
    answer(request, response, ranges.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const base = `http://127.0.0.1:${address.port}`;
  const egress = makeEgress(
    {
      vendor: 'Example',
      baseUrl: base,
      fileHosts: [],
      headers: ['authorization'],
      routes: [],
    },
    null,
  );
  return { egress, url: `${base}/film.mp4?signature=1`, ranges };
}

/** Answers a range as a good host does, without one the whole file; `upTo` a byte, then cut or left silent. */
function serve(
  request: IncomingMessage,
  response: ServerResponse,
  upTo = FILM.length,
  then: 'cut' | 'silence' = 'cut',
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const head = { 'content-length': FILM.length - from, etag: ETAG };
  const range = { 'content-range': `bytes ${from}-${FILM.length - 1}/${FILM.length}` };
  response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...head, ...range } : head);
  if (upTo >= FILM.length) response.end(FILM.subarray(from));
  else response.write(FILM.subarray(from, upTo), () => then === 'cut' && response.destroy());
}

const call = { signal: new AbortController().signal, silenceMs: 2_000, maxBytes: 1_000_000 };
const target = () => join(dir, 'film.mp4');

describe('a download', () => {
  test('writes the file whole and says nothing of ours', async () => {
    const headers: string[] = [];
    const { egress, url } = await host((request, response) => {
      headers.push(...Object.keys(request.headers));
      serve(request, response);
    });
    expect(await egress.fetchFile(url, target(), call)).toEqual({ sizeBytes: FILM.length });
    expect(await readFile(target())).toEqual(FILM);
    expect(headers.sort()).toEqual(['connection', 'host', 'user-agent']);
    expect(await readdir(dir)).toEqual(['film.mp4']);
  });

  test('goes on where it fell silent, up to three times', async () => {
    const { egress, url, ranges } = await host((request, response, count) =>
      serve(request, response, count < 4 ? count * 50_000 : FILM.length, 'silence'),
    );
    await egress.fetchFile(url, target(), { ...call, silenceMs: 200 });
    expect(await readFile(target())).toEqual(FILM);
    expect(ranges).toEqual([null, 'bytes=50000-', 'bytes=100000-', 'bytes=150000-']);
  });

  test('is whole after cuts, wherever they fall', async () => {
    const { egress, url, ranges } = await host((request, response, count) =>
      serve(request, response, count < 4 ? count * 50_000 : FILM.length),
    );
    await egress.fetchFile(url, target(), call);
    expect(await readFile(target())).toEqual(FILM);
    expect(ranges).toHaveLength(4);
  });

  test('gives up after the third, and leaves the old file and nothing else', async () => {
    await writeFile(target(), 'old');
    const { egress, url, ranges } = await host((request, response, count) =>
      serve(request, response, count * 1_000),
    );
    await expect(egress.fetchFile(url, target(), call)).rejects.toMatchObject({
      code: 'vendor_answer_cut',
      retryable: true,
    });
    expect(ranges).toHaveLength(4);
    expect(await readFile(target(), 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['film.mp4']);
  });

  test('begins anew where the host knows no ranges', async () => {
    const { egress, url } = await host((request, response, count) => {
      delete request.headers.range;
      serve(request, response, count === 1 ? 70_000 : FILM.length);
    });
    expect(await egress.fetchFile(url, target(), call)).toEqual({ sizeBytes: FILM.length });
    expect(await readFile(target())).toEqual(FILM);
  });

  test('begins anew when the file was replaced meanwhile', async () => {
    const other = Buffer.alloc(10_000, 7);
    const conditions: unknown[] = [];
    const { egress, url } = await host((request, response, count) => {
      conditions.push(request.headers['if-range'] ?? null);
      if (count === 1) return serve(request, response, 70_000, 'silence');
      response.writeHead(200, { 'content-length': other.length, etag: '"v2"' }).end(other);
    });
    const fetched = egress.fetchFile(url, target(), { ...call, silenceMs: 200 });
    expect(await fetched).toEqual({ sizeBytes: other.length });
    expect(conditions).toEqual([null, ETAG]);
    expect(await readFile(target())).toEqual(other);
  });

  test('refuses a range that is not the one asked for', async () => {
    const { egress, url } = await host((request, response, count) => {
      if (count === 1) return serve(request, response, 70_000, 'silence');
      const range = { 'content-range': `bytes 0-9/${FILM.length}`, 'content-length': 10 };
      response.writeHead(206, range).end(FILM.subarray(0, 10));
    });
    const fetched = egress.fetchFile(url, target(), { ...call, silenceMs: 200 });
    await expect(fetched).rejects.toMatchObject({ answered: 206 });
    expect(await readdir(dir)).toEqual([]);
  });

  test('ends when nothing comes for too long', async () => {
    const { egress, url, ranges } = await host((_, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('x');
    });
    const fetched = egress.fetchFile(url, target(), { ...call, silenceMs: 40 });
    await expect(fetched).rejects.toMatchObject({ code: 'vendor_timed_out', mayHaveArrived: true });
    expect(ranges).toHaveLength(4);
  });

  test('of a trickle lives as long as bytes come, and ends with the signal', async () => {
    const canceling = new AbortController();
    let written = 0;
    const { egress, url } = await host((_, response) => {
      const trickle = setInterval(() => {
        response.write('x');
        written += 1;
        if (written === 20) canceling.abort();
      }, 10);
      response.on('close', () => clearInterval(trickle));
    });
    const fetched = egress.fetchFile(url, target(), {
      ...call,
      silenceMs: 150,
      signal: canceling.signal,
    });
    await expect(fetched).rejects.toMatchObject({ code: 'canceled', kind: 'canceled' });
    expect(written).toBeGreaterThanOrEqual(20);
    expect(await readdir(dir)).toEqual([]);
  });

  test.each([
    ['announced', { 'content-length': FILM.length }],
    ['not announced', {}],
  ])('stops at a file that is too large, %s', async (_how, head) => {
    const { egress, url, ranges } = await host((_request, response) => {
      response.writeHead(200, head).end(FILM);
    });
    const fetched = egress.fetchFile(url, target(), { ...call, maxBytes: 100_000 });
    await expect(fetched).rejects.toMatchObject({ code: 'vendor_answer_too_large' });
    expect(ranges).toHaveLength(1);
    expect(await readdir(dir)).toEqual([]);
  });

  test.each([403, 404, 302, 500])(
    'is refused with status %i, and not asked for again',
    async (status) => {
      const { egress, url, ranges } = await host((_, response) => {
        response.writeHead(status, { location: 'http://127.0.0.2/' }).end('no');
      });
      await expect(egress.fetchFile(url, target(), call)).rejects.toMatchObject({
        code: 'vendor_file_refused',
        answered: status,
        retryable: status === 500,
      });
      expect(ranges).toHaveLength(1);
    },
  );

  test('from another host is refused before it is asked', async () => {
    const { egress, url, ranges } = await host(serve);
    const swapped = url.replace('127.0.0.1', '127.0.0.2');
    await expect(egress.fetchFile(swapped, target(), call)).rejects.toMatchObject({
      code: 'egress_blocked',
    });
    expect(ranges).toEqual([]);
  });

  test('onto a disk that cannot take it ends at once', async () => {
    const { egress, url } = await host(serve);
    const nowhere = join(dir, 'missing', 'film.mp4');
    await expect(egress.fetchFile(url, nowhere, call)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
