import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Bench, openBench } from '../../tests/harness/webhook-bench.ts';
import {
  type Received,
  type Receiver,
  startReceiver,
} from '../../tests/harness/webhook-receiver.ts';
import { EVENT_VERSION } from '../events/present.ts';
import type { AccountId } from '../platform/ids.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import type { DeliveryRow, EndpointId } from './schema.ts';

const signal = new AbortController().signal;
let bench: Bench;
let receiver: Receiver;
let account: AccountId;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
beforeEach(async () => {
  receiver = await startReceiver();
  account = await bench.addAccount();
  bench.rung.length = 0;
  bench.logged.length = 0;
});
afterEach(async () => {
  bench.waitAtMost(null);
  await receiver.close();
});

const create = (events: ['video.succeeded'] | null = null) =>
  bench.webhooks.create(account, { url: receiver.url, description: '', events });

async function onlyDelivery(): Promise<DeliveryRow> {
  const [delivery, ...others] = await bench.deliveriesOf(account);
  if (!delivery || others.length > 0) throw new Error('There is not exactly one delivery.');
  return delivery;
}

async function deliverAll(): Promise<void> {
  for (const { id } of await bench.deliveriesOf(account)) await bench.webhooks.deliver(id, signal);
}

const verify = (secret: string, { headers, body }: Received): unknown =>
  new Webhook(secret).verify(body, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  });

function onlyReceived(): Received {
  const [first, ...others] = receiver.received;
  if (!first || others.length > 0) throw new Error('Not exactly one request was received.');
  return first;
}

test('an event arrives once, signed so that the library verifies it, and is logged', async () => {
  const { secret } = await create();
  const { id } = await bench.emit(account);
  const { id: delivery } = await onlyDelivery();
  expect(bench.rung).toEqual([{ ids: [delivery], afterMs: 0 }]);
  await deliverAll();
  await deliverAll();
  const received = onlyReceived();
  expect(verify(secret, received)).toEqual({
    ...{ id, type: 'credits.low', api_version: EVENT_VERSION },
    created_at: expect.stringMatching(/Z$/),
    data: { object: 'account', n: 1, sequence: 0 },
  });
  expect(received.headers).toMatchObject({
    ...{ 'user-agent': 'clipt-webhooks/1', 'content-type': 'application/json' },
    'webhook-id': id,
  });
  expect(() => verify(secret, { ...received, body: `${received.body} ` })).toThrow();
  expect(await onlyDelivery()).toMatchObject({
    ...{ status: 'delivered', tries: 1, statusCode: 200, errorCode: null, nextAttemptAt: null },
    durationMs: expect.any(Number),
  });
});

test('after a rotation both secrets verify, and after the grace only the new one', async () => {
  const { secret: old, row } = await create();
  const { secret } = await bench.webhooks.rotate(account, row.id, 24);
  await bench.emit(account);
  await deliverAll();
  const received = onlyReceived();
  expect(String(received.headers['webhook-signature']).split(' ')).toHaveLength(2);
  for (const each of [old, secret])
    expect(verify(each, received)).toMatchObject({ data: { n: 1 } });

  await bench.db.execute(
    sql`update webhook_endpoints set previous_until = now() where id = ${row.id}`,
  );
  receiver.received.length = 0;
  await bench.emit(account);
  await deliverAll();
  expect(verify(secret, onlyReceived())).toMatchObject({ data: { n: 1 } });
  expect(() => verify(old, onlyReceived())).toThrow();
});

test('a rotation without grace leaves one secret', async () => {
  const { secret: old, row } = await create();
  const { secret } = await bench.webhooks.rotate(account, row.id, 0);
  await bench.emit(account);
  await deliverAll();
  expect(verify(secret, onlyReceived())).toMatchObject({ data: { n: 1 } });
  expect(() => verify(old, onlyReceived())).toThrow();
});

test('only active endpoints that want its type are told of an event', async () => {
  await create(['video.succeeded']);
  const off = await create();
  await bench.webhooks.change(account, off.row.id, { status: 'disabled' });
  await bench.emit(account, 'credits.low');
  expect(await bench.deliveriesOf(account)).toEqual([]);
  await bench.emit(account, 'video.succeeded');
  expect(await bench.deliveriesOf(account)).toHaveLength(1);
});

