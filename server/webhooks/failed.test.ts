import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Bench, openBench } from '../../tests/harness/webhook-bench.ts';
import { type Receiver, startReceiver } from '../../tests/harness/webhook-receiver.ts';
import type { AccountId } from '../platform/ids.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import type { DeliveryId, DeliveryRow, EndpointId } from './schema.ts';

/** Deliveries that were given up on, and what becomes of them when somebody who runs the installation sends them again. */

const signal = new AbortController().signal;
let bench: Bench;
let receiver: Receiver;
let account: AccountId;
let endpoint: EndpointId;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
beforeEach(async () => {
  await bench.db.execute(sql`delete from webhook_deliveries`);
  receiver = await startReceiver();
  account = await bench.addAccount();
  const wish = { url: receiver.url, description: '', events: null };
  endpoint = (await bench.webhooks.create(account, wish)).row.id;
});
afterEach(() => receiver.close());

/** An event that its receiver did not take, however often it came. */
async function giveUpOne(): Promise<DeliveryRow> {
  await bench.emit(account);
  const id = (await bench.deliveriesOf(account)).at(-1)?.id ?? 'dlv_none';
  await bench.db.execute(sql`update webhook_deliveries set tries = 7 where id = ${id}`);
  receiver.reply = 500;
  await bench.webhooks.deliver(id, signal);
  receiver.reply = 200;
  const row = (await bench.deliveriesOf(account)).at(-1);
  if (row?.status !== 'failed') throw new Error('It was not given up on.');
  return row;
}

const failedIds = async () =>
  (await bench.webhooks.listFailed({ before: null, limit: 10 })).map(({ id }) => id);
const retry = (id: DeliveryId) => bench.db.transaction((tx) => bench.webhooks.retryFailed(tx, id));

test('what was given up on is sent again once, however many ask for it, and is no dead letter then', async () => {
  const { id, eventId } = await giveUpOne();
  expect(await failedIds()).toEqual([id]);
  bench.rung.length = 0;
  const ends = await Promise.all(Array.from({ length: 8 }, () => retry(id)));
  expect(ends.filter((end) => end !== null)).toEqual([{ accountId: account }]);
  expect(await failedIds()).toEqual([]);
  const [first, second, ...others] = await bench.deliveriesOf(account);
  expect(others).toEqual([]);
  expect(first).toMatchObject({ id, status: 'failed' });
  expect(second).toMatchObject({ eventId, resend: 1, status: 'pending', tries: 0 });
  expect(bench.rung).toEqual([{ ids: [second?.id], afterMs: 0 }]);
  receiver.received.length = 0;
  await bench.webhooks.deliver(second?.id ?? 'dlv_none', signal);
  expect(receiver.received).toHaveLength(1);
  expect(await retry(id)).toBeNull();
  expect(await bench.deliveriesOf(account)).toHaveLength(2);
});

test('what its owner sent again meanwhile is not sent a third time', async () => {
  const { id, eventId } = await giveUpOne();
  await bench.webhooks.resendEvent(account, eventId, null);
  expect(await failedIds()).toEqual([]);
  expect(await retry(id)).toBeNull();
  expect(await bench.deliveriesOf(account)).toHaveLength(2);
});

test('what is on its way or has arrived is no dead letter', async () => {
  await bench.emit(account);
  const [pending] = await bench.deliveriesOf(account);
  expect(await retry(pending?.id ?? 'dlv_none')).toBeNull();
  await bench.webhooks.deliver(pending?.id ?? 'dlv_none', signal);
  expect(await retry(pending?.id ?? 'dlv_none')).toBeNull();
  expect(await failedIds()).toEqual([]);
});

test('nothing is sent to an endpoint that is disabled, and of an event that has gone', async () => {
  const { id, eventId } = await giveUpOne();
  await bench.webhooks.change(account, endpoint, { status: 'disabled' });
  await expect(retry(id)).rejects.toMatchObject({ code: 'webhook_endpoint_disabled' });
  await bench.webhooks.change(account, endpoint, { status: 'active' });
  await bench.db.execute(sql`delete from events where id = ${eventId}`);
  await expect(retry(id)).rejects.toMatchObject({ code: 'event_not_found' });
  expect(await failedIds()).toEqual([id]);
  expect(await bench.deliveriesOf(account)).toHaveLength(1);
});

test('a retry that comes to nothing with its transaction leaves the dead letter', async () => {
  const { id } = await giveUpOne();
  const undone = bench.db.transaction(async (tx) => {
    await bench.webhooks.retryFailed(tx, id);
    throw new Error('changed its mind');
  });
  await expect(undone).rejects.toThrow('changed its mind');
  expect(await failedIds()).toEqual([id]);
});
