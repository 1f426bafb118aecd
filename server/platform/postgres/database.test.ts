import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/database.ts';
import { silentLog as log } from '../log.ts';
import { Problem } from '../problem.ts';
import { isUniqueViolation, openDatabase, retryOnLostConnection } from './database.ts';
import { integer, pgTable, sql, text } from './drizzle.ts';

const note = pgTable('note', { id: integer().primaryKey(), word: text().notNull() });

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.execute(sql`create table note (id integer primary key, word text not null)`);
});

afterAll(() => database.close());

async function thrownBy(work: () => Promise<unknown>): Promise<Problem> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Ends every other session of the database, as a server that goes away does. */
const dropSessions = (url: string) =>
  withClient(url, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    ),
  );

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await work(client);
  await client.end();
}

describe('errors', () => {
  test('carry neither the statement nor its parameters, but tell a taken key', async () => {
    const { db } = database;
    const insert = () => db.insert(note).values({ id: 1, word: 'a secret' });
    await insert();
    const problem = await thrownBy(async () => insert());
    expect(problem).toMatchObject({ kind: 'internal', code: 'database_rejected' });
    const shown = `${problem.message} ${problem.action} ${problem.stack}`;
    expect(shown).not.toMatch(/secret|insert into/);
    expect(isUniqueViolation(problem)).toBe(true);
    expect(isUniqueViolation(problem, 'note_pkey')).toBe(true);
    expect(isUniqueViolation(problem, 'other_key')).toBe(false);
  });

  test('of the caller pass through a transaction unchanged, and it is rolled back', async () => {
    const { db } = database;
    const ours = new Problem({ kind: 'conflict', code: 'changed_mind', message: 'No.' });
    const thrown = await thrownBy(() =>
      db.transaction(async (tx) => {
        await tx.insert(note).values({ id: 2, word: 'x' });
        throw ours;
      }),
    );
    expect(thrown).toBe(ours);
    expect(await db.select().from(note).where(sql`id = 2`)).toEqual([]);
  });

  test.each([
    ['nobody listens', 'postgresql://clipt@127.0.0.1:9/clipt', 'database_unavailable'],
    ['the socket is missing', 'postgresql://clipt@/clipt?host=/nowhere', 'database_unavailable'],
  ])('when %s say that the database cannot be reached', async (_, url, code) => {
    const problem = await thrownBy(() => openDatabase({ url, dataDir: '', log }));
    expect(problem).toMatchObject({ code, retryable: true });
  });
});

describe('transactions', () => {
  test('take the isolation they are given and nest by savepoints', async () => {
    const { db } = database;
    const level = await db.transaction(
      async (tx) => {
        await tx.insert(note).values({ id: 10, word: 'outer' });
        await tx
          .transaction(async (inner) => {
            await inner.insert(note).values({ id: 11, word: 'inner' });
            throw new Error('only the inner one');
          })
          .catch(() => undefined);
        const { rows } = await tx.execute<{ level: string }>(
          sql`select current_setting('transaction_isolation') as level`,
        );
        return rows[0]?.level;
      },
      { isolationLevel: 'serializable' },
    );
    expect(level).toBe('serializable');
    const ids = await db.select({ id: note.id }).from(note).where(sql`id in (10, 11)`);
    expect(ids).toEqual([{ id: 10 }]);
  });

  test('whose connection is lost give it back, so that the pool never runs dry', async () => {
    const small = await openDatabase({ url: database.url, dataDir: '', log, maxConnections: 1 });
    try {
      for (let round = 0; round < 3; round++) {
        const problem = await thrownBy(() =>
          small.db.transaction(async (tx) => {
            await dropSessions(database.url);
            await tx.execute(sql`select 1`);
          }),
        );
        expect(problem.code).toBe('database_unavailable');
      }
      const { rows } = await retryOnLostConnection(() => small.db.execute(sql`select 1 as one`));
      expect(rows).toEqual([{ one: 1 }]);
    } finally {
      await small.close();
    }
  });

  test('that went on from a failed statement do not end as if they had been stored', async () => {
    const { db } = database;
    const problem = await thrownBy(() =>
      db.transaction(async (tx) => {
        await tx.insert(note).values({ id: 30, word: 'lost' });
        await tx.execute(sql`select 1 / 0`).catch(() => undefined);
      }),
    );
    expect(problem.code).toBe('database_rolled_back');
    expect(await db.select().from(note).where(sql`id = 30`)).toEqual([]);
  });

  test('that give way to each other are worth a retry, and the retry succeeds', async () => {
    const { db } = database;
    await db.insert(note).values({ id: 20, word: '0' });
    const add = () =>
      retryOnLostConnection(() =>
        db.transaction(
          async (tx) => {
            const [row] = await tx.select().from(note).where(sql`id = 20`);
            const next = String(Number(row?.word) + 1);
            await tx.update(note).set({ word: next }).where(sql`id = 20`);
          },
          { isolationLevel: 'serializable' },
        ),
      );
    await Promise.all([1, 2, 3, 4].map(add));
    expect(await db.select().from(note).where(sql`id = 20`)).toEqual([{ id: 20, word: '4' }]);
  });
});

describe('listening', () => {
  test('hears what is sent, goes on after the connection was lost, and then says so', async () => {
    const heard: string[] = [];
    let reconnects = 0;
    const stop = await database.listen('news of today', {
      onMessage: (payload) => heard.push(payload),
      onReconnect: () => {
        reconnects += 1;
      },
    });
    const send = (word: string) =>
      retryOnLostConnection(() =>
        database.db.execute(sql`select pg_notify('news of today', ${word})`),
      );
    await send('one');
    await expect.poll(() => heard, { timeout: 20_000 }).toEqual(['one']);
    await dropSessions(database.url);
    await expect.poll(() => reconnects, { timeout: 20_000 }).toBe(1);
    await send('two');
    await expect.poll(() => heard, { timeout: 20_000 }).toEqual(['one', 'two']);
    await stop();
  });
});
