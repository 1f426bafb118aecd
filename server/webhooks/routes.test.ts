import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { alwaysGood, keyOf, noStaffRecord, noStanding } from '../../tests/harness/http-app.ts';
import { type Bench, openBench } from '../../tests/harness/webhook-bench.ts';
import { type Receiver, startReceiver } from '../../tests/harness/webhook-receiver.ts';
import { makeHttpApp } from '../platform/http/app.ts';
import { makeIdempotency } from '../platform/http/idempotency.ts';
import { makePager } from '../platform/http/pages.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { newEndpoint, shownDelivery, shownEndpoint } from './contract.ts';
import { makeWebhookEndpoints } from './routes.ts';

const signal = new AbortController().signal;
const PATH = '/v1/webhook-endpoints';
const deliveryPage = z.object({ data: z.array(shownDelivery), next_cursor: z.string().nullable() });
let bench: Bench;
let receiver: Receiver;
let account: AccountId;
beforeAll(async () => {
  bench = await openBench();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await bench.close();
});
beforeEach(async () => {
  account = await bench.addAccount();
  receiver.received.length = 0;
  bench.rung.length = 0;
});

async function ask(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  accountId: AccountId = account,
  headers: Readonly<Record<string, string>> = {},
) {
  const pager = makePager(['a secret of enough length']);
  const app = makeHttpApp({
    endpoints: makeWebhookEndpoints({ webhooks: bench.webhooks, pager }),
    authenticate: async () => keyOf(accountId, 'webhooks'),
    limits: { take: async () => ({ allowed: true, limit: 9, remaining: 8, resetSeconds: 1 }) },
    idempotency: makeIdempotency(bench.db),
    standing: noStanding,
    staffRecord: noStaffRecord,
    stillGood: alwaysGood,
    clientIp: () => '127.0.0.1',
    origins: [],
    headers: { hsts: false, storageOrigins: [], signInOrigin: null },
    stopping: signal,
    log: silentLog,
  });
  const answer = await app.request(path, {
    method,
    ...(body === undefined
      ? { headers }
      : {
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
  });
  const text = await answer.text();
  const json: unknown = text === '' ? null : JSON.parse(text);
  return { status: answer.status, json };
}

async function create(body: object = {}) {
  return newEndpoint.parse((await ask('POST', PATH, { url: receiver.url, ...body })).json);
}

test('an endpoint is made, looked at, changed and deleted, and its secret is shown once', async () => {
  const made = await create({ description: ' Ours ', events: ['video.failed', 'video.failed'] });
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(made).toMatchObject({ description: 'Ours', events: ['video.failed'], status: 'active' });
  const path = `${PATH}/${made.id}`;
  const { secret: _secret, ...shown } = made;
  expect((await ask('GET', path)).json).toEqual(shown);
  expect((await ask('GET', PATH)).json).toEqual({
    data: [shown],
    next_cursor: null,
    has_more: false,
  });

  const changed = await ask('PATCH', path, { events: null, status: 'disabled' });
  const disabled = { events: null, status: 'disabled', disabled_reason: 'owner' };
  expect(shownEndpoint.parse(changed.json)).toMatchObject({ ...disabled, url: receiver.url });
  const again = await ask('PATCH', path, { status: 'active' });
  expect(again.json).toMatchObject({ status: 'active', disabled_reason: null });

  const rotated = newEndpoint.parse((await ask('POST', `${path}/rotate`, {})).json);
  expect(rotated.secret).not.toBe(made.secret);
  expect(rotated.previous_secret_until).not.toBeNull();
  const hard = newEndpoint.parse((await ask('POST', `${path}/rotate`, { grace_hours: 0 })).json);
  expect(hard.previous_secret_until).toBeNull();

  expect((await ask('DELETE', path)).status).toBe(204);
  expect(await ask('GET', path)).toMatchObject({ status: 404 });
});

test('no secret is in the database as it is', async () => {
  const { secret, id } = await create();
  const { rows } = await bench.db.execute(
    sql`select position(${Buffer.from(secret)}::bytea in secret) as raw,
        position(decode(${secret.slice(6)}, 'base64') in secret) as decoded
        from webhook_endpoints where id = ${id}`,
  );
  expect(rows).toEqual([{ raw: 0, decoded: 0 }]);
});

test.each([
  [{ url: 'http://example.com/' }, 'url_not_allowed'],
  [{ url: 'https://10.0.0.1/' }, 'url_not_allowed'],
  [{ url: 'https://user:word@example.com/' }, 'url_not_allowed'],
  [{ url: 'nonsense' }, 'url_not_allowed'],
])('%o is refused, when made and when changed', async (body, code) => {
  expect(await ask('POST', PATH, body)).toMatchObject({ status: 422, json: { code } });
  const { id } = await create();
  expect(await ask('PATCH', `${PATH}/${id}`, body)).toMatchObject({ status: 422, json: { code } });
  expect((await ask('GET', `${PATH}/${id}`)).json).toMatchObject({ url: receiver.url });
});

test.each([{ events: [] }, { events: ['nonsense'] }, { events: ['ping'] }, { secret: 'mine' }])(
  '%o is no endpoint',
  async (body) => {
    expect((await ask('POST', PATH, { url: receiver.url, ...body })).status).toBe(422);
  },
);

test('an account has ten endpoints at most, however many are asked for at once', async () => {
  const asked = await Promise.all(
    Array.from({ length: 13 }, () => ask('POST', PATH, { url: receiver.url })),
  );
  expect(asked.filter(({ status }) => status === 201)).toHaveLength(10);
  expect(asked.find(({ status }) => status !== 201)).toMatchObject({
    ...{ status: 409, json: { code: 'too_many_webhook_endpoints' } },
  });
});

test('a test pings this endpoint alone', async () => {
  const { id } = await create();
  await create();
  const ping = shownDelivery.parse((await ask('POST', `${PATH}/${id}/test`)).json);
  expect(ping).toMatchObject({ event_type: 'ping', endpoint_id: id, status: 'pending' });
  const [delivery, ...others] = await bench.deliveriesOf(account);
  expect(others).toEqual([]);
  if (delivery) await bench.webhooks.deliver(delivery.id, signal);
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
    { id: ping.event_id, type: 'ping', data: { object: 'ping', webhook_endpoint_id: id } },
  ]);
  await ask('PATCH', `${PATH}/${id}`, { status: 'disabled' });
  expect(await ask('POST', `${PATH}/${id}/test`)).toMatchObject({
    ...{ status: 409, json: { code: 'webhook_endpoint_disabled' } },
  });
});

