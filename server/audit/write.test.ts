import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeTestAudit } from '../../tests/harness/audit.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { ensureOwner } from '../accounts/accounts.ts';
import type { AccountId } from '../platform/ids.ts';
import { asc } from '../platform/postgres/drizzle.ts';
import type { Audit, AuditEntry } from './audit.ts';
import { linkHash } from './chain.ts';
import { entries } from './schema.ts';

let database: TestDatabase;
let account: AccountId;
let audit: Audit;
beforeAll(async () => {
  database = await createTestDatabase();
  account = await ensureOwner(database.db);
  audit = makeTestAudit(database.db);
  await run('create table deed (n integer)');
});
afterAll(() => database.close());
beforeEach(() => run('delete from deed'));

const run = (statement: string) => database.pool.query(statement);
const rows = () => database.db.select().from(entries).orderBy(asc(entries.seq));
const deeds = async () => (await run('select n from deed order by n')).rows.map(({ n }) => n);
const entry = (detail: AuditEntry['detail'] = {}): AuditEntry => ({
  action: 'key.created',
  actor: { kind: 'user', accountId: account },
  subject: account,
  target: 'key_1',
  detail,
});

/** Checks every link by our own reckoning. */
async function expectUnbroken(): Promise<void> {
  let previous: Uint8Array = new Uint8Array(32);
  for (const [index, row] of (await rows()).entries()) {
    expect(row.seq).toBe(index + 1);
    expect(row.hash.toString('hex')).toBe(
      linkHash(previous, { ...row, at: row.at.toISOString() }).toString('hex'),
    );
    previous = row.hash;
  }
}

test('what is written tells what was done, by whom and to whom, and keeps none of it elsewhere', async () => {
  await database.db.transaction((tx) => audit.write(tx, entry({ scopes: 3 })));
  expect((await rows()).at(-1)).toMatchObject({
    action: 'key.created',
    actorKind: 'user',
    actorId: account,
    subject: account,
    entry: `{"action":"key.created","actor":{"account_id":"${account}","kind":"user"},"detail":{"scopes":3},"subject":"${account}","target":"key_1"}`,
  });
  expect((await run('select 1 from audit.inbox')).rows).toEqual([]);
  await expectUnbroken();
});

test('a transaction that comes to nothing leaves nothing on record, nor does a part that does', async () => {
  const before = await rows();
  await expect(
    database.db.transaction(async (tx) => {
      await audit.write(tx, entry());
      throw new Error('changed its mind');
    }),
  ).rejects.toThrow('changed its mind');
  expect(await rows()).toEqual(before);

  await database.db.transaction(async (tx) => {
    await tx
      .transaction(async (part) => {
        await audit.write(part, entry({ part: 1 }));
        throw new Error('changed its mind');
      })
      .catch(() => undefined);
    await audit.write(tx, entry({ part: 2 }));
  });
  const added = (await rows()).slice(before.length);
  expect(added.map((row) => JSON.parse(row.entry).detail)).toEqual([{ part: 2 }]);
  await expectUnbroken();
});

test('an action whose entry is refused does not happen', async () => {
  await expect(
    database.db.transaction(async (tx) => {
      await tx.execute('insert into deed values (1)');
      await audit.write(tx, entry({ reason: 'for jane@example.com' }));
    }),
  ).rejects.toMatchObject({ code: 'audit_entry_refused' });
  expect(await deeds()).toEqual([]);
});

test('an action whose entry the database cannot write does not happen', async () => {
  await run('alter table audit.entries add constraint full_up check (false) not valid');
  await expect(
    database.db.transaction(async (tx) => {
      await audit.write(tx, entry());
      await tx.execute('insert into deed values (1)');
    }),
  ).rejects.toMatchObject({ code: 'database_rejected' });
  await run('alter table audit.entries drop constraint full_up');
  expect(await deeds()).toEqual([]);
  await expectUnbroken();
});

test('parallel actions, some of which fail, make one unbroken chain', async () => {
  const before = (await rows()).length;
  const ends = await Promise.allSettled(
    Array.from({ length: 60 }, (_, n) =>
      database.db.transaction(async (tx) => {
        await audit.write(tx, entry({ n }));
        await tx.execute(`insert into deed values (${n})`);
        if (n % 3 === 0) await audit.write(tx, entry({ n, again: true }));
        if (n % 5 === 0) throw new Error('changed its mind');
      }),
    ),
  );
  const done = ends.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
  expect(done).toHaveLength(48);
  expect(await deeds()).toEqual(done);
  const added = (await rows()).slice(before).map((row) => JSON.parse(row.entry).detail.n);
  expect(added.toSorted((a, b) => a - b)).toEqual(
    done.flatMap((n) => (n % 3 === 0 ? [n, n] : [n])),
  );
  await expectUnbroken();
});

test('an action that goes on after its entry holds up no other', async () => {
  await database.db.transaction(async (slow) => {
    await audit.write(slow, entry({ slow: true }));
    await database.db.transaction((tx) => audit.write(tx, entry({ slow: false })));
    const last = (await rows()).at(-1);
    expect(JSON.parse(last?.entry ?? '{}').detail).toEqual({ slow: false });
  });
  await expectUnbroken();
});

test('whatever an entry holds, the database and we reckon the same hash, in any time zone', async () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((it) => !/\p{Cc}|@/u.test(it));
  await fc.assert(
    fc.asyncProperty(text, fc.double({ noNaN: true, noDefaultInfinity: true }), async (a, b) => {
      await database.db.transaction(async (tx) => {
        await tx.execute(
          `set local time zone 'America/St_Johns'; set local datestyle = 'SQL, DMY'`,
        );
        await audit.write(tx, entry({ a, b }));
      });
    }),
    { numRuns: 60 },
  );
  await expectUnbroken();
});
