import {
  type EventId,
  type EventRow,
  type EventType,
  findEvent,
  listBetween,
  recordEvent,
} from '../events/events.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { assertAllowedUrl } from '../platform/safe-fetch/safe-fetch.ts';
import { type DeliverDeps, makeDeliver } from './deliver.ts';
import {
  findSendings,
  hurryDeliveries,
  insertDeliveries,
  listDeliveries,
  pruneDeliveries,
  takeLost,
} from './delivery-store.ts';
import * as store from './endpoint-store.ts';
import {
  EndpointDisabled,
  EndpointNotFound,
  EventNotFound,
  TooManyEndpoints,
  TooManyEvents,
} from './errors.ts';
import { findFailed, listFailed } from './failed-store.ts';
import type { DeliveryId, DeliveryRow, EndpointId, EndpointRow } from './schema.ts';
import { makeSecretSealer, newSigningSecret } from './secrets.ts';

export type { DeliveryId, DeliveryRow, EndpointId, EndpointRow } from './schema.ts';

export type WebhooksDeps = Omit<DeliverDeps, 'sealer'> & {
  /** The installation's: the first seals, all open. */
  readonly secrets: readonly string[];
  /** True where receivers on the same machine may be called; as `safeFetch` was made. */
  readonly allowLoopback: boolean;
};

export type NewEndpoint = {
  readonly url: string;
  readonly description: string;
  /** Null for all types. */
  readonly events: EventType[] | null;
};

/** An endpoint with its signing secret, which is shown this once. */
export type ShownEndpoint = { readonly row: EndpointRow; readonly secret: string };

type Saved<Made> = (tx: Database, made: Made) => Promise<void>;
const nothing = async () => undefined;

const MOST_ENDPOINTS = 10;
const MOST_RESENT = 1_000;
/** Of many deliveries so many are rung for; `rescue` paces the rest. */
const RUNG_AT_ONCE = 100;
const RESCUED_AT_ONCE = 200;

