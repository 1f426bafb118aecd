import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What befalls one request on its way to the service. */
export type Mishap =
  /** Answered here, in a plain body; the service never hears of it. */
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfter?: string }
  /** The service answers, and the answer is lost with the connection. */
  | { readonly kind: 'lost' }
  /** Nothing is passed on, and no answer ever comes. */
  | { readonly kind: 'swallowed' }
  /** After the first pieces of the answer that hold `after`, nothing more comes, and the connection stays. */
  | { readonly kind: 'silent'; readonly after: string }
  /** After those pieces the connection ends. */
  | { readonly kind: 'cut'; readonly after: string };

export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly atMs: number;
};

export type UnsteadyProxy = AsyncDisposable & {
  readonly url: string;
  /** Every request that came, in order. */
  readonly seen: readonly Seen[];
  /** The next requests of this kind, such as `POST /v1/videos`, meet with these mishaps, one each. */
  plan(what: string, ...mishaps: readonly Mishap[]): void;
};

/** A way to a real service on which things go wrong as they are planned; without a plan it passes everything on. */
export async function openUnsteadyProxy(target: string): Promise<UnsteadyProxy> {
  const seen: Seen[] = [];
  const planned: { readonly what: string; readonly mishap: Mishap }[] = [];
  const server = createServer(async (asked, answer) => {
    const body = await buffer(asked);
    const { method = 'GET', url: path = '/', headers } = asked;
    seen.push({ method, path, headers, body: body.toString(), atMs: performance.now() });
    const index = planned.findIndex(({ what }) => what === `${method} ${path.split('?')[0]}`);
    const mishap = index < 0 ? null : (planned.splice(index, 1)[0]?.mishap ?? null);
    if (mishap?.kind === 'swallowed') return;
    if (mishap?.kind === 'refused') {
      const after = mishap.retryAfter === undefined ? {} : { 'retry-after': mishap.retryAfter };
      answer.writeHead(mishap.status, after).end('not now');
      return;
    }
    const passed = request(new URL(path, target), { method, headers }, (given) => {
      if (mishap?.kind === 'lost') given.resume().on('end', () => answer.destroy());
      else passBack(given, answer, mishap);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    passed.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    seen,
    plan(what, ...mishaps) {
      for (const mishap of mishaps) planned.push({ what, mishap });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function passBack(
  given: IncomingMessage,
  answer: ServerResponse,
  mishap: Extract<Mishap, { after: string }> | null,
): void {
  answer.writeHead(given.statusCode ?? 502, given.headers);
  let passed = '';
  let isOver = false;
  given.on('data', (chunk: Buffer) => {
    if (isOver) return;
    passed += chunk.toString();
    isOver = mishap !== null && passed.includes(mishap.after);
    answer.write(chunk, () => {
      if (isOver && mishap?.kind === 'cut') answer.destroy();
    });
  });
  given.on('end', () => {
    if (!isOver) answer.end();
  });
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  return address.port;
}
