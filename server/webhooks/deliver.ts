import { Webhook } from 'standardwebhooks';
import { type EventRow, findEvent, presentEvent } from '../events/events.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem } from '../platform/problem.ts';
import type { SafeFetch } from '../platform/safe-fetch/safe-fetch.ts';
import type { Sealer } from '../platform/sealer.ts';
import {
  abandonDelivery,
  claimDelivery,
  claimWaiting,
  findWaiting,
  finishDelivery,
  giveBack,
  postponeDelivery,
} from './delivery-store.ts';
import { countFailure, countSuccess, disable, findEndpoint } from './endpoint-store.ts';
import { pauseAfter } from './retry.ts';
import type { DeliveryId, DeliveryRow, EndpointRow } from './schema.ts';

/** Rings for deliveries, `afterMs` after the transaction commits. */
export type RingDeliveries = (
  tx: Database,
  ids: readonly DeliveryId[],
  afterMs: number,
) => Promise<void>;

export type DeliverDeps = {
  readonly db: Database;
  readonly ring: RingDeliveries;
  readonly safeFetch: SafeFetch;
  readonly sealer: Sealer;
  readonly log: Log;
};

const ANSWER_MS = 10_000;
/** Longer than an exchange and what is written about it; then whoever claimed it is gone. */
const LEASE_MS = 30_000;
/** So long one job goes on with what else waits for its account. */
const TURN_MS = 20_000;
/** Attempts, with those whose process ended without a word. */
const MOST_ATTEMPTS = 50;
/** Events in a row that were given up on, until the endpoint is shown as failing, and until it is disabled. */
const FAILURES = { tellAt: 5, disableAt: 20 };
const GONE = 410;

type Outcome = {
  readonly statusCode: number | null;
  readonly errorCode: string | null;
  readonly durationMs: number;
};

/**
 * One try of one delivery: a signed POST of the event, under the event's id each time, so that the receiver can tell
 * repeats. Only a 2xx within 10 seconds counts; what else is replied is not read. A failed try is followed by another,
 * 8 in all over about a day; then the event is given up on. Safe to call by several at once and again: one of them tries.
 *
 * An account has a few deliveries under way at a time, so that a receiver which lets everybody wait holds up nobody
 * else's. A bell that finds no room does nothing; whoever finishes one takes the next that waits.
 */
export function makeDeliver({ db, ring, safeFetch, sealer, log }: DeliverDeps) {
  return async (id: DeliveryId, signal: AbortSignal): Promise<void> => {
    const started = performance.now();
    let delivery = await claimDelivery(db, id, LEASE_MS);
    while (delivery) {
      await work(delivery, signal);
      const { accountId } = delivery;
      if (performance.now() - started > TURN_MS) return await passOn(accountId);
      delivery = await claimWaiting(db, accountId, LEASE_MS);
    }
  };

  /** The turn is over: others' deliveries come first, then the rest of this account's. */
  async function passOn(accountId: AccountId): Promise<void> {
    await db.transaction(async (tx) => {
      const next = await findWaiting(tx, accountId);
      if (next) await ring(tx, [next], 0);
    });
  }

  async function work(delivery: DeliveryRow, signal: AbortSignal): Promise<void> {
    const { accountId } = delivery;
    const endpoint = await findEndpoint(db, accountId, delivery.endpointId);
    const event = await findEvent(db, accountId, delivery.eventId);
    if (!endpoint || !event) return void (await abandonDelivery(db, delivery, 'event_gone'));
    if (endpoint.status !== 'active') {
      return void (await abandonDelivery(db, delivery, 'endpoint_disabled'));
    }
    if (delivery.attempt > MOST_ATTEMPTS) {
      return void (await abandonDelivery(db, delivery, 'interrupted'));
    }
    const outcome = await attempt(endpoint, event, signal);
    if (outcome === null) {
      await giveBack(db, delivery);
      throw signal.reason;
    }
    await db.transaction((tx) => settle(tx, delivery, outcome));
  }

  /** Null when it was stopped and nobody knows. */
  async function attempt(
    endpoint: EndpointRow,
    event: EventRow,
    signal: AbortSignal,
  ): Promise<Outcome | null> {
    const started = performance.now();
    const durationMs = () => Math.round(performance.now() - started);
    try {
      const body = JSON.stringify(presentEvent(event));
      const { status } = await safeFetch(endpoint.url, {
        method: 'POST',
        headers: signedHeaders(event.id, body, secretsOf(endpoint)),
        body,
        signal,
        timeoutMs: ANSWER_MS,
        maxBytes: 0,
      });
      const errorCode = status >= 200 && status < 300 ? null : 'unexpected_status';
      return { statusCode: status, errorCode, durationMs: durationMs() };
    } catch (error) {
      if (signal.aborted) return null;
      const { code } = asProblem(error);
      return { statusCode: null, errorCode: code, durationMs: durationMs() };
    }
  }

  function secretsOf({
    id,
    secret,
    previousSecret,
    previousUntil,
  }: EndpointRow): readonly string[] {
    const current = sealer.open(secret, id);
    if (!previousSecret || !previousUntil || previousUntil <= new Date()) return [current];
    return [current, sealer.open(previousSecret, id)];
  }

  async function settle(tx: Database, delivery: DeliveryRow, outcome: Outcome): Promise<void> {
    const { id, accountId, endpointId } = delivery;
    const tries = delivery.tries + 1;
    if (outcome.errorCode === null) {
      if (!(await finishDelivery(tx, delivery, 'delivered', outcome))) return;
      return await countSuccess(tx, accountId, endpointId);
    }
    const fields = { account_id: accountId, attempt: tries, code: outcome.errorCode };
    log.info('webhooks.try_failed', fields);
    const pauseMs = outcome.statusCode === GONE ? null : pauseAfter(tries, Math.random());
    if (pauseMs !== null) {
      const postponed = await postponeDelivery(tx, delivery, pauseMs, outcome);
      return postponed ? await ring(tx, [id], pauseMs) : undefined;
    }
    if (!(await finishDelivery(tx, delivery, 'failed', outcome))) return;
    if (outcome.statusCode === GONE) await disable(tx, accountId, endpointId, 'gone');
    const failing = await countFailure(tx, accountId, endpointId, FAILURES);
    if (failing?.consecutiveFailures === FAILURES.tellAt)
      log.warn('webhooks.failing', { account_id: accountId, count: FAILURES.tellAt });
    if (failing?.status === 'disabled')
      log.warn('webhooks.disabled', {
        account_id: accountId,
        count: failing.consecutiveFailures,
        ...(failing.disabledReason === null ? {} : { code: failing.disabledReason }),
      });
  }
}

/** Standard Webhooks 1.0: one signature for each secret, the newest first. */
function signedHeaders(
  id: string,
  body: string,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const at = new Date();
  return {
    'content-type': 'application/json',
    'user-agent': 'clipt-webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}