test('what is rolled back is sent to nobody', async () => {
  await create();
  await bench.db
    .transaction(async (tx) => {
      await bench.emit(account, 'credits.low', tx);
      throw new Error('no');
    })
    .catch(() => undefined);
  expect(await bench.deliveriesOf(account)).toEqual([]);
});

test('two workers and many bells send a delivery once', async () => {
  await create();
  await bench.emit(account);
  const { id } = await onlyDelivery();
  await Promise.all(Array.from({ length: 8 }, () => bench.webhooks.deliver(id, signal)));
  expect(receiver.received).toHaveLength(1);
});

test.each([
  [500, { statusCode: 500, errorCode: 'unexpected_status' }],
  [302, { statusCode: 302, errorCode: 'unexpected_status' }],
  ['hang', { statusCode: null, errorCode: 'outbound_timed_out' }],
  ['reset', { statusCode: null, errorCode: 'outbound_unreachable' }],
] as const)(
  '%s is tried again, 8 times in all under the same id, then given up on',
  async (reply, outcome) => {
    const { row } = await create();
    const { id } = await bench.emit(account);
    receiver.reply = reply;
    bench.waitAtMost(reply === 'hang' ? 60 : null);
    const pauses: number[] = [];
    for (let tries = 1; tries <= 8; tries++) {
      bench.rung.length = 0;
      await bench.makeDue(account);
      await deliverAll();
      await deliverAll();
      expect(receiver.received).toHaveLength(tries);
      const status = tries === 8 ? 'failed' : 'pending';
      expect(await onlyDelivery()).toMatchObject({ status, tries, ...outcome });
      pauses.push(...bench.rung.map(({ afterMs }) => afterMs));
    }
    expect(pauses).toHaveLength(7);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([id]),
    );
    expect(await bench.webhooks.find(account, row.id)).toMatchObject({
      ...{ status: 'active', consecutiveFailures: 1, failingSince: null },
    });
  },
);

test('a receiver that comes back gets what it missed', async () => {
  const { row } = await create();
  await bench.emit(account);
  receiver.reply = 503;
  await deliverAll();
  receiver.reply = 204;
  await deliverAll();
  expect(receiver.received).toHaveLength(1);
  await bench.makeDue(account);
  await deliverAll();
  expect(await onlyDelivery()).toMatchObject({ status: 'delivered', tries: 2, statusCode: 204 });
  expect(await bench.webhooks.find(account, row.id)).toMatchObject({ consecutiveFailures: 0 });
});

test('410 disables the endpoint at once', async () => {
  const { row } = await create();
  await bench.emit(account);
  receiver.reply = 410;
  await deliverAll();
  expect(await onlyDelivery()).toMatchObject({ status: 'failed', tries: 1, statusCode: 410 });
  const gone = { status: 'disabled', disabledReason: 'gone' };
  expect(await bench.webhooks.find(account, row.id)).toMatchObject(gone);
});

test('at 5 events in a row that were given up on it counts as failing, at 20 it is disabled, and can be set active', async () => {
  const { row } = await create();
  receiver.reply = 500;
  await giveUpOn(4, row.id);
  expect(await bench.webhooks.find(account, row.id)).toMatchObject({ failingSince: null });
  await giveUpOn(1, row.id);
  const failing = await bench.webhooks.find(account, row.id);
  expect(failing).toMatchObject({ status: 'active', failingSince: expect.any(Date) });
  expect(bench.logged.join('')).toContain('webhooks.failing');
  await giveUpOn(14, row.id);
  expect(await bench.webhooks.find(account, row.id)).toMatchObject({
    ...{ status: 'active', consecutiveFailures: 19, failingSince: failing.failingSince },
  });
  await giveUpOn(1, row.id);
  expect(await bench.webhooks.find(account, row.id)).toMatchObject({
    ...{ status: 'disabled', disabledReason: 'failing', consecutiveFailures: 20 },
  });
  expect(bench.logged).toHaveLength(2);
  expect(bench.logged.join('')).toContain('webhooks.disabled');
  expect(bench.logged.join('')).not.toContain(receiver.url);
  expect(await bench.webhooks.change(account, row.id, { status: 'active' })).toMatchObject({
    ...{ status: 'active', disabledReason: null, consecutiveFailures: 0, failingSince: null },
  });
});

