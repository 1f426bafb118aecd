import type { Clipt } from '../../server/main.ts';
import { type AccountId, newId } from '../../server/platform/ids.ts';
import { sql } from '../../server/platform/postgres/drizzle.ts';

/** An event of the account that its endpoint did not take, however often it came; the delivery that was given up on. */
export async function addFailedDelivery({ db, events, webhooks }: Clipt, accountId: AccountId) {
  const id = newId('dlv');
  const hook = { url: 'http://127.0.0.1:9/secret-path', description: '', events: null };
  const { row } = await webhooks.create(accountId, hook);
  const event = await db.transaction((tx) =>
    events.emit(tx, {
      ...{ accountId, videoId: null, type: 'credits.low' },
      data: { object: 'account', words: 'a secret text' },
    }),
  );
  await db.execute(sql`delete from webhook_deliveries where endpoint_id = ${row.id}`);
  await db.execute(sql`
    insert into webhook_deliveries
      (id, account_id, endpoint_id, event_id, event_type, status, tries, error_code)
    values (${id}, ${accountId}, ${row.id}, ${event.id}, 'credits.low', 'failed', 8, 'connection_failed')`);
  return id;
}
