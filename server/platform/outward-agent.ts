import type { LookupFunction } from 'node:net';
import type { Agent } from 'undici';

export type OutwardOptions = {
  /** At once to one host; what comes beyond waits for a free one. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** How long a connection may stay idle at most where its server grants that. */
  readonly keepAliveMaxMs: number;
  /** Instead of the system's. */
  readonly lookup?: LookupFunction;
};

/**
 * Connections to other people's servers, opened when the first is needed: an installation that runs on its own models
 * never loads the HTTP client.
 *
 * HTTP/1.1 only: there a request is on the wire or is not. Certificates are verified whatever the environment says,
 * nothing is decompressed, and no redirect is followed. Idle connections keep no process alive and are left before the
 * 5 seconds after which many servers close them. Time limits are the caller's own.
 */
export function makeOutwardAgent(options: OutwardOptions): () => Promise<Agent> {
  let opening: Promise<Agent> | null = null;
  return () => {
    opening ??= open(options);
    return opening;
  };
}

async function open(options: OutwardOptions): Promise<Agent> {
  const { connections, connectTimeoutMs, keepAliveMaxMs, lookup } = options;
  const { Agent: OutwardAgent } = await import('undici');
  return new OutwardAgent({
    allowH2: false,
    pipelining: 1,
    connections,
    keepAliveTimeout: 3_000,
    keepAliveMaxTimeout: keepAliveMaxMs,
    connect: {
      rejectUnauthorized: true,
      timeout: connectTimeoutMs,
      ...(lookup ? { lookup } : {}),
    },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}