/** Tells accounts of their events by signed POSTs (Standard Webhooks). */
export function makeWebhooks({ secrets, allowLoopback, ...deps }: WebhooksDeps) {
  const { db, ring } = deps;
  const sealer = makeSecretSealer(secrets);

  return {
    /** Puts an event on its way to every active endpoint that wants it, in the transaction that emits it. */
    async enqueueDeliveries(tx: Database, event: EventRow): Promise<void> {
      for (const { id } of await store.listInterested(tx, event.accountId, event.type)) {
        await ringFor(tx, await insertDeliveries(tx, id, [event]));
      }
    },

    deliver: makeDeliver({ ...deps, sealer }),

    /** Rings again for due deliveries whose bell was lost, at most 200; how many. */
    async rescue(): Promise<number> {
      return await db.transaction(async (tx) => {
        const lost = await takeLost(tx, RESCUED_AT_ONCE);
        if (lost.length > 0) await ring(tx, lost, 0);
        return lost.length;
      });
    },

    prune: () => pruneDeliveries(db),

    /** Rejects with `url_not_allowed`, and with `too_many_webhook_endpoints` beyond ten. */
    async create(accountId: AccountId, wish: NewEndpoint): Promise<ShownEndpoint> {
      assertAllowedUrl(wish.url, { allowLoopback });
      const id = newId('whk');
      const secret = newSigningSecret();
      const sealed = sealer.seal(secret, id);
      return await db.transaction(async (tx) => {
        await store.lockEndpoints(tx, accountId);
        const count = await store.countEndpoints(tx, accountId);
        if (count >= MOST_ENDPOINTS) throw new TooManyEndpoints(MOST_ENDPOINTS);
        const row = await store.insertEndpoint(tx, { ...wish, id, accountId, secret: sealed });
        return { row, secret };
      });
    },

    list: (accountId: AccountId) => store.listEndpoints(db, accountId),

    async find(accountId: AccountId, id: EndpointId): Promise<EndpointRow> {
      return found(await store.findEndpoint(db, accountId, id));
    },

    /** Set active again, an endpoint's failures are forgotten. */
    async change(
      accountId: AccountId,
      id: EndpointId,
      {
        status,
        ...change
      }: store.EndpointChange & { readonly status?: EndpointRow['status'] | undefined },
    ): Promise<EndpointRow> {
      if (change.url !== undefined) assertAllowedUrl(change.url, { allowLoopback });
      return await db.transaction(async (tx) => {
        found(await store.changeEndpoint(tx, accountId, id, change));
        if (status === 'active') await store.enable(tx, accountId, id);
        if (status === 'disabled') await store.disable(tx, accountId, id, 'owner');
        return found(await store.findEndpoint(tx, accountId, id));
      });
    },

    /** With its deliveries; what is under way may still arrive once. */
    async remove(accountId: AccountId, id: EndpointId): Promise<void> {
      if (!(await store.removeEndpoint(db, accountId, id))) throw new EndpointNotFound();
    },

    /** Sends nothing more for an account that is being deleted, until it is restored. */
    pauseAll: store.pauseAll,
    resumeAll: store.resumeAll,

    /** A new secret. The old one signs beside it for `graceHours` (0–24). */
    async rotate(accountId: AccountId, id: EndpointId, graceHours: number): Promise<ShownEndpoint> {
      const secret = newSigningSecret();
      const next = { secret: sealer.seal(secret, id), graceHours };
      return { row: found(await store.rotateSecret(db, accountId, id, next)), secret };
    },

    /** Sends a `ping` to this endpoint alone. `saved` runs in the transaction that writes it, here and below. */
    async test(
      accountId: AccountId,
      id: EndpointId,
      saved: Saved<DeliveryRow> = nothing,
    ): Promise<DeliveryRow> {
      return await db.transaction(async (tx) => {
        const endpoint = await lockActive(tx, accountId, id);
        const data = { object: 'ping', webhook_endpoint_id: endpoint.id };
        const ping = { accountId, videoId: null, type: 'ping', data } as const;
        const [delivery] = await insertDeliveries(tx, id, [await recordEvent(tx, ping)]);
        if (!delivery) throw new Error('The delivery that was just written is not there.');
        await ringFor(tx, [delivery]);
        await saved(tx, delivery);
        return delivery;
      });
    },

    /** Newest first. */
    async deliveries(
      accountId: AccountId,
      id: EndpointId,
      page: { readonly before: string | null; readonly limit: number },
    ): Promise<readonly DeliveryRow[]> {
      found(await store.findEndpoint(db, accountId, id));
      return await listDeliveries(db, accountId, id, page);
    },

    /**
     * Sends what happened from `from` on and before `to` again, of the types the endpoint wants; how many events.
     * Rejects with `too_many_events` beyond 1,000, and then sends none.
     */
    async resendRange(
      accountId: AccountId,
      id: EndpointId,
      range: { readonly from: Date; readonly to: Date },
      saved: Saved<number> = nothing,
    ): Promise<number> {
      return await db.transaction(async (tx) => {
        const endpoint = await lockActive(tx, accountId, id);
        const wanted = { ...range, types: endpoint.events };
        const events = await listBetween(tx, accountId, wanted, MOST_RESENT + 1);
        if (events.length > MOST_RESENT) throw new TooManyEvents(MOST_RESENT);
        // Pings are one endpoint's own, and nothing anybody missed.
        const missed = events.filter(({ type }) => type !== 'ping');
        const { length: count } = await sendAgain(tx, endpoint, missed);
        await saved(tx, count);
        return count;
      });
    },

    /** Sends one event again, to that endpoint, or to every active one that wants it. */
    async resendEvent(
      accountId: AccountId,
      eventId: EventId,
      endpointId: EndpointId | null,
      saved: Saved<readonly DeliveryRow[]> = nothing,
    ): Promise<readonly DeliveryRow[]> {
      return await db.transaction(async (tx) => {
        const event = await findEvent(tx, accountId, eventId);
        if (!event) throw new EventNotFound();
        const interested = endpointId
          ? [endpointId]
          : (await store.listInterested(tx, accountId, event.type)).map(({ id }) => id).toSorted();
        const sent: DeliveryRow[] = [];
        for (const id of interested) {
          sent.push(...(await sendAgain(tx, await lockActive(tx, accountId, id), [event])));
        }
        await saved(tx, sent);
        return sent;
      });
    },

    /** What was given up on and not sent again since, of whatever account. */
    listFailed: (page: Parameters<typeof listFailed>[1]) => listFailed(db, page),

    /**
     * Sends again what was given up on, once however many ask for it; whose it is. Null when it was sent again already;
     * rejects with `webhook_endpoint_disabled`, and with `event_not_found` for an event that has gone for its age.
     */
    async retryFailed(
      tx: Database,
      id: DeliveryId,
    ): Promise<Pick<DeliveryRow, 'accountId'> | null> {
      const known = await findFailed(tx, id);
      if (!known) return null;
      const { accountId } = known;
      const endpoint = await lockActive(tx, accountId, known.endpointId);
      // Somebody may have sent it again while this waited for the endpoint.
      if (!(await findFailed(tx, id))) return null;
      const event = await findEvent(tx, accountId, known.eventId);
      if (!event) throw new EventNotFound();
      await sendAgain(tx, endpoint, [event]);
      return { accountId };
    },
  };

  /** Events that are still on their way become due at once, the others are put on it again. */
  async function sendAgain(
    tx: Database,
    { id }: EndpointRow,
    events: readonly EventRow[],
  ): Promise<readonly DeliveryRow[]> {
    const before = await findSendings(
      tx,
      id,
      events.map((event) => event.id),
    );
    const isPending = (event: EventRow) => before.get(event.id)?.pending === true;
    const pending = events.filter(isPending).map((event) => event.id);
    const resends = new Map([...before].map(([event, { next }]) => [event, next]));
    const rest = events.filter((event) => !isPending(event));
    const sent = [
      ...(await hurryDeliveries(tx, id, pending)),
      ...(await insertDeliveries(tx, id, rest, resends)),
    ];
    await ringFor(tx, sent);
    return sent;
  }

  async function ringFor(tx: Database, sent: readonly DeliveryRow[]): Promise<void> {
    const ids = sent.slice(0, RUNG_AT_ONCE).map(({ id }) => id);
    if (ids.length > 0) await ring(tx, ids, 0);
  }
}

export type Webhooks = ReturnType<typeof makeWebhooks>;

async function lockActive(
  tx: Database,
  accountId: AccountId,
  id: EndpointId,
): Promise<EndpointRow> {
  const endpoint = found(await store.lockEndpoint(tx, accountId, id));
  if (endpoint.status !== 'active') throw new EndpointDisabled();
  return endpoint;
}

function found(endpoint: EndpointRow | null): EndpointRow {
  if (!endpoint) throw new EndpointNotFound();
  return endpoint;
}
