import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AccountId, newId } from '../../server/platform/ids.ts';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import { type ApiService, openService } from '../api/service.ts';
import { codeOf, wholePageOf } from '../api/shapes.ts';
import { addAccount } from '../harness/accounts.ts';
import { addFailedDelivery } from '../harness/failed-delivery.ts';

/** What came to nothing, as staff see it and try it again. */

const PATH = '/app/admin/dead-letters';

let service: ApiService;
let account: AccountId;
beforeAll(async () => {
  service = await openService();
  // The queue is made by the first that looks for it.
  await service.request('GET', PATH, { as: service.owner.session });
});
afterAll(() => service.close());
beforeEach(async () => {
  account = await addAccount(service.db);
  for (const table of ['webhook_deliveries', 'mails', 'purchases', 'pgboss.job']) {
    await service.db.execute(sql.raw(`delete from ${table}`));
  }
});

const list = async (query = '') =>
  wholePageOf(await service.request('GET', `${PATH}${query}`, { as: service.owner.session }));
const retry = (id: string, headers: Readonly<Record<string, string>> = {}) =>
  service.request('POST', `${PATH}/${id}/retry`, { as: service.owner.session, headers });

const addDelivery = () => addFailedDelivery(service.clipt, account);

async function addMail(): Promise<string> {
  const id = newId('eml');
  await service.db.execute(sql`
    insert into mails (id, account_id, kind, status, tries, error_code)
    values (${id}, ${account}, 'key_created', 'failed', 1, 'provider_rejected_key')`);
  return id;
}

async function addPurchase(status = 'uncertain'): Promise<string> {
  const id = newId('pur');
  await service.db.execute(sql`
    insert into purchases (id, account_id, kind, model, status, unit, units, cost_micro_usd, ended_at)
    values (${id}, ${account}, 'script', 'chat', ${status}, 'tokens', 10, 4200, now())`);
  return id;
}

async function addJob(): Promise<string> {
  const { rows } = await service.db.execute<{ id: string }>(sql`
    insert into pgboss.job (name, data, source_name, source_retry_count, source_output, created_on)
    values ('uploads.dead', ${JSON.stringify({ upload_id: newId('upl') })}::jsonb, 'uploads', 3,
      '{"code": "internal"}', clock_timestamp())
    returning id::text`);
  return `job_${rows[0]?.id.replaceAll('-', '')}`;
}

type Entry = { action: string; subject: string | null; target: string | null };
async function newestEntry(): Promise<Entry | undefined> {
  const { rows } = await service.db.execute<Entry>(sql`
    select action, subject, entry::jsonb ->> 'target' as target
    from audit.entries order by seq desc limit 1`);
  return rows[0];
}

describe('dead letters', () => {
  test('of every kind are one list, newest first, page by page or by kind, each reading on record', async () => {
    const ids = [];
    for (const add of [addPurchase, addDelivery, addJob, addMail, addJob, addPurchase]) {
      ids.unshift(await add());
      // Each of a millisecond of its own.
      await service.db.execute(sql`select pg_sleep(0.002)`);
    }
    const all = (await list()).data;
    expect(all.map(({ id }) => id)).toEqual(ids);
    expect(await newestEntry()).toMatchObject({ action: 'support.record_read', subject: null });
    const seen = [];
    let query = '?limit=2';
    for (let page = await list(query); ; page = await list(query)) {
      seen.push(...page.data);
      if (page.next_cursor === null) break;
      query = `?limit=2&cursor=${page.next_cursor}`;
    }
    expect(seen).toEqual(all);
    for (const kind of ['webhook_delivery', 'mail', 'job', 'purchase']) {
      expect((await list(`?kind=${kind}`)).data).toEqual(all.filter((it) => it['kind'] === kind));
    }
  });

  test('tell what, whose and why, and nothing of what they held or where it went', async () => {
    const [delivery, mail, job, purchase] = [
      await addDelivery(),
      await addMail(),
      await addJob(),
      await addPurchase(),
    ];
    const page = await list();
    const byId = new Map(page.data.map((letter) => [letter.id, letter]));
    expect(byId.get(delivery)).toMatchObject({
      ...{ what: 'credits.low', account_id: account, code: 'connection_failed', tries: 8 },
      ...{ about: expect.stringMatching(/^evt_/), can_be_retried: true },
    });
    expect(byId.get(mail)).toMatchObject({
      ...{ what: 'key_created', account_id: account, code: 'provider_rejected_key' },
    });
    expect(byId.get(job)).toMatchObject({
      ...{ what: 'uploads', account_id: null, about: expect.stringMatching(/^upl_/), tries: 4 },
      ...{ code: 'internal', can_be_retried: true },
    });
    expect(byId.get(purchase)).toMatchObject({
      ...{ what: 'script by chat', code: 'order_uncertain', cost_micro_usd: 4200 },
      ...{ can_be_retried: false },
    });
    expect(JSON.stringify(page)).not.toMatch(/secret|@|127\.0\.0\.1/);
  });
});

describe('a retry', () => {
  test('happens once, on record, and is seen by whose account it touched', async () => {
    for (const [id, subject] of [
      [await addDelivery(), account],
      [await addJob(), null],
    ] as const) {
      const done = await retry(id);
      expect(done.json).toMatchObject({ id, retried: true });
      expect(await newestEntry()).toEqual({ action: 'dead_letter.retried', subject, target: id });
      const again = await retry(id);
      expect([again.status, codeOf(again)]).toEqual([404, 'dead_letter_not_found']);
    }
    expect((await list()).data).toEqual([]);
    const { rows } = await service.db.execute(
      sql`select resend, status from webhook_deliveries where account_id = ${account} order by resend`,
    );
    expect(rows).toEqual([
      { resend: 0, status: 'failed' },
      { resend: 1, status: 'pending' },
    ]);
    const jobs = await service.db.execute(
      sql`select count(*)::int as count from pgboss.job where name = 'uploads'`,
    );
    expect(jobs.rows).toEqual([{ count: 1 }]);
  });

  test('that is sent again under the same idempotency key gets the first answer', async () => {
    const id = await addDelivery();
    const key = { 'idempotency-key': 'retry-1' };
    const first = await retry(id, key);
    const second = await retry(id, key);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.json).toEqual(first.json);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });

  test('never buys an uncertain purchase again, and says what to do instead', async () => {
    const id = await addPurchase();
    const refused = await retry(id);
    expect([refused.status, codeOf(refused)]).toEqual([409, 'purchase_uncertain']);
    expect(refused.json).toMatchObject({ action: expect.stringContaining('bill') });
    expect((await list()).data.map((letter) => letter.id)).toEqual([id]);
    expect(await newestEntry()).not.toMatchObject({ action: 'dead_letter.retried' });
  });

  test('of what is none is refused alike, whatever it is', async () => {
    for (const id of [
      ...[newId('dlv'), newId('eml'), newId('job'), newId('pur')],
      await addPurchase('settled'),
    ]) {
      const refused = await retry(id);
      expect([refused.status, codeOf(refused)]).toEqual([404, 'dead_letter_not_found']);
    }
    expect((await retry('acc_1')).status).toBe(404);
  });

  test('of a mail needs a mail service', async () => {
    const refused = await retry(await addMail());
    expect([refused.status, codeOf(refused)]).toEqual([409, 'mail_turned_off']);
  });
});
