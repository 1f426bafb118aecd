import type { Redis } from 'ioredis';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { LimitState } from '../platform/http/app.ts';
import type { Caller, Endpoint } from '../platform/http/endpoint.ts';
import { Problem } from '../platform/problem.ts';
import { countedIp } from './client-ip.ts';

export type LimitSettings = {
  /** Requests a minute of one key or session. */
  readonly requestsPerMinute: number;
  /** Requests a minute of one account that begin paid work; three times as many of one address. */
  readonly videosPerMinute: number;
};

const MINUTE_SECONDS = 60;
const AUTH_PER_MINUTE = 10;
/** What one address may ask without saying who it is: pages, vendors' callbacks. */
const PUBLIC_PER_MINUTE = 1_200;

const PREFIX = 'clipt:limit:';

/** The names in Redis under which requests of an account, a key or a session are counted. */
export function limitKeysOf(id: string): readonly string[] {
  return [`${PREFIX}account:${id}`, `${PREFIX}caller:${id}`];
}

type Rule = { readonly limiter: RateLimiterAbstract; readonly points: number };

/**
 * Counts requests, in Redis over all machines or in this process. While Redis is away, reads are counted here, and
 * what costs money or guesses credentials is refused with `limits_unavailable`.
 */
export function makeLimits({
  redis,
  settings,
}: {
  readonly redis: Redis | null;
  readonly settings: LimitSettings;
}) {
  const rule = (name: string, points: number, mayFallBack: boolean): Rule => {
    const options = { keyPrefix: `${PREFIX}${name}`, points, duration: MINUTE_SECONDS };
    if (redis === null) return { points, limiter: new RateLimiterMemory(options) };
    const insurance = mayFallBack ? { insuranceLimiter: new RateLimiterMemory(options) } : {};
    return {
      points,
      limiter: new RateLimiterRedis({ ...options, ...insurance, storeClient: redis }),
    };
  };
  const rules = {
    auth: rule('auth', AUTH_PER_MINUTE, false),
    account: rule('account', settings.videosPerMinute, false),
    address: rule('address', settings.videosPerMinute * 3, false),
    caller: rule('caller', settings.requestsPerMinute, true),
    public: rule('public', PUBLIC_PER_MINUTE, true),
  };

  return {
    /** Counts one request under the rules of its class; the scarcer tells. */
    take(request: {
      readonly class: Endpoint['limit'];
      readonly caller: Caller | null;
      readonly ip: string;
    }): Promise<LimitState> {
      const { caller, ip } = request;
      if (request.class === 'auth') return count(rules.auth, countedIp(ip));
      if (caller === null) return count(rules.public, countedIp(ip));
      if (request.class === 'generate') return takeToGenerate(caller, ip);
      return count(
        rules.caller,
        caller.via.kind === 'key' ? caller.via.keyId : caller.via.sessionId,
      );
    },
  };

  async function takeToGenerate({ accountId }: Caller, ip: string): Promise<LimitState> {
    const own = await count(rules.account, accountId);
    // What an account is refused does not use up what others have left at the same address.
    return own.allowed ? scarcer(own, await count(rules.address, countedIp(ip))) : own;
  }
}

async function count({ limiter, points }: Rule, key: string): Promise<LimitState> {
  try {
    return stateOf(await limiter.consume(key), points, true);
  } catch (error) {
    if (error instanceof RateLimiterRes) return stateOf(error, points, false);
    throw new Problem({
      kind: 'exhausted',
      code: 'limits_unavailable',
      status: 503,
      message: 'This cannot be done safely at the moment.',
      action: 'Try again in a minute.',
      retryable: true,
      cause: error,
    });
  }
}

function stateOf(result: RateLimiterRes, limit: number, allowed: boolean): LimitState {
  const { remainingPoints, msBeforeNext } = result;
  const resetSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return { allowed, limit, remaining: Math.max(0, remainingPoints), resetSeconds };
}

/** The one that refuses, else the one with less left. */
function scarcer(one: LimitState, other: LimitState): LimitState {
  if (one.allowed !== other.allowed) return one.allowed ? other : one;
  return other.remaining < one.remaining ? other : one;
}