test('the same Idempotency-Key pings and sends again once', async () => {
  const { id } = await create();
  const { id: event } = await bench.emit(account);
  const [first] = await bench.deliveriesOf(account);
  if (first) await bench.webhooks.deliver(first.id, signal);
  const range = { from: ago(60_000), to: ago(-60_000) };
  for (const [path, body] of [
    [`/v1/events/${event}/resend`, {}],
    [`${PATH}/${id}/resend`, range],
    [`${PATH}/${id}/test`, undefined],
  ] as const) {
    const key = { 'idempotency-key': `once ${path}` };
    const once = await ask('POST', path, body, account, key);
    const count = (await bench.deliveriesOf(account)).length;
    expect(once.status).toBe(202);
    expect(await ask('POST', path, body, account, key)).toEqual(once);
    expect(await bench.deliveriesOf(account)).toHaveLength(count);
  }
});

test('deliveries are paged newest first', async () => {
  const { id } = await create();
  for (let n = 0; n < 3; n++) await bench.emit(account);
  const all = (await bench.deliveriesOf(account)).map((row) => row.id).toReversed();
  const path = `${PATH}/${id}/deliveries?limit=2`;
  const first = deliveryPage.parse((await ask('GET', path)).json);
  const rest = deliveryPage.parse((await ask('GET', `${path}&cursor=${first.next_cursor}`)).json);
  expect([...first.data, ...rest.data].map((row) => row.id)).toEqual(all);
  expect(rest.next_cursor).toBeNull();
});