/** So many events that were tried 7 times already fail for the last time. */
async function giveUpOn(count: number, endpoint: EndpointId): Promise<void> {
  for (let event = 0; event < count; event++) await bench.emit(account);
  await bench.db.execute(
    sql`update webhook_deliveries set tries = 7 where endpoint_id = ${endpoint} and status = 'pending'`,
  );
  await deliverAll();
}

test('what is on its way to an endpoint that was disabled meanwhile is not sent', async () => {
  const { row } = await create();
  await bench.emit(account);
  await bench.webhooks.change(account, row.id, { status: 'disabled' });
  await deliverAll();
  expect(receiver.received).toEqual([]);
  expect(await onlyDelivery()).toMatchObject({
    ...{ status: 'failed', tries: 0, errorCode: 'endpoint_disabled' },
  });
});

test('a stopped attempt counts for nothing and is due again', async () => {
  await create();
  await bench.emit(account);
  receiver.reply = 'hang';
  const stopping = new AbortController();
  const { id } = await onlyDelivery();
  const stopped = bench.webhooks.deliver(id, stopping.signal);
  await expect.poll(() => receiver.received.length).toBe(1);
  stopping.abort();
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  expect(await onlyDelivery()).toMatchObject({ status: 'pending', tries: 0, leaseExpiresAt: null });
  receiver.reply = 200;
  await deliverAll();
  expect(await onlyDelivery()).toMatchObject({ status: 'delivered', tries: 1 });
});

test('what an attempt finds out after it was taken over does not count', async () => {
  await create();
  await bench.emit(account);
  receiver.reply = 'hang';
  bench.waitAtMost(500);
  const { id } = await onlyDelivery();
  const slow = bench.webhooks.deliver(id, signal);
  await expect.poll(() => receiver.received.length).toBe(1);
  await bench.db.execute(
    sql`update webhook_deliveries set lease_expires_at = now() - interval '1 second' where id = ${id}`,
  );
  receiver.reply = 200;
  await bench.webhooks.deliver(id, signal);
  await slow;
  expect(await onlyDelivery()).toMatchObject({ status: 'delivered', tries: 1, errorCode: null });
});

test('an address that is private by now is never called, which counts as a try that failed', async () => {
  const { row } = await create();
  await bench.emit(account);
  await bench.db.execute(
    sql`update webhook_endpoints set url = 'https://10.0.0.1/' where id = ${row.id}`,
  );
  await deliverAll();
  expect(await onlyDelivery()).toMatchObject({ status: 'pending', errorCode: 'url_not_allowed' });
});

test('a receiver that lets everybody wait holds up no other account, and the rest goes out once there is room', async () => {
  await create();
  for (let event = 0; event < 6; event++) await bench.emit(account);
  const ids = (await bench.deliveriesOf(account)).map(({ id }) => id);
  receiver.reply = 'hang';
  bench.waitAtMost(2_000);
  const hanging: Promise<void>[] = [];
  for (const [index, id] of ids.slice(0, 4).entries()) {
    hanging.push(bench.webhooks.deliver(id, signal));
    await expect.poll(() => receiver.received.length).toBe(index + 1);
  }
  for (const id of ids.slice(4)) await bench.webhooks.deliver(id, signal);
  expect(receiver.received).toHaveLength(4);

  const other = await bench.addAccount();
  receiver.reply = 200;
  await bench.webhooks.create(other, { url: receiver.url, description: '', events: null });
  await bench.emit(other);
  const [theirs] = await bench.deliveriesOf(other);
  if (theirs) await bench.webhooks.deliver(theirs.id, signal);
  expect(receiver.received).toHaveLength(5);

  await bench.db.execute(
    sql`update webhook_deliveries set next_attempt_at = now() - interval '3 seconds'
        where account_id = ${account} and lease_expires_at is null`,
  );
  await Promise.all(hanging);
  const ends = (await bench.deliveriesOf(account)).map(({ status, tries }) => [status, tries]);
  expect(ends).toEqual([...Array(4).fill(['pending', 1]), ...Array(2).fill(['delivered', 1])]);
});
