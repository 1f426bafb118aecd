import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AccountId } from '../../server/platform/ids.ts';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import { type ApiService, openService } from '../api/service.ts';
import { codeOf, wholePageOf } from '../api/shapes.ts';
import { seedAccount } from '../harness/seed-account.ts';

/** What staff see of accounts and records, and what stays of that. On one's own machine the owner is staff. */

let service: ApiService;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service.close());

const ask = (method: string, path: string, body?: unknown) =>
  service.request(method, `/app/admin/${path}`, {
    as: service.owner.session,
    ...(body === undefined ? {} : { body }),
  });
const search = (body: Readonly<Record<string, unknown>>) => ask('POST', 'accounts/search', body);
const seed = () => seedAccount({ db: service.db, objects: service.clipt.objects });

type Entry = { action: string; actor_id: string; subject: string | null; text: string };
async function newestEntry(): Promise<Entry> {
  const { rows } = await service.db.execute<Entry>(
    sql`select action, actor_id, subject, entry as text from audit.entries order by seq desc limit 1`,
  );
  return z
    .object({
      ...{ action: z.string(), actor_id: z.string(), subject: z.string().nullable() },
      text: z.string(),
    })
    .parse(rows[0]);
}

async function staffAccessOf(as: { readonly session: Readonly<Record<string, string>> }) {
  return wholePageOf(await service.request('GET', '/app/staff-access', { as: as.session })).data;
}

