import type {
  NodePgTransaction as Nested,
  NodePgQueryResultHKT,
  NodePgSession as Session,
} from 'drizzle-orm/node-postgres';
import type {
  PgDialect as Dialect,
  PgDatabase,
  PgTransactionConfig,
  PreparedQueryConfig,
} from 'drizzle-orm/pg-core';
import type pg from 'pg';
import { asDatabaseProblem } from './driver-problems.ts';
import { NodePgDatabase, NodePgSession, NodePgTransaction, PgDialect, sql } from './drizzle.ts';
import { databaseRolledBack } from './errors.ts';

type NoSchema = Record<string, never>;

/** The query builder, on the pool or inside a transaction: what stores take as their argument. */
export type Database = PgDatabase<NodePgQueryResultHKT, NoSchema>;

type Transaction = Nested<NoSchema, NoSchema>;

/** The query builder over a pool. Whatever fails comes out as a Problem without SQL or parameters. */
export function makeDatabase(pool: pg.Pool): Database {
  const dialect = new PgDialect();
  return new NodePgDatabase(dialect, new SafeSession(pool, pool, dialect), undefined);
}

/**
 * The library's session with three things mended: its errors carry the statement and its parameters
 * in their message; its transaction keeps a client for ever when `begin` fails and hides the
 * first error when `rollback` does; and it takes a commit that rolled back for one that stored.
 */
class SafeSession extends NodePgSession<NoSchema, NoSchema> {
  readonly #pool: pg.Pool;

  constructor(client: pg.Pool | pg.PoolClient, pool: pg.Pool, dialect: Dialect) {
    super(client, dialect, undefined);
    this.#pool = pool;
  }

  override prepareQuery<T extends PreparedQueryConfig = PreparedQueryConfig>(
    ...args: Parameters<Session<NoSchema, NoSchema>['prepareQuery']>
  ) {
    const prepared = super.prepareQuery<T>(...args);
    const execute = prepared.execute.bind(prepared);
    prepared.execute = (values) => execute(values).catch(rethrow);
    return prepared;
  }

  override async transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    config?: PgTransactionConfig,
  ): Promise<T> {
    const client = await this.#pool.connect().catch(rethrow);
    const session = new SafeSession(client, this.#pool, this.dialect);
    const tx: Transaction = new NodePgTransaction(this.dialect, session, undefined);
    let broken = false;
    try {
      await tx.execute(sql`begin`);
      if (config !== undefined) await tx.setTransaction(config);
      const result = await work(tx);
      // After a failed statement that the work went on from, the server answers a commit by rolling back.
      const { command } = await tx.execute(sql`commit`);
      if (command !== 'COMMIT') throw databaseRolledBack();
      return result;
    } catch (error) {
      await tx.execute(sql`rollback`).catch(() => {
        broken = true;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

function rethrow(error: unknown): never {
  throw asDatabaseProblem(error);
}
