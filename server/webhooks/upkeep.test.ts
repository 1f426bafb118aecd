import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Bench, openBench } from '../../tests/harness/webhook-bench.ts';
import type { AccountId } from '../platform/ids.ts';
import { sql } from '../platform/postgres/drizzle.ts';

let bench: Bench;
let account: AccountId;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
beforeEach(async () => {
  account = await bench.addAccount();
  const wish = { url: 'https://example.com/', description: '', events: null };
  await bench.webhooks.create(account, wish);
  await bench.emit(account);
  bench.rung.length = 0;
});

test('an endpoint that is being deleted fails no transaction that emits', async () => {
  const [endpoint] = await bench.webhooks.list(account);
  if (!endpoint) throw new Error('There is no endpoint.');
  const removed = bench.db.transaction(async (tx) => {
    await tx.execute(sql`delete from webhook_endpoints where id = ${endpoint.id}`);
    const emitted = bench.emit(account);
    await expect
      .poll(async () => {
        const { rows } = await bench.db.execute(
          sql`select 1 from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length;
      })
      .toBe(1);
    return { emitted };
  });
  const { id } = await (await removed).emitted;
  expect(await bench.events.find(bench.db, account, id)).not.toBeNull();
  expect(await bench.deliveriesOf(account)).toEqual([]);
});

test('a lost bell is rung again by one process, once in a while', async () => {
  expect(await bench.webhooks.rescue()).toBe(0);
  await bench.makeDue(account);
  const rescued = await Promise.all([bench.webhooks.rescue(), bench.webhooks.rescue()]);
  expect(rescued.toSorted()).toEqual([0, 1]);
  expect(bench.rung).toEqual([{ ids: [(await bench.deliveriesOf(account))[0]?.id], afterMs: 0 }]);
  expect(await bench.webhooks.rescue()).toBe(0);
});

test('deliveries older than 30 days are pruned, and no others', async () => {
  await bench.emit(account);
  const [old, young] = await bench.deliveriesOf(account);
  await bench.db.execute(
    sql`update webhook_deliveries set created_at = now() - interval '31 days' where id = ${old?.id}`,
  );
  expect(await bench.webhooks.prune()).toBe(1);
  expect(await bench.deliveriesOf(account)).toEqual([young]);
});