describe('a search for accounts', () => {
  test('answers id, address, state and what they are, and is on record without what was typed', async () => {
    const { id } = await seed();
    const email = `${(await emailOf(id)).slice(0, 24)}`;
    const found = await search({ query: email.toUpperCase() });
    expect(wholePageOf(found).data).toEqual([
      {
        ...{ id, kind: 'user', email: await emailOf(id), state: 'active', is_staff: false },
        created_at: expect.any(String),
      },
    ]);
    const { action, actor_id, subject, text } = await newestEntry();
    expect({ action, actor_id, subject }).toEqual({
      ...{ action: 'support.accounts_searched', actor_id: service.owner.id, subject: null },
    });
    expect(JSON.parse(text).detail).toEqual({
      ...{ by: 'email', chars: 24, found: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
    expect(text).not.toContain(email.slice(4));
    // The same text has the same fingerprint, another one another.
    const again = JSON.parse(text).detail.fingerprint;
    await search({ query: ` ${email} ` });
    expect(JSON.parse((await newestEntry()).text).detail.fingerprint).toBe(again);
    await search({ query: email.slice(0, 20) });
    expect(JSON.parse((await newestEntry()).text).detail.fingerprint).not.toBe(again);
  });

  test('by id is seen by the person whose id it was', async () => {
    await search({ query: service.other.id });
    expect((await staffAccessOf(service.other))[0]).toMatchObject({
      ...{ action: 'support.accounts_searched', by: 'admin' },
    });
    expect(JSON.stringify(await staffAccessOf(service.other))).not.toContain(service.owner.id);
  });

  test('takes three letters at least, a hundred accounts at most, and goes on where it left off', async () => {
    for (const body of [{ query: 'ab' }, { query: '  ab ' }, {}, { query: 'abc', limit: 101 }]) {
      expect((await search(body)).status).toBe(422);
    }
    await Promise.all([seed(), seed(), seed()]);
    const all = wholePageOf(await search({ query: 'acc_', limit: 100 })).data;
    expect(all.length).toBeGreaterThan(3);
    const seen = [];
    let cursor: string | null = null;
    do {
      const page = wholePageOf(
        await search({ query: 'acc_', limit: 2, ...(cursor ? { cursor } : {}) }),
      );
      seen.push(...page.data);
      cursor = page.next_cursor;
      expect(page.data.length).toBeLessThanOrEqual(2);
    } while (cursor !== null);
    expect(seen).toEqual(all);
    expect(codeOf(await search({ query: 'acc_', cursor: 'made.up' }))).toBe('invalid_cursor');
  });
});

describe('a view of an account', () => {
  test('tells figures and states, nothing that its person made, and they see that it was viewed', async () => {
    const { id, canary } = await seed();
    const viewed = await ask('GET', `accounts/${id}`);
    expect(viewed.json).toEqual({
      ...{ id, kind: 'user', email: await emailOf(id), state: 'active', is_staff: false },
      ...{ created_at: expect.any(String), two_factor_since: expect.any(String) },
      ...{ deletion_asked_at: null, purge_after: null, videos: 1, keys: 1, sessions: 1 },
    });
    expect(viewed.bytes.toString()).not.toContain(canary);
    expect(await newestEntry()).toMatchObject({
      ...{ action: 'support.account_viewed', actor_id: service.owner.id, subject: id },
    });
    await ask('GET', `accounts/${service.other.id}`);
    expect((await staffAccessOf(service.other))[0]).toMatchObject({
      ...{ action: 'support.account_viewed', by: 'admin', reason: null },
    });
  });

  test('tells when an account goes', async () => {
    const { id } = await seed();
    await service.clipt.accountDeletion.schedule(id);
    expect((await ask('GET', `accounts/${id}`)).json).toMatchObject({
      ...{ state: 'deletion_scheduled', deletion_asked_at: expect.stringMatching(/^20/) },
      ...{ purge_after: expect.stringMatching(/^20/), keys: 0, sessions: 0 },
    });
  });

  test('of an account that is not there is like that of one that never was', async () => {
    const absent = await ask('GET', 'accounts/acc_00000000000000000000000000000000');
    expect([absent.status, codeOf(absent)]).toEqual([404, 'account_not_found']);
  });
});

describe('the records', () => {
  test('are read by account, action and time, and reading them is on record', async () => {
    const { id } = await seed();
    await ask('GET', `accounts/${id}`);
    await ask('GET', `accounts/${id}`);
    const found = wholePageOf(await ask('GET', `audit?account_id=${id}`));
    expect(found.data).toMatchObject([
      { action: 'support.account_viewed', actor_id: service.owner.id, account_id: id },
      { action: 'support.account_viewed' },
    ]);
    const now = wholePageOf(await ask('GET', `audit?account_id=${id}`)).data;
    expect(now[0]).toMatchObject({ action: 'support.record_read', detail: { record: 'audit' } });
    const at = z.string().parse(now[0]?.['at']);
    const before = await ask('GET', `audit?account_id=${id}&to=${at}`);
    expect(wholePageOf(before).data).toEqual(found.data);
    const since = await ask('GET', `audit?account_id=${id}&from=${at}&limit=100`);
    expect(wholePageOf(since).data.at(-1)).toEqual(now[0]);
    const nobody = await ask('GET', `audit?actor_id=${id}`);
    expect(wholePageOf(nobody).data).toEqual([]);
    for (const wrong of ['account_id=me', 'action=made_up', 'from=yesterday', 'limit=0']) {
      expect((await ask('GET', `audit?${wrong}`)).status).toBeGreaterThanOrEqual(400);
    }
  });

  test('page the same rows in the same order, although reading adds to them', async () => {
    const all = wholePageOf(await ask('GET', 'audit?limit=10')).data;
    const seen = [];
    let path = 'audit?limit=3';
    while (seen.length < 7) {
      const page = wholePageOf(await ask('GET', path));
      seen.push(...page.data);
      path = `audit?limit=3&cursor=${page.next_cursor}`;
    }
    expect(seen[0]).toMatchObject({ action: 'support.record_read' });
    expect(seen.slice(1)).toEqual(all.slice(0, seen.length - 1));
  });

  test('of moderation tell rule and category, of everybody or of one', async () => {
    const [one, two] = [await seed(), await seed()];
    const all = wholePageOf(await ask('GET', 'moderation')).data;
    expect(all.slice(0, 2).map((match) => match['account_id'])).toEqual([two.id, one.id]);
    const ofOne = wholePageOf(await ask('GET', `moderation?account_id=${one.id}`));
    expect(ofOne.data).toEqual([
      {
        ...{ id: expect.stringMatching(/^mod_/), account_id: one.id, category: 'hate' },
        ...{ rule_id: one.canary, at: expect.any(String) },
      },
    ]);
    expect(await newestEntry()).toMatchObject({ action: 'support.record_read', subject: one.id });
    const first = wholePageOf(await ask('GET', 'moderation?limit=1'));
    expect(first.data).toEqual(all.slice(0, 1));
    const next = await ask('GET', `moderation?limit=1&cursor=${first.next_cursor}`);
    expect(wholePageOf(next).data).toEqual(all.slice(1, 2));
  });
});

async function emailOf(id: AccountId): Promise<string> {
  const { rows } = await service.db.execute(sql`select email from accounts where id = ${id}`);
  return z.string().parse(rows[0]?.['email']);
}