test('what happened in some time is sent again under its old ids, of the types the endpoint wants', async () => {
  await create({ events: ['credits.low'] });
  const wanted = [await bench.emit(account), await bench.emit(account)];
  await bench.emit(account, 'video.succeeded');
  const [first] = await bench.deliveriesOf(account);
  if (!first) throw new Error('Nothing was on its way.');
  await bench.webhooks.deliver(first.id, signal);
  const range = { from: ago(60_000), to: ago(-60_000) };
  const path = `${PATH}/${first.endpointId}/resend`;
  expect(await ask('POST', path, range)).toMatchObject({ status: 202, json: { count: 2 } });
  // The one that had arrived is put on its way again; the other still is.
  const rows = await bench.deliveriesOf(account);
  expect(rows.map(({ eventId, resend, status }) => ({ eventId, resend, status }))).toEqual([
    { eventId: wanted[0]?.id, resend: 0, status: 'delivered' },
    { eventId: wanted[1]?.id, resend: 0, status: 'pending' },
    { eventId: wanted[0]?.id, resend: 1, status: 'pending' },
  ]);
  for (const { id } of rows) await bench.webhooks.deliver(id, signal);
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(ids).toEqual([wanted[0]?.id, wanted[1]?.id, wanted[0]?.id]);
  const none = { from: ago(120_000), to: ago(60_000) };
  expect(await ask('POST', path, none)).toMatchObject({ json: { count: 0 } });
  expect(await ask('POST', path, { from: range.to, to: range.from })).toMatchObject({
    status: 422,
  });
});

test('more than 1,000 events at once are refused whole; of 1,000 the rescue rings what was not rung for', async () => {
  await bench.db.execute(
    sql`insert into events (id, account_id, type, sequence, data)
        select 'evt_' || lpad(to_hex(n), 32, '0'), ${account}, 'credits.low', 0, '{}'
        from generate_series(1, 1000) n`,
  );
  const { id } = await create();
  const range = { from: ago(600_000), to: ago(-60_000) };
  expect((await ask('POST', `${PATH}/${id}/resend`, range)).json).toEqual({ count: 1000 });
  expect(bench.rung.flatMap(({ ids }) => ids)).toHaveLength(100);
  await bench.makeDue(account);
  expect(await bench.webhooks.rescue()).toBe(200);
  await bench.emit(account);
  expect(await ask('POST', `${PATH}/${id}/resend`, range)).toMatchObject({
    ...{ status: 422, json: { code: 'too_many_events' } },
  });
});

test('one event is sent again to one endpoint, or to all that want it', async () => {
  const [one, other] = [await create(), await create({ events: ['video.failed'] })];
  const { id } = await bench.emit(account);
  for (const row of await bench.deliveriesOf(account)) await bench.webhooks.deliver(row.id, signal);
  const path = `/v1/events/${id}/resend`;
  const sentTo = async (body: object) =>
    deliveryPage
      .omit({ next_cursor: true })
      .parse((await ask('POST', path, body)).json)
      .data.map((row) => [row.endpoint_id, row.resend]);
  expect(await sentTo({})).toEqual([[one.id, 1]]);
  expect(await sentTo({ endpoint_id: other.id })).toEqual([[other.id, 0]]);
});

test('an endpoint or event of another account answers exactly like a missing one, and is left as it is', async () => {
  const { id } = await create();
  const { id: event } = await bench.emit(account);
  const before = await bench.deliveriesOf(account);
  const stranger = await bench.addAccount();
  const range = { from: ago(60_000), to: ago(-60_000) };
  const requests = (endpoint: string, eventId: string) =>
    [
      ['GET', `${PATH}/${endpoint}`, undefined],
      ['PATCH', `${PATH}/${endpoint}`, { description: 'stolen' }],
      ['POST', `${PATH}/${endpoint}/rotate`, {}],
      ['POST', `${PATH}/${endpoint}/test`, undefined],
      ['GET', `${PATH}/${endpoint}/deliveries`, undefined],
      ['POST', `${PATH}/${endpoint}/resend`, range],
      ['POST', `/v1/events/${eventId}/resend`, {}],
      ['DELETE', `${PATH}/${endpoint}`, undefined],
    ] as const;
  const missing = requests(newId('whk'), newId('evt'));
  for (const [index, [method, path, body]] of requests(id, event).entries()) {
    const foreign = await ask(method, path, body, stranger);
    expect(foreign.status).toBe(404);
    const [, missingPath = ''] = missing[index] ?? [];
    const absent = await ask(method, missingPath, body, stranger);
    expect(withoutPlace(foreign.json)).toEqual(withoutPlace(absent.json));
  }
  expect((await ask('GET', PATH, undefined, stranger)).json).toMatchObject({ data: [] });
  expect((await ask('GET', `${PATH}/${id}`)).json).toMatchObject({ description: '' });
  expect(await bench.deliveriesOf(account)).toEqual(before);
});

/** A problem without what tells of the request itself. */
function withoutPlace(json: unknown): unknown {
  const {
    instance: _instance,
    request_id: _id,
    ...rest
  } = z.record(z.string(), z.unknown()).parse(json);
  return rest;
}

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
