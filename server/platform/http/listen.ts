import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { Problem } from '../problem.ts';

export type ListenOptions = {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | null;
};

export type Listening = {
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, lets answers under way end for so long, then closes what is left. */
  drain(timeoutMs: number): Promise<void>;
};

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  /** For the headers, and for the whole request with its body. */
  headersTimeout: 15_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
};

/** Serves the application. Rejects with `port_in_use` or `address_unusable`. */
export async function listen(app: Pick<Hono, 'fetch'>, options: ListenOptions): Promise<Listening> {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server: Server = options.tls
    ? createTlsServer({ ...LIMITS, ...options.tls, minVersion: 'TLSv1.2' }, listener)
    : createHttpServer(LIMITS, listener);
  server.keepAliveTimeout = LIMITS.keepAliveTimeout;
  server.listen(options.port, options.host);
  await once(server, 'listening').catch((error: unknown) => {
    throw cannotListen(options, error);
  });
  const port = portOf(server.address());
  const scheme = options.tls ? 'https' : 'http';
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${scheme}://${host}:${port}`,
    port,
    async drain(timeoutMs) {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
      await closed;
      clearTimeout(timer);
    },
  };
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
