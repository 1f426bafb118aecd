import type { Redis } from 'ioredis';
import { limitKeysOf } from '../limits/limits.ts';
import { isId } from '../platform/ids.ts';
import { videoTopic } from '../videos/feed.ts';

/** Names in one command to Redis. */
const AT_ONCE = 500;

/** Removes the short-lived keys in Redis that are named after an account, a session, a key or a video. */
export function makeForget(redis: Redis | null): (ids: readonly string[]) => Promise<void> {
  return async (ids) => {
    if (redis === null) return;
    const { keyOf } = await import('../platform/bus/redis-bus.ts');
    const names = ids.flatMap((id) =>
      isId('vid', id) ? [keyOf(videoTopic(id))] : limitKeysOf(id),
    );
    for (let from = 0; from < names.length; from += AT_ONCE) {
      await redis.unlink(...names.slice(from, from + AT_ONCE));
    }
  };
}
