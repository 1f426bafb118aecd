import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { ensureOwner } from '../accounts/accounts.ts';
import { SCOPES } from '../platform/http/endpoint.ts';
import type { AccountId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { openDatabase } from '../platform/postgres/database.ts';
import { makeKey } from './key-format.ts';
import { type KeyChange, makeKeys } from './keys.ts';
import * as store from './store.ts';

let database: TestDatabase;
let account: AccountId;
beforeAll(async () => {
  database = await createTestDatabase();
  account = await ensureOwner(database.db);
});
afterAll(() => database.close());

const wish = { name: 'laptop', scopes: [...SCOPES], expiresAt: null };
const unrecorded = async () => undefined;
const open = () => makeKeys({ db: database.db, log: silentLog, record: unrecorded });
const run = (statement: string, values: unknown[] = []) => database.pool.query(statement, values);

test('a key is its account’s, with the scopes it was made with and no other', async () => {
  const keys = open();
  const { text, row } = await keys.create(account, {
    ...wish,
    scopes: ['videos:read', 'videos:read'],
  });
  expect(await keys.verify(text)).toEqual({
    accountId: account,
    keyId: row.id,
    publicId: row.publicId,
    scopes: new Set(['videos:read']),
  });
  expect(row.scopes).toEqual(['videos:read']);
});

test('a scope that is no more gives nothing', async () => {
  const keys = open();
  const { text, row } = await keys.create(account, wish);
  await run(`update api_keys set scopes = '{videos:read,everything}' where id = $1`, [row.id]);
  expect((await keys.verify(text))?.scopes).toEqual(new Set(['videos:read']));
});

test('what is no key costs no query; a well-formed one that nobody was given costs one and is nobody’s', async () => {
  const other = await createTestDatabase();
  const keys = makeKeys({ db: other.db, log: silentLog, record: unrecorded });
  const stranger = makeKey().text;
  expect(await keys.verify(stranger)).toBeNull();
  await other.close();
  const mistyped = stranger.slice(0, -1) + (stranger.endsWith('0') ? '1' : '0');
  for (const text of ['', 'clipt_live_', mistyped, `${stranger} `, `x${stranger}`]) {
    expect(await keys.verify(text)).toBeNull();
  }
  await expect(keys.verify(stranger)).rejects.toThrow();
});

test('a key with the right beginning and another secret is nobody’s', async () => {
  const keys = open();
  const { row } = await keys.create(account, wish);
  const forged = makeKey();
  // The forger knows what may be seen of the key, and makes a sound checksum.
  await run('update api_keys set public_id = $1 where id = $2', [forged.publicId, row.id]);
  expect(await keys.verify(forged.text)).toBeNull();
});

test('requests that come together are told apart', async () => {
  const keys = open();
  const made = await Promise.all(Array.from({ length: 8 }, () => keys.create(account, wish)));
  const strangers = Array.from({ length: 8 }, () => makeKey().text);
  const answers = await Promise.all(
    made.flatMap(({ text }, index) => [keys.verify(text), keys.verify(strangers[index] ?? '')]),
  );
  expect(answers.map((answer) => answer?.keyId ?? null)).toEqual(
    made.flatMap(({ row }) => [row.id, null]),
  );
  for (const { row } of made) await keys.revoke(account, row.id);
});

test('no table holds the text of a key that was issued, whole, in part or encoded', async () => {
  const keys = open();
  const first = await keys.create(account, wish);
  const second = await keys.rotate(account, first.row.id, 24);
  const { rows } = await run(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  const dump: string[] = [];
  for (const { name } of rows) {
    const content = await run(`select row_to_json(t)::text as text from "${name}" t`);
    dump.push(...content.rows.map(({ text }) => String(text)));
  }
  const everything = dump.join('\n');
  for (const { text } of [first, second]) {
    const secret = text.slice(24, 56);
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(secret.slice(0, 12));
    expect(everything).not.toContain(Buffer.from(text).toString('base64').slice(0, 60));
    expect(everything).not.toContain(Buffer.from(text).toString('hex'));
  }
  // The search does find what is stored.
  expect(everything).toContain(second.row.publicId);
});

test('a revoked key is nobody’s from the next request on, in every process', async () => {
  const [here, there] = [open(), open()];
  const { text, row } = await here.create(account, wish);
  expect(await there.verify(text)).not.toBeNull();
  await here.revoke(account, row.id);
  expect(await there.verify(text)).toBeNull();
  expect((await here.list(account)).map(({ id }) => id)).not.toContain(row.id);
  await expect(here.revoke(account, row.id)).rejects.toMatchObject({ code: 'key_not_found' });
  await expect(here.rotate(account, row.id, 0)).rejects.toMatchObject({ code: 'key_not_found' });
});

test('an expired key is nobody’s, and cannot be given a new text', async () => {
  const keys = open();
  const expiresAt = new Date(Date.now() + 60_000);
  const { text, row } = await keys.create(account, { ...wish, expiresAt });
  expect(await keys.verify(text)).not.toBeNull();
  await run(`update api_keys set expires_at = now() - interval '1 second' where id = $1`, [row.id]);
  expect(await keys.verify(text)).toBeNull();
  await expect(keys.rotate(account, row.id, 24)).rejects.toMatchObject({ code: 'key_not_found' });
});

test('without grace a rotation ends the key before at once', async () => {
  const keys = open();
  const first = await keys.create(account, wish);
  const second = await keys.rotate(account, first.row.id, 0);
  expect(await keys.verify(first.text)).toBeNull();
  expect((await keys.verify(second.text))?.keyId).toBe(first.row.id);
});

test('the key before is nobody’s after its grace, also when it comes together with the new one', async () => {
  const keys = open();
  const { text, row } = await keys.create(account, wish);
  const next = await keys.rotate(account, row.id, 24);
  const both = () => Promise.all([keys.verify(next.text), keys.verify(text)]);
  expect(await both()).toMatchObject([{ keyId: row.id }, { keyId: row.id }]);
  const ids = [row.publicId, next.row.publicId];
  expect([...(await keys.stillLive(ids))].sort()).toEqual(ids.toSorted());
  await run('update api_keys set former_until = now() where id = $1', [row.id]);
  expect(await both()).toMatchObject([{ keyId: row.id }, null]);
  expect([...(await keys.stillLive(ids))]).toEqual([next.row.publicId]);
});

test('with grace the key before works until then, and never after a revocation', async () => {
  const keys = open();
  const first = await keys.create(account, wish);
  const second = await keys.rotate(account, first.row.id, 24);
  expect((await keys.verify(first.text))?.keyId).toBe(first.row.id);
  const { rows } = await run(
    `select former_until > now() + interval '23 hours' and former_until <= now() + interval '24 hours' as fits
     from api_keys where id = $1`,
    [first.row.id],
  );
  expect(rows).toEqual([{ fits: true }]);
  await run('update api_keys set former_until = now() where id = $1', [first.row.id]);
  expect(await keys.verify(first.text)).toBeNull();
  expect(await keys.verify(second.text)).not.toBeNull();

  await keys.rotate(account, first.row.id, 24);
  await keys.revoke(account, first.row.id);
  expect(await keys.verify(second.text)).toBeNull();
});

test('another account’s key is like one that is not there', async () => {
  const keys = open();
  const { text, row } = await keys.create(account, wish);
  const stranger: AccountId = 'acc_00000000000000000000000000000000';
  await expect(keys.revoke(stranger, row.id)).rejects.toMatchObject({ code: 'key_not_found' });
  await expect(keys.rotate(stranger, row.id, 0)).rejects.toMatchObject({ code: 'key_not_found' });
  expect(await keys.list(stranger)).toEqual([]);
  expect(await keys.verify(text)).not.toBeNull();
});

test('when a key was last used is noted at most once a minute', async () => {
  const keys = open();
  const { text, row } = await keys.create(account, wish);
  const lastUsed = async () => {
    const found = await run('select last_used_at as at from api_keys where id = $1', [row.id]);
    return found.rows[0]?.at?.toISOString() ?? null;
  };
  await Promise.all(Array.from({ length: 50 }, () => keys.verify(text)));
  await expect.poll(lastUsed).not.toBeNull();
  const first = await lastUsed();
  // A process that has not noted anything yet is told by the row.
  await store.markUsed(database.db, row.id);
  expect(await lastUsed()).toBe(first);
  await run(`update api_keys set last_used_at = now() - interval '2 minutes' where id = $1`, [
    row.id,
  ]);
  await open().verify(text);
  await expect.poll(async () => ((await lastUsed()) ?? '') > (first ?? '')).toBe(true);
});

test('the look-up of keys is planned once, not at every request', async () => {
  const { url } = database;
  const single = await openDatabase({ url, dataDir: '', log: silentLog, maxConnections: 1 });
  const keys = makeKeys({ db: single.db, log: silentLog, record: unrecorded });
  const { text } = await keys.create(account, wish);
  // Postgres looks at five plans of its own before it settles on one.
  for (let time = 0; time < 7; time += 1) expect(await keys.verify(text)).not.toBeNull();
  const { rows } = await single.pool.query(
    `select custom_plans::int, generic_plans::int from pg_prepared_statements
     where name = 'api_keys_by_public_ids'`,
  );
  await single.close();
  expect(rows).toEqual([{ custom_plans: 5, generic_plans: 2 }]);
});

test('of many keys made at once, an account has 50 that work and not one more', async () => {
  await run('delete from api_keys');
  const keys = open();
  const ends = await Promise.allSettled(
    Array.from({ length: 60 }, () => keys.create(account, wish)),
  );
  const made = ends.filter(({ status }) => status === 'fulfilled');
  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
  expect(made).toHaveLength(50);
  expect(refused).toEqual(Array.from({ length: 10 }, () => 'too_many_keys'));
  // Expired and revoked ones do not count.
  const [one, two] = await keys.list(account);
  await keys.revoke(account, one?.id ?? 'key_');
  await run(`update api_keys set expires_at = now() where id = $1`, [two?.id]);
  await keys.create(account, wish);
  await keys.create(account, wish);
  await expect(keys.create(account, wish)).rejects.toMatchObject({ code: 'too_many_keys' });
});

test('what becomes of a key goes on record in the transaction that does it, with the row as it is then', async () => {
  await run('delete from api_keys');
  const changes: KeyChange[] = [];
  const keys = makeKeys({
    ...{ db: database.db, log: silentLog },
    async record(tx, change) {
      // What the transaction sees that nobody else does yet.
      const { rows } = await tx.execute(`select 1 from api_keys where id = '${change.row.id}'`);
      expect(rows).toHaveLength(1);
      changes.push(change);
    },
  });
  const { row } = await keys.create(account, wish);
  const rotated = await keys.rotate(account, row.id, 1);
  await keys.revoke(account, row.id);
  expect(changes.map(({ what }) => what)).toEqual(['created', 'rotated', 'revoked']);
  expect(changes.map((change) => change.row.publicId)).toEqual([
    row.publicId,
    rotated.row.publicId,
    rotated.row.publicId,
  ]);
  await expect(keys.revoke(account, row.id)).rejects.toMatchObject({ code: 'key_not_found' });
  expect(changes).toHaveLength(3);
});

test('what cannot go on record does not happen to a key', async () => {
  const { text, row } = await open().create(account, wish);
  const before = (await open().list(account)).length;
  const keys = makeKeys({
    ...{ db: database.db, log: silentLog },
    record: () => Promise.reject(new Error('The record is full.')),
  });
  await expect(keys.create(account, wish)).rejects.toThrow();
  await expect(keys.rotate(account, row.id, 0)).rejects.toThrow();
  await expect(keys.revoke(account, row.id)).rejects.toThrow();
  expect(await open().list(account)).toHaveLength(before);
  expect(await open().verify(text)).not.toBeNull();
});
