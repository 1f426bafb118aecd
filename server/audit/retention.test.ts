import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addAccount } from '../../tests/harness/accounts.ts';
import { EIGHTEEN_MONTHS, ZONES } from '../../tests/harness/audit.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { pruneMatches } from '../moderation/moderation.ts';
import type { AccountId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { type SQL, sql } from '../platform/postgres/drizzle.ts';
import { pruneLooks } from '../support/store.ts';

let database: TestDatabase;
let person: AccountId;
let admin: AccountId;
beforeAll(async () => {
  database = await createTestDatabase();
  [person, admin] = [await addAccount(database.db), await addAccount(database.db)];
});
afterAll(() => database.close());
beforeEach(() => database.pool.query('delete from moderation_matches; delete from impersonations'));

/** What goes after 18 months: a row that was made then, and what removes it. */
const kinds = {
  'what moderation refused': {
    prune: pruneMatches,
    add: (count: number, at: SQL) => sql`
      insert into moderation_matches (id, account_id, category, rule_id, created_at)
      select 'mod_' || n, ${person}, 'sexual', 'sex-1', ${at} from generate_series(1, ${count}::int) n`,
    left: 'select count(*)::int as count from moderation_matches',
  },
  'looks of staff': {
    prune: pruneLooks,
    add: (count: number, at: SQL) => sql`
      insert into impersonations (id, token_hash, account_id, admin_id, session_id, reason,
        created_at, expires_at, ended_at, ending)
      select 'imp_' || n, sha256(n::text::bytea), ${person}, ${admin}, 'ses_' || n, 'They asked for it.',
        at, at + interval '30 minutes', at, 'stopped'
      from generate_series(1, ${count}::int) n, (select ${at} as at)`,
    left: 'select count(*)::int as count from impersonations',
  },
};

const timestamp = (time: number) => sql`${new Date(time).toISOString()}::timestamptz`;

async function inZone(zone: string, prune: (db: Database) => Promise<number>): Promise<number> {
  return await database.db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('TimeZone', ${zone}, true)`);
    return await prune(tx);
  });
}

describe.each(Object.entries(kinds))('%s', (_, { prune, add, left }) => {
  const count = async () => (await database.pool.query(left)).rows[0].count;

  test.each(EIGHTEEN_MONTHS)(
    'of %s goes after 18 months and not before, in every time zone',
    async (_day, at, over) => {
      const end = Date.parse(over);
      for (const zone of ZONES) {
        await database.db.execute(add(1, timestamp(Date.parse(at))));
        expect(await inZone(zone, (db) => prune(db, timestamp(end - 1)))).toBe(0);
        expect(await inZone(zone, (db) => prune(db, timestamp(end)))).toBe(1);
        expect(await inZone(zone, (db) => prune(db, timestamp(end)))).toBe(0);
      }
    },
  );

  test('goes twenty thousand at a time, by the clock of the database, and what is younger stays', async () => {
    await database.db.execute(add(20_001, sql`now() - interval '20 months'`));
    expect(await prune(database.db)).toBe(20_000);
    expect(await count()).toBe(1);
    expect(await prune(database.db)).toBe(1);
    await database.db.execute(add(3, sql`now() - interval '17 months'`));
    expect(await prune(database.db)).toBe(0);
    expect(await count()).toBe(3);
  });
});

test('a look that nobody has ended yet stays: its end is not on record', async () => {
  const { add, left } = kinds['looks of staff'];
  await database.db.execute(add(1, sql`now() - interval '20 months'`));
  await database.pool.query('update impersonations set ended_at = null, ending = null');
  expect(await pruneLooks(database.db)).toBe(0);
  expect((await database.pool.query(left)).rows).toEqual([{ count: 1 }]);
});
