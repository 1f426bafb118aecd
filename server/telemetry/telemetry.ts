import type { TelemetryConfig } from '../platform/config.ts';
import type { Answered, Observe } from '../platform/http/observe.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { asProblem } from '../platform/problem.ts';
import type { ProductAnalytics } from './posthog.ts';
import { type ProductEvent, productEventOf } from './product-events.ts';
import { makePseudonyms } from './pseudonym.ts';
import { makeReportingLog } from './reporting-log.ts';
import type { Reports } from './reports.ts';

/** Of so many operations one is timed. */
const TIMED_ONE_IN = 20;

export type ObserveDeps = {
  /** The installation's: the first makes the names under which accounts are counted. */
  readonly secrets: readonly string[];
  readonly isOptedOut: (accountId: AccountId) => Promise<boolean>;
  /** Chooses what is timed; in [0, 1). */
  readonly chance?: () => number;
};

/**
 * Errors and times to Sentry, product events to PostHog; each is off, and its client not even loaded, unless it is
 * configured, and loaded by the first that has something to say. Nobody waits for it, and nothing fails by it.
 */
export function openTelemetry({ sentryDsn, postHog }: TelemetryConfig, log: Log) {
  const sentry = sentryDsn === null ? null : makeLater(() => loadSentry(sentryDsn), log);
  const counter = postHog === null ? null : makeLater(() => loadPostHog(postHog, log), log);

  return {
    /** The log, whose error lines are reported as well. */
    log:
      sentry === null
        ? log
        : makeReportingLog(log, (fault) => sentry.use((reports) => reports.fault(fault))),

    /** Null where nothing is to be observed. */
    observer({ secrets, isOptedOut, chance = Math.random }: ObserveDeps): Observe | null {
      if (sentry === null && counter === null) return null;
      const pseudonymOf = makePseudonyms(secrets[0] ?? '');
      return (answered) => {
        const { operation, status, durationMs } = answered;
        if (chance() * TIMED_ONE_IN < 1)
          sentry?.use((reports) => reports.timing({ operation, status, durationMs }));
        const counted = countedIn(answered);
        if (counted === null) return;
        const { accountId, event } = counted;
        counter?.use(async (analytics) => {
          if (!(await isOptedOut(accountId))) analytics.capture(pseudonymOf(accountId), event);
        });
      };
    },

    /** Resolves once what was said has arrived, or after a few seconds. */
    async close(): Promise<void> {
      await Promise.all([sentry?.close(), counter?.close()]);
    },
  };
}

function countedIn(
  answered: Answered,
): { readonly accountId: AccountId; readonly event: ProductEvent } | null {
  const { caller, asksNotToBeTracked } = answered;
  const event = asksNotToBeTracked ? null : productEventOf(answered);
  return caller === null || event === null ? null : { accountId: caller.accountId, event };
}

/** A client that is loaded by the first use. What fails is noted by its code, and nobody hears of it otherwise. */
function makeLater<Client extends { close(): Promise<void> }>(
  load: () => Promise<Client>,
  log: Log,
) {
  let opened: Promise<Client> | null = null;
  const pending = new Set<Promise<void>>();
  return {
    use(work: (client: Client) => Promise<void> | void): void {
      opened ??= load();
      const doing = opened.then(work).catch((error: unknown) => {
        log.warn('telemetry.failed', { code: asProblem(error).code });
      });
      pending.add(doing);
      void doing.finally(() => pending.delete(doing));
    },
    async close(): Promise<void> {
      await Promise.all(pending);
      await (await opened?.catch(() => null))?.close();
    },
  };
}

async function loadSentry(dsn: string): Promise<Reports> {
  const { makeSentry } = await import('./sentry.ts');
  return makeSentry(dsn);
}

async function loadPostHog(
  options: NonNullable<TelemetryConfig['postHog']>,
  log: Log,
): Promise<ProductAnalytics> {
  const { makePostHog } = await import('./posthog.ts');
  return makePostHog({
    ...options,
    onLost: () => log.warn('telemetry.failed', { code: 'product_events_lost' }),
  });
}
