import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import { asDatabaseProblem } from './driver-problems.ts';
import { type EmbeddedPostgres, openEmbeddedPostgres } from './embedded.ts';
import { databaseTooOld } from './errors.ts';
import { type Listener, makeListener } from './listener.ts';
import { makePool, type Target } from './pool.ts';
import { type Database, makeDatabase } from './session.ts';

export { asDatabaseProblem, isUniqueViolation } from './driver-problems.ts';
export { retryOnLostConnection } from './retry.ts';
export type { Database } from './session.ts';

/** Enough for one process on two cores; the server allows 100 in all. */
const DEFAULT_MAX_CONNECTIONS = 10;
const POOL_END_LIMIT_MS = 5_000;
/** The oldest major version whose features the migrations use. */
const MIN_SERVER_VERSION = 160_000;

export type DatabaseOptions = {
  /** `DATABASE_URL`; absent means the embedded server of the data folder. */
  readonly url?: string | undefined;
  readonly dataDir: string;
  readonly log: Log;
  /** Ends the opening; afterwards it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** Connections this process may hold, the listener apart. Default 10. */
  readonly maxConnections?: number | undefined;
  /** How the connections are called in the server's list of sessions. Default `clipt`. */
  readonly applicationName?: string | undefined;
};

export type OpenDatabase = {
  readonly db: Database;
  /** For what speaks to node-postgres itself: the migrations and the queue. */
  readonly pool: pg.Pool;
  readonly listen: Listener['listen'];
  /** Closes every connection; the embedded server stops with its last user. Safe to call again. */
  close(): Promise<void>;
};

/**
 * Opens the database: the server of `url`, else the embedded one. Statements are limited to 30 s,
 * lock waits to 15 s, and an idle transaction to 60 s.
 *
 * @throws DatabaseProblem when it cannot be reached, does not let us in, or is too old.
 */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  if (options.url !== undefined) {
    const opened = connectTo(options, { connectionString: options.url }, undefined);
    try {
      await requireVersion(opened.pool);
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  }
  const { dataDir, log, signal } = options;
  const embedded = await openEmbeddedPostgres({ dataDir, log, signal });
  return connectTo(options, { ...embedded.connection, ssl: false }, embedded);
}

function connectTo(
  options: DatabaseOptions,
  target: Target,
  embedded: EmbeddedPostgres | undefined,
): OpenDatabase {
  const { log, applicationName = 'clipt' } = options;
  const ready = () => embedded?.ready() ?? Promise.resolve();
  const maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  const pool = makePool({ target, applicationName, maxConnections, ready, log });
  const listener = makeListener({
    log,
    async makeClient() {
      await ready();
      return new pg.Client({
        ...target,
        application_name: `${applicationName} listener`,
        connectionTimeoutMillis: 10_000,
        keepAlive: true,
      });
    },
  });
  let closed: Promise<void> | undefined;
  return {
    db: makeDatabase(pool),
    pool,
    listen: listener.listen,
    close() {
      closed ??= (async () => {
        await listener.close();
        // A connection that somebody never gave back must not keep the process for ever.
        await Promise.race([pool.end(), delay(POOL_END_LIMIT_MS, undefined, { ref: false })]);
        await embedded?.close();
      })();
      return closed;
    },
  };
}

async function requireVersion(pool: pg.Pool): Promise<void> {
  const { rows } = await pool
    .query<{ number: number; text: string }>(
      `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`,
    )
    .catch((error: unknown) => {
      throw asDatabaseProblem(error);
    });
  const [version] = rows;
  if (version !== undefined && version.number < MIN_SERVER_VERSION) {
    throw databaseTooOld(version.text);
  }
}
