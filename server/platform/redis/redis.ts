import { Redis } from 'ioredis';
import type { Log } from '../log.ts';
import { Problem } from '../problem.ts';

export type OpenRedis = {
  readonly client: Redis;
  /** A second connection, for reads that block or subscribe. */
  readonly reader: Redis;
  close(): Promise<void>;
};

const CONNECT_MS = 5_000;
const COMMAND_MS = 2_000;

/**
 * Connects to `REDIS_URL`. Rejects with `redis_unavailable` when it cannot be reached now; later it reconnects by
 * itself, and commands fail at once meanwhile.
 */
export async function openRedis(url: string, log: Log): Promise<OpenRedis> {
  const options = {
    lazyConnect: true,
    enableOfflineQueue: false,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: (times: number) => Math.min(5_000, 100 * 2 ** Math.min(times, 6)),
  };
  const client = new Redis(url, { ...options, commandTimeout: COMMAND_MS });
  const reader = new Redis(url, options);
  for (const connection of [client, reader]) {
    connection.on('error', (error: Error) => log.warn('redis.lost', { error_name: error.name }));
  }
  const close = async () => {
    client.disconnect();
    reader.disconnect();
  };
  try {
    await Promise.all([client.connect(), reader.connect()]);
  } catch (cause) {
    await close();
    throw new Problem({
      kind: 'upstream',
      code: 'redis_unavailable',
      message: 'Redis cannot be reached.',
      action: 'Check REDIS_URL and that the server runs, or remove it to work without Redis.',
      retryable: true,
      cause,
    });
  }
  return { client, reader, close };
}
