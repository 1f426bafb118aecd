import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { findAccount } from '../accounts/accounts.ts';
import { type Clipt, openClipt } from '../main.ts';
import { readConfig } from '../platform/config.ts';
import { SCOPES } from '../platform/http/endpoint.ts';
import type { AccountId } from '../platform/ids.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { cookieFor } from '../sessions/cookie.ts';
import { type Service, startService } from '../wiring/service.ts';
import { restorableUntil } from './deletion-store.ts';

let folder: string;
let database: TestDatabase;
let clipt: Clipt;
let service: Service;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-deletion-'));
  await mkdir(join(folder, 'data'));
  database = await createTestDatabase();
  const config = readConfig(
    { CLIPT_DATA_DIR: join(folder, 'data'), CLIPT_PORT: '0', DATABASE_URL: database.url },
    join(folder, 'no.env'),
  );
  clipt = await openClipt(config);
  service = await startService(clipt, config);
});
afterAll(async () => {
  await service.stop();
  await clipt[Symbol.asyncDispose]();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** Somebody signed in by link, with a key, a webhook and a film under way. */
async function openPerson() {
  const account = await clipt.anyOwner();
  const cookie = await signIn(account);
  const { text: key } = await clipt.keys.create(account, {
    ...{ name: 'mine', scopes: SCOPES, expiresAt: null },
  });
  const { row } = await clipt.webhooks.create(account, {
    ...{ url: 'https://example.org/hook', description: 'mine', events: null },
  });
  const { runId } = await clipt.videos.make(account, {
    clientKey: crypto.randomUUID(),
    wish: { kind: 'topic', topic: 'Bees', seconds: 10, language: 'en' },
    look: {
      format: '9:16',
      captionStyle: 'pop',
      voice: null,
      music: 'none',
      preset: 'draft',
      transition: 'cut',
    },
  });
  return { account, cookie, key, endpoint: row.id, runId };
}

async function signIn(account: AccountId): Promise<string> {
  const link = await clipt.sessions.makeSignInLink(account);
  const { sessionToken } = await clipt.sessions.exchange(link, {
    ...{ userAgent: 'a test', ip: '127.0.0.1' },
  });
  return `${cookieFor(service.url).name}=${sessionToken}`;
}

const problem = z.looseObject({ code: z.string().optional() });

async function ask(method: string, path: string, headers: Record<string, string>, body?: unknown) {
  const answer = await fetch(new URL(path, service.url), {
    method,
    headers: {
      ...{ origin: service.url, 'content-type': 'application/json' },
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = problem.parse(text === '' ? {} : JSON.parse(text));
  return { status: answer.status, json, headers: answer.headers };
}

const giveUp = (cookie: string) =>
  ask('DELETE', '/app/account', { cookie }, { confirmation: 'delete my account' });

let person: Awaited<ReturnType<typeof openPerson>>;
beforeEach(async () => {
  person = await openPerson();
});
afterEach(async () => {
  await database.pool.query('update accounts set deleted_at = null, purge_after = null');
});

const query = async (text: string, values: unknown[] = []) =>
  (await database.pool.query(text, values)).rows;

test('an account is given up only by its words, and then everything of it stops at once', async () => {
  const { account, cookie, key, endpoint, runId } = person;
  const unsaid = await ask('DELETE', '/app/account', { cookie }, { confirmation: 'yes' });
  expect(unsaid.status).toBe(422);
  expect((await findAccount(clipt.db, account))?.deletedAt).toBeNull();

  const gone = await giveUp(cookie);
  expect(gone.status).toBe(202);
  expect(gone.headers.get('set-cookie')).toContain('Max-Age=0');
  expect((await ask('GET', '/app/me', { cookie })).json.code).toBe('session_ended');
  const byKey = await ask('GET', '/v1/videos', { authorization: `Bearer ${key}`, origin: '' });
  expect(byKey.json.code).toBe('invalid_key');
  expect(await clipt.webhooks.find(account, endpoint)).toMatchObject({
    ...{ status: 'disabled', disabledReason: 'account_deleted' },
  });
  expect((await clipt.videos.view(account, runId)).status).toBe('canceled');
  const open = await query(
    `select 1 from steps where run_id = $1 and status not in ('canceled', 'succeeded', 'failed')`,
    [runId],
  );
  expect(open).toEqual([]);
  // Not even of its end is anybody told by webhook.
  const told = await query(
    `select d.event_type from webhook_deliveries d join events e on e.id = d.event_id
     where d.endpoint_id = $1 and e.type = 'video.canceled'`,
    [endpoint],
  );
  expect(told).toEqual([]);
});

test.each(['2026-03-10 12:00', '2026-10-10 12:00'])(
  'given up on %s in Berlin, it can be restored for thirty times 24 hours',
  async (from) => {
    const seconds = await clipt.db.transaction(async (tx) => {
      await tx.execute(sql`set local timezone = 'Europe/Berlin'`);
      const at = sql`${from}::timestamptz`;
      const { rows } = await tx.execute<{ seconds: string; days: string }>(sql`
        select extract(epoch from ${restorableUntil(at)} - ${at}) as seconds,
          extract(epoch from (${at} + interval '30 days') - ${at}) as days`);
      return { hours: Number(rows[0]?.seconds) / 3600, byCalendar: Number(rows[0]?.days) / 3600 };
    });
    expect(seconds.hours).toBe(720);
    // The clock changes in between, which thirty days of the calendar would follow.
    expect(Math.abs(seconds.byCalendar - 720)).toBe(1);
  },
);

test('the account tells until when', async () => {
  const { json } = await giveUp(person.cookie);
  const { deletion } = z
    .looseObject({ deletion: z.object({ deleted_at: z.string(), restorable_until: z.string() }) })
    .parse(json);
  const lasts = Date.parse(deletion.restorable_until) - Date.parse(deletion.deleted_at);
  expect(lasts).toBe(30 * 24 * 3_600_000);
});

test('whoever signs in again may look at it, restore it or leave, and nothing else', async () => {
  const { account, endpoint } = person;
  await giveUp(person.cookie);
  const cookie = await signIn(account);
  const shown = await ask('GET', '/app/account', { cookie });
  expect(shown.json).toMatchObject({
    deletion: { restorable_until: expect.stringMatching(/Z$/) },
  });
  for (const [method, path] of [
    ['GET', '/v1/videos'],
    ['GET', '/app/keys'],
    ['POST', '/app/exports'],
    ['DELETE', '/app/account'],
  ] as const) {
    const refused = await ask(method, path, { cookie }, method === 'GET' ? undefined : {});
    expect([path, refused.status, refused.json.code]).toEqual([path, 403, 'account_deleted']);
  }
  const restored = await ask('POST', '/app/account/restore', { cookie });
  expect([restored.status, restored.json]).toMatchObject([200, { deletion: null }]);
  expect(await clipt.webhooks.find(account, endpoint)).toMatchObject({ status: 'active' });
  expect((await ask('GET', '/app/me', { cookie })).status).toBe(401);
  const again = await signIn(account);
  expect((await ask('GET', '/v1/videos', { cookie: again })).status).toBe(200);
  const keys = await query('select 1 from api_keys where account_id = $1 and revoked_at is null', [
    account,
  ]);
  expect(keys).toEqual([]);
  const refused = await ask('POST', '/app/account/restore', { cookie: again });
  expect(refused.json.code).toBe('already_signed_in');
});

test('what begins while it is given up does not run', async () => {
  const { account } = person;
  await giveUp(person.cookie);
  const { runId } = await clipt.videos.make(account, {
    clientKey: crypto.randomUUID(),
    wish: { kind: 'topic', topic: 'Wasps', seconds: 10, language: 'en' },
    look: {
      format: '9:16',
      captionStyle: 'pop',
      voice: null,
      music: 'none',
      preset: 'draft',
      transition: 'cut',
    },
  });
  expect((await clipt.videos.view(account, runId)).status).toBe('queued');
  await expect(clipt.owner()).rejects.toMatchObject({ code: 'account_deleted' });
});

test('of many that give it up at once one does, and the others are told', async () => {
  const answers = await Promise.allSettled(
    Array.from({ length: 6 }, () => clipt.accountDeletion.schedule(person.account)),
  );
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const codes = answers.flatMap((each) => (each.status === 'rejected' ? each.reason.code : []));
  expect(new Set(codes)).toEqual(new Set(['account_deleted']));
});

test('after its time it cannot be restored: 410, purged yet or not', async () => {
  const { account } = person;
  await giveUp(person.cookie);
  const cookie = await signIn(account);
  await query(`update accounts set purge_after = now() - interval '1 s' where id = $1`, [account]);
  const late = await ask('POST', '/app/account/restore', { cookie });
  expect([late.status, late.json.code]).toEqual([410, 'account_purged']);
  await clipt.purge.run(null, new AbortController().signal);
  const gone = await ask('POST', '/app/account/restore', { cookie });
  expect([gone.status, gone.json.code]).toEqual([410, 'account_purged']);
  expect(gone.headers.get('set-cookie')).toContain('Max-Age=0');
  expect(await findAccount(clipt.db, account)).toBeNull();
});

test('giving up and restoring are on record', async () => {
  const { account } = person;
  await clipt.accountDeletion.schedule(account);
  await clipt.accountDeletion.restore(account);
  const actions = await query(
    `select action from audit.entries where subject = $1 order by seq desc limit 2`,
    [account],
  );
  expect(actions).toEqual([
    { action: 'account.restored' },
    { action: 'account.deletion_scheduled' },
  ]);
});
