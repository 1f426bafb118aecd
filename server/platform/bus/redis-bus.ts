import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Log } from '../log.ts';
import type { Bus } from './bus.ts';

type Subscriber = {
  readonly onMessage: (message: string) => void;
  readonly onGap: (() => void) | undefined;
};

/** `lastId` is the last entry that was read; null when it is not known, which is a gap. */
type Topic = { readonly subscribers: Set<Subscriber>; lastId: string | null };

type Entry = readonly [id: string, fields: readonly string[]];

export type RedisBusOptions = {
  readonly client: Redis;
  /** A connection of the bus's own: its reads block. */
  readonly subscriber: Redis;
  readonly log: Log;
  /** Pause before a message of a transaction is sent the second time, in milliseconds. */
  readonly repeatMs?: number;
};

const KEY = 'clipt:bus:';
/** Entries a topic keeps, roughly; readers are never further behind than the hint they are about to read. */
const MOST_ENTRIES = 100;
const TOPIC_SECONDS = 600;
const REPEAT_MS = 1_000;
const BLOCK_MS = 5_000;
/** A read that is so late will not come any more: the server hangs, or the network does. */
const SILENCE_MS = BLOCK_MS + 5_000;
const PAUSE_MS = 250;
const AT_ONCE = 100;

/**
 * The bus over Redis: a short stream for each topic, and one blocking read for the process over all that it
 * subscribed to. Streams alone, rather than pub/sub with a stream to resume from: a reader that knows its last entry
 * cannot miss one between two reads, and there is one way in instead of two that must be merged. While Redis cannot be
 * reached messages are lost, which a warning tells of and publishers do not hear: a hint must never undo what it tells
 * of. Once it is back every subscriber is told of the gap.
 *
 * Redis knows nothing of the caller's transaction. A message of one is sent at once, without waiting for it, and
 * again a second later: the first may overtake the commit, and then the reader finds nothing new; the second comes
 * after the commit of any transaction as short as ours. Sending only after the commit would lose the message of a
 * process that dies in between, and would need a hook that transactions do not have.
 */
export function makeRedisBus(options: RedisBusOptions): Bus {
  const { client, subscriber, log, repeatMs = REPEAT_MS } = options;
  const topics = new Map<string, Topic>();
  const repeats = new Map<NodeJS.Timeout, () => Promise<void>>();
  const closing = new AbortController();
  /** Written to by this process alone, to end its own blocking read. */
  const wakeKey = `${KEY}wake:${randomUUID()}`;
  let wakeId = '0-0';
  let reading: Promise<void> | null = null;

  return {
    async publish(to, message, tx) {
      const keys = to.map(keyOf);
      if (tx === undefined) return await send(keys, message);
      void send(keys, message);
      const timer = setTimeout(() => {
        repeats.delete(timer);
        void send(keys, message);
      }, repeatMs);
      repeats.set(timer, () => send(keys, message));
    },

    async subscribe(name, onMessage, onGap) {
      if (closing.signal.aborted) throw new Error('The bus is closed.');
      // What is published from here on is read, whenever the reading loop comes round to it.
      const lastId = await newestId(client, keyOf(name)).catch(() => null);
      const topic: Topic = topics.get(name) ?? { subscribers: new Set(), lastId };
      const own = { onMessage, onGap };
      topic.subscribers.add(own);
      topics.set(name, topic);
      reading ??= read();
      void send([wakeKey], '');
      return async () => {
        topic.subscribers.delete(own);
        if (topic.subscribers.size === 0 && topics.get(name) === topic) topics.delete(name);
      };
    },

    async close() {
      closing.abort();
      topics.clear();
      const due = [...repeats];
      repeats.clear();
      for (const [timer] of due) clearTimeout(timer);
      await Promise.all(due.map(([, repeat]) => repeat()));
      if (reading === null) return;
      await send([wakeKey], '');
      await Promise.race([reading, delay(PAUSE_MS, undefined, { ref: false })]);
    },
  };

  async function send(keys: readonly string[], message: string): Promise<void> {
    try {
      const commands = client.pipeline();
      for (const key of keys) {
        commands
          .xadd(key, 'MAXLEN', '~', MOST_ENTRIES, '*', 'm', message)
          .expire(key, TOPIC_SECONDS);
      }
      await commands.exec();
    } catch (error) {
      log.warn('bus.publish_failed', { error_name: nameOf(error) });
    }
  }

  async function read(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await findPositions();
        await readOnce();
      } catch (error) {
        if (closing.signal.aborted) return;
        log.warn('bus.read_failed', { error_name: nameOf(error) });
        for (const topic of topics.values()) topic.lastId = null;
        await delay(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  /** Where nobody knows what was missed, reading begins at the end, and the subscribers look for themselves. */
  async function findPositions(): Promise<void> {
    for (const [name, topic] of topics) {
      if (topic.lastId !== null) continue;
      topic.lastId = await inTime(newestId(subscriber, keyOf(name)));
      for (const { onGap } of topic.subscribers) onGap?.();
    }
  }

  async function readOnce(): Promise<void> {
    const from = new Map([...topics].map(([name, { lastId }]) => [keyOf(name), lastId ?? '0-0']));
    const keys = [...from.keys(), wakeKey];
    const ids = [...from.values(), wakeId];
    const found = await inTime(
      subscriber.xread('COUNT', AT_ONCE, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...ids),
    );
    for (const [key, entries] of found ?? []) {
      if (key === wakeKey) wakeId = entries.at(-1)?.[0] ?? wakeId;
      else deliver(topics.get(key.slice(KEY.length)), entries);
    }
  }

  function deliver(topic: Topic | undefined, entries: readonly Entry[]): void {
    if (topic === undefined) return;
    for (const [id, [, message = '']] of entries) {
      topic.lastId = id;
      for (const { onMessage } of topic.subscribers) onMessage(message);
    }
  }

  async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
    // Connecting anew rejects whatever waits on the old connection.
    const timer = setTimeout(() => subscriber.disconnect(true), SILENCE_MS);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The name in Redis of a topic's stream. */
export const keyOf = (topic: string): string => `${KEY}${topic}`;

async function newestId(redis: Redis, key: string): Promise<string> {
  const [newest] = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
  return newest?.[0] ?? '0-0';
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');
