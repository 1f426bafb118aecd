import { isLoopback } from './loopback.ts';

/** Services that may be reached without TLS inside a private network, where an operator says so. */
export const PLAINTEXT_SERVICES = ['postgres', 'redis'] as const;
export type PlaintextService = (typeof PLAINTEXT_SERVICES)[number];

/** A setting whose address would be spoken to in the clear. */
export type PlaintextEndpoint = {
  /** The variable. */
  readonly name: string;
  /** Null where nothing but TLS will do. */
  readonly service: PlaintextService | null;
  readonly fix: string;
};

/** Settings that hold addresses of http services. */
const HTTP_SETTINGS = [
  ...['CLIPT_URL', 'AUTH_GOOGLE_ISSUER', 'S3_ENDPOINT', 'WHISPER_URL'],
  ...['ARK_BASE_URL', 'ELEVENLABS_BASE_URL', 'OPENAI_BASE_URL', 'RESEND_BASE_URL'],
  ...['SENTRY_DSN', 'POSTHOG_HOST'],
] as const;

/**
 * Which settings would send something over a network in the clear, or without knowing who answers: http, `redis://`, and
 * PostgreSQL without `sslmode=verify-full`. Addresses of this machine and Unix sockets count as safe.
 */
export function plaintextEndpoints(
  values: Readonly<Record<string, unknown>>,
): readonly PlaintextEndpoint[] {
  const found: PlaintextEndpoint[] = [];
  const text = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  for (const name of HTTP_SETTINGS) {
    const url = URL.parse(text(name) ?? '');
    if (url?.protocol !== 'http:' || isLocal(url.hostname)) continue;
    found.push({ name, service: null, fix: 'write it with https://' });
  }
  const redis = URL.parse(text('REDIS_URL') ?? '');
  if (redis?.protocol === 'redis:' && !isLocal(redis.hostname)) {
    found.push({ name: 'REDIS_URL', service: 'redis', fix: 'write it with rediss://' });
  }
  if (isPlainPostgres(text('DATABASE_URL'))) {
    found.push({
      name: 'DATABASE_URL',
      service: 'postgres',
      fix: 'add ?sslmode=verify-full to it',
    });
  }
  return found;
}

function isPlainPostgres(text: string | undefined): boolean {
  if (text === undefined) return false;
  const [, query = ''] = text.split('?');
  const asked = new URLSearchParams(query);
  // `postgres://user@/database?host=/folder` names a socket, and is no URL.
  const host = asked.get('host') ?? URL.parse(text)?.hostname ?? '';
  if (host.startsWith('/') || host === '' || isLocal(host)) return false;
  return asked.get('sslmode') !== 'verify-full';
}

function isLocal(host: string): boolean {
  return isLoopback(host.replace(/^\[|\]$/g, ''));
}
