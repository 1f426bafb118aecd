import type { Database, OpenDatabase } from '../postgres/database.ts';
import { sql } from '../postgres/drizzle.ts';

/**
 * Short messages between processes, by topic. Hints, nothing more: one may be lost, and after a gap the subscriber
 * reads again what may have been missed.
 */
export type Bus = {
  /**
   * Sends the message to every topic. In a transaction it arrives once that has committed; over Redis perhaps also
   * before, or although it never does.
   */
  publish(topics: readonly string[], message: string, tx?: Database): Promise<void>;
  /** Call the result to stop. The callbacks must not throw. */
  subscribe(
    topic: string,
    onMessage: (message: string) => void,
    onGap?: () => void,
  ): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

type Subscriber = {
  readonly onMessage: (message: string) => void;
  readonly onGap: (() => void) | undefined;
};

const CHANNEL = 'clipt_bus';
/** PostgreSQL refuses a NOTIFY payload of 8,000 bytes. */
const MOST_BYTES = 7_900;

/** The bus over NOTIFY: one LISTEN for the process, whatever the number of its subscribers. */
export function makePostgresBus({
  db,
  listen,
}: {
  readonly db: Database;
  readonly listen: OpenDatabase['listen'];
}): Bus {
  const topics = new Map<string, Set<Subscriber>>();
  let listening: Promise<() => Promise<void>> | null = null;

  function onPayload(payload: string): void {
    const end = payload.indexOf('\n');
    for (const { onMessage } of topics.get(payload.slice(0, end)) ?? []) {
      onMessage(payload.slice(end + 1));
    }
  }

  function onReconnect(): void {
    for (const subscribers of topics.values()) for (const { onGap } of subscribers) onGap?.();
  }

  return {
    async publish(to, message, tx = db) {
      const payloads = to.map((topic) => `${topic}\n${message}`);
      if (payloads.some((payload) => Buffer.byteLength(payload) > MOST_BYTES)) {
        throw new RangeError('The message is too long.');
      }
      await tx.execute(sql`
        select pg_notify(${CHANNEL}, payload) from unnest(${sql.param(payloads)}::text[]) as payload`);
    },

    async subscribe(topic, onMessage, onGap) {
      const subscriber = { onMessage, onGap };
      const subscribers = topics.get(topic) ?? new Set();
      topics.set(topic, subscribers.add(subscriber));
      listening ??= listen(CHANNEL, { onMessage: onPayload, onReconnect });
      const attempt = listening;
      try {
        await attempt;
      } catch (error) {
        // The next one tries anew; one that does so already is not to be forgotten.
        if (listening === attempt) listening = null;
        forget();
        throw error;
      }
      return async () => forget();

      function forget(): void {
        subscribers.delete(subscriber);
        if (subscribers.size === 0 && topics.get(topic) === subscribers) topics.delete(topic);
      }
    },

    async close() {
      const stop = await listening?.catch(() => null);
      await stop?.();
      topics.clear();
    },
  };
}
