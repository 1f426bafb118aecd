import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestAudit, trialEntry } from '../../tests/harness/audit.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { silentLog } from '../platform/log.ts';
import { openDatabase } from '../platform/postgres/database.ts';
import { migrate } from '../platform/postgres/migrate.ts';

const MIGRATIONS_DIR = join(import.meta.dirname, '..', 'migrations');

let server: TestDatabase;
beforeAll(async () => {
  server = await createTestDatabase();
});
afterAll(() => server.close());

/** Every way to touch what was written, and a way around the triggers. */
const TOUCHES = [
  `update audit.entries set entry = '{}'`,
  'delete from audit.entries',
  'truncate audit.entries',
  'update audit.checkpoint set seq = 1',
  'delete from audit.checkpoint',
  'truncate audit.checkpoint',
  `insert into audit.checkpoint (only_row, seq, hash) select true, 9, hash from audit.checkpoint`,
];
const BYPASSES = [
  `insert into audit.entries (entry) values ('{"action":"forged","actor":{"kind":"system"}}')`,
  'delete from audit.inbox',
  'alter table audit.entries disable trigger check_delete',
  'alter table audit.entries owner to current_user',
  'drop trigger check_delete on audit.entries',
  'drop table audit.entries',
  'drop schema audit cascade',
  'create or replace function audit.check_delete() returns trigger language sql return old',
];

const denied = expect.objectContaining({ code: '42501' });

/** A migrated database of a user of its own, with one entry in it. */
async function openFor(abilities: string) {
  const user = `user_${randomBytes(4).toString('hex')}`;
  await server.pool.query(`create role ${user} login ${abilities}`);
  await server.pool.query(`create database ${user} owner ${user}`);
  const url = server.url.replace(/\/\/[^@]*@\/[^?]*/, `//${user}@/${user}`);
  const database = await openDatabase({ url, dataDir: '', log: silentLog });
  await migrate({ pool: database.pool, dir: MIGRATIONS_DIR, log: silentLog });
  await makeTestAudit(database.db).write(database.db, trialEntry());
  return {
    ...database,
    user,
    async [Symbol.asyncDispose]() {
      await database.close();
      await server.pool.query(`drop database ${user}`);
      await server.pool.query(`drop role ${user}`);
      await server.pool.query(`drop role if exists ${user}_audit`);
    },
  };
}

async function countEntries(pool: pg.Pool): Promise<number> {
  return (await pool.query('select 1 from audit.entries')).rows.length;
}

test('a user who may make roles can hand in and read, and nothing else', async () => {
  await using database = await openFor('createrole');
  const { pool, user } = database;
  for (const statement of [...TOUCHES, ...BYPASSES, `set role ${user}_audit`]) {
    await expect(pool.query(statement), statement).rejects.toEqual(denied);
  }
  expect(await countEntries(pool)).toBe(1);
  const { rows } = await pool.query(
    `select rolcanlogin, pg_has_role(current_user, pg_roles.oid, 'usage') as usage, pg_has_role(current_user, pg_roles.oid, 'set') as "set"
     from pg_roles join pg_namespace on nspowner = pg_roles.oid where nspname = 'audit'`,
  );
  expect(rows).toEqual([{ rolcanlogin: false, usage: false, set: false }]);
  expect(await makeTestAudit(database.db).keeper()).toBe('role');
});

test('for a user who may not make roles the triggers keep the rules', async () => {
  await using database = await openFor('');
  for (const statement of TOUCHES) {
    await expect(database.pool.query(statement), statement).rejects.toEqual(denied);
  }
  expect(await countEntries(database.pool)).toBe(1);
  expect(await makeTestAudit(database.db).keeper()).toBe('triggers');
});

test('what docs/operations.md has an administrator do afterwards makes it as if the user had made the role', async () => {
  await using database = await openFor('');
  const { pool, user } = database;
  const text = await readFile(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  const [, statements = ''] = /```sql\n(create role clipt_audit[^`]*)```/.exec(text) ?? [];
  const client = new pg.Client({ connectionString: server.url.replace(/@\/[^?]*/, `@/${user}`) });
  await client.connect();
  await client.query(statements.replace(/\bclipt(?=_audit\b|\b)/g, user));
  await client.end();

  const audit = makeTestAudit(database.db);
  await audit.write(database.db, trialEntry());
  await audit.prune();
  for (const statement of [...TOUCHES, ...BYPASSES]) {
    await expect(pool.query(statement), statement).rejects.toEqual(denied);
  }
  expect(await countEntries(pool)).toBe(2);
  expect(await audit.keeper()).toBe('role');
});

test('a role that somebody signs in as is given nothing', async () => {
  const name = `user_${randomBytes(4).toString('hex')}`;
  await server.pool.query(`create role ${name} superuser login`);
  await server.pool.query(`create role ${name}_audit login`);
  await server.pool.query(`create database ${name} owner ${name}`);
  const url = server.url.replace(/\/\/[^@]*@\/[^?]*/, `//${name}@/${name}`);
  const database = await openDatabase({ url, dataDir: '', log: silentLog });
  await migrate({ pool: database.pool, dir: MIGRATIONS_DIR, log: silentLog });
  const { rows } = await database.pool.query(
    `select nspowner::regrole::text as owner from pg_namespace where nspname = 'audit'`,
  );
  expect(rows).toEqual([{ owner: name }]);
  await database.close();
  await server.pool.query(`drop database ${name}`);
  await server.pool.query(`drop role ${name}, ${name}_audit`);
});

test('for a superuser, and in sessions that replicate, the triggers keep the rules as well', async () => {
  await makeTestAudit(server.db).write(server.db, trialEntry());
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  for (const setting of ['origin', 'replica']) {
    await client.query(`set session_replication_role = ${setting}`);
    for (const statement of TOUCHES) {
      await expect(client.query(statement), statement).rejects.toEqual(denied);
    }
  }
  await client.end();
  expect(await countEntries(server.pool)).toBe(1);
  expect(await makeTestAudit(server.db).keeper()).toBe('superuser');
});

test('whoever inserts a row by hand gets the next place in the chain, whatever they ask for', async () => {
  await server.pool.query(
    `insert into audit.entries (seq, at, entry, hash)
     values (99, '2020-01-01', '{"action":"session.began","actor":{"kind":"system"}}', decode(repeat('00', 32), 'hex'))`,
  );
  const { rows } = await server.pool.query(
    `select seq::int, at > now() - interval '1 minute' as recent, hash = decode(repeat('00', 32), 'hex') as forged
     from audit.entries order by seq desc limit 1`,
  );
  expect(rows).toEqual([{ seq: 2, recent: true, forged: false }]);
});
