import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { Problem } from '../problem.ts';
import { answerParserError, makeBadTargetAnswer } from './unreadable.ts';

export type ListenOptions = {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | null;
  /** A connection on which nothing moves for this long is closed; default two and a half minutes and some. */
  readonly idleMs?: number;
};

export type Listening = {
  readonly url: string;
  readonly port: number;
  /**
   * Takes no more connections, lets answers under way end for so long, then closes what is left. Streams end at once
   * if the application was told before (`HttpAppDeps.stopping`).
   */
  drain(timeoutMs: number): Promise<void>;
};

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 15_000,
  /** For a request with its whole body: as long as an upload form may live. JSON bodies have less, see read-json.ts. */
  requestTimeout: 3_600_000,
  keepAliveTimeout: 65_000,
};

/** Longer than any handler works without a word. A client that takes or sends nothing has gone. */
const IDLE_MS = 180_000;

/** Serves the application. Rejects with `port_in_use`, `address_unusable` or `bad_certificate`. */
export async function listen(app: Pick<Hono, 'fetch'>, options: ListenOptions): Promise<Listening> {
  const isTls = options.tls !== null;
  // The library's own Response is written to the socket in a third of the time of Node's (measured: 37,000 against
  // 14,000 requests a second), and has to stand in for the global one to be used.
  const listener = getRequestListener(app.fetch, { errorHandler: makeBadTargetAnswer(isTls) });
  const server = openServer(options, listener);
  server.timeout = options.idleMs ?? IDLE_MS;
  server.on('clientError', (error, socket) => answerParserError(error, socket, isTls));
  const newest = makeNewestResponses();
  let isDraining = false;
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    newest.note(request.socket, response);
    if (isDraining) response.setHeader('Connection', 'close');
  });
  server.listen(options.port, options.host);
  await once(server, 'listening').catch((error: unknown) => {
    throw cannotListen(options, error);
  });
  const port = portOf(server.address());
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${isTls ? 'https' : 'http'}://${host}:${port}`,
    port,
    async drain(timeoutMs) {
      isDraining = true;
      const closed = once(server, 'close');
      server.close();
      for (const response of newest.all()) {
        if (!response.headersSent) response.setHeader('Connection', 'close');
        // Told too late to close: it is idle as soon as its answer is out.
        else response.once('close', () => setImmediate(() => server.closeIdleConnections()));
      }
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/**
 * The newest response of each open connection. Not those under way: a set that takes and gives up a response at every
 * request leaves a chain of outgrown tables behind, by which each lives until the next full collection (measured: 3 KB
 * a request, and collections that cost as much as the requests, Node 24.21).
 */
function makeNewestResponses() {
  const newest = new Map<Socket, ServerResponse>();
  return {
    all: () => newest.values(),
    note(socket: Socket, response: ServerResponse): void {
      if (!newest.has(socket)) socket.once('close', () => newest.delete(socket));
      newest.set(socket, response);
    },
  };
}

function openServer(
  { tls }: ListenOptions,
  listener: ReturnType<typeof getRequestListener>,
): Server {
  if (!tls) return createHttpServer(LIMITS, listener);
  try {
    return createTlsServer({ ...LIMITS, ...tls, minVersion: 'TLSv1.2' }, listener);
  } catch (cause) {
    throw new Problem({
      kind: 'invalid',
      code: 'bad_certificate',
      message: 'The certificate and its key cannot be used together.',
      action: 'Correct CLIPT_TLS_CERT and CLIPT_TLS_KEY: both PEM, the key without a passphrase.',
      cause,
    });
  }
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function cannotListen({ host, port }: ListenOptions, cause: unknown): Problem {
  const inUse = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  return new Problem({
    kind: 'invalid',
    code: inUse ? 'port_in_use' : 'address_unusable',
    message: inUse
      ? `Port ${port} is in use by another program.`
      : `The address ${host}:${port} cannot be used on this machine.`,
    action: inUse
      ? 'Stop that program, or set CLIPT_PORT to another port.'
      : 'Correct CLIPT_HOST and CLIPT_PORT.',
    cause,
  });
}
