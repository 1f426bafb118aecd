import { PostHog } from 'posthog-node';
import { type EgressPolicy, makeEgress } from '../platform/egress/egress.ts';
import type { ProductEvent } from './product-events.ts';

export type ProductAnalytics = {
  capture(distinctId: string, event: ProductEvent): void;
  /** Resolves once what is under way has arrived, or was given up, after two seconds. */
  close(): Promise<void>;
};

export type PostHogOptions = {
  readonly key: string;
  readonly host: string;
  /** Called when a batch was not taken. */
  readonly onLost: () => void;
};

/** What is under way is broken off after half of it. */
const CLOSE_MS = 4_000;

/** All that may be said to PostHog: that something was done, by a name that tells nobody who. */
function policyOf(baseUrl: string): EgressPolicy {
  return {
    vendor: 'PostHog',
    baseUrl,
    fileHosts: [],
    headers: [],
    routes: [
      {
        method: 'POST',
        path: '/batch/',
        json: {
          ...{ api_key: true, sent_at: true, historical_migration: true },
          batch: [
            {
              ...{ event: true, distinct_id: true, uuid: true, timestamp: true },
              properties: {
                ...{ via: true, $process_person_profile: true, $geoip_disable: true, $ip: true },
                ...{ $lib: true, $lib_version: true, $is_server: true },
              },
            },
          ],
        },
      },
    ],
  };
}

/**
 * Counts at PostHog through the egress guard, without profiles, places and addresses. Nothing here waits or throws; a batch
 * that is not taken is lost.
 */
export function makePostHog({ key, host, onLost }: PostHogOptions): ProductAnalytics {
  const egress = makeEgress(policyOf(host), null);
  const closing = new AbortController();
  const client = new PostHog(key, {
    host,
    async fetch(url, { method, headers, body = null, signal: own }) {
      const signal = own ? AbortSignal.any([own, closing.signal]) : closing.signal;
      const answer = await egress.fetch(url, { method, headers, body, signal }).catch(() => null);
      if (!answer?.ok) onLost();
      // The client writes failures with the answer's body to the console, where our log would not let them be.
      return Response.json({ status: 'Ok' });
    },
    disableGeoip: true,
    disableCompression: true,
    enableExceptionAutocapture: false,
    privacyMode: true,
    preloadFeatureFlags: false,
    sendFeatureFlagEvent: false,
    flushAt: 20,
    flushInterval: 5_000,
    requestTimeout: 10_000,
    maxQueueSize: 1_000,
  });
  return {
    capture(distinctId, { name, via }) {
      const properties = { via, $process_person_profile: false, $ip: null };
      client.capture({ distinctId, event: name, properties });
    },
    async close() {
      const timer = setTimeout(() => closing.abort(), CLOSE_MS / 2);
      await client.shutdown(CLOSE_MS);
      clearTimeout(timer);
    },
  };
}
