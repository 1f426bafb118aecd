import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import { errorCode } from './error-codes.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** What a subscriber is told. Notifications sent while the connection was lost are lost. */
export type Subscription = {
  readonly onMessage: (payload: string) => void;
  /** Called after the connection was lost and is back: read again what may have been missed. */
  readonly onReconnect?: (() => void) | undefined;
};

export type Listener = {
  /** Resolves when the server sends us the channel's messages; call the result to stop. */
  listen(channel: string, subscription: Subscription): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

export type ListenerOptions = {
  /** Gives a new, unconnected client of a database that is up. */
  readonly makeClient: () => Promise<pg.Client>;
  readonly log: Log;
};

/**
 * One connection that hears NOTIFY for the whole process; made at the first subscription, made
 * again when it is lost.
 */
export function makeListener({ makeClient, log }: ListenerOptions): Listener {
  const channels = new Map<string, Set<Subscription>>();
  const closing = new AbortController();
  let connection: Promise<pg.Client> | undefined;

  const connect = async (): Promise<pg.Client> => {
    const client = await makeClient();
    client.on('error', (error) => {
      log.warn('database listener lost', { code: errorCode(error) ?? error.name });
    });
    client.on('notification', ({ channel, payload }) => {
      for (const { onMessage } of channels.get(channel) ?? []) onMessage(payload ?? '');
    });
    try {
      await client.connect();
      for (const channel of channels.keys()) await client.query(listenStatement(channel));
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    client.once('end', () => {
      if (!closing.signal.aborted) connection = keep(reconnect());
    });
    return client;
  };

  const reconnect = async (): Promise<pg.Client> => {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await delay(pauseMs, undefined, { signal: closing.signal });
      try {
        const client = await connect();
        for (const subscriptions of channels.values()) {
          for (const { onReconnect } of subscriptions) onReconnect?.();
        }
        return client;
      } catch {
        // Not up yet; the pause grows.
      }
    }
  };

  const keep = (attempt: Promise<pg.Client>): Promise<pg.Client> => {
    // Whoever awaits it sees the failure; nobody has to.
    attempt.catch(() => undefined);
    return attempt;
  };

  return {
    async listen(channel, subscription) {
      const subscriptions = channels.get(channel) ?? new Set();
      channels.set(channel, subscriptions.add(subscription));
      try {
        connection ??= keep(connect());
        const client = await connection;
        await client.query(listenStatement(channel));
      } catch (error) {
        subscriptions.delete(subscription);
        if (!closing.signal.aborted && channelCount(channels) === 0) connection = undefined;
        throw error;
      }
      return async () => {
        subscriptions.delete(subscription);
        if (subscriptions.size > 0) return;
        channels.delete(channel);
        const client = await connection?.catch(() => undefined);
        await client?.query(`unlisten ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
      };
    },
    async close() {
      closing.abort();
      const client = await connection?.catch(() => undefined);
      await client?.end().catch(() => undefined);
    },
  };
}

const listenStatement = (channel: string): string => `listen ${pg.escapeIdentifier(channel)}`;

function channelCount(channels: ReadonlyMap<string, ReadonlySet<Subscription>>): number {
  return [...channels.values()].reduce((sum, each) => sum + each.size, 0);
}
