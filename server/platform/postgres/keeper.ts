import pg from 'pg';
import { CLUSTER_USER } from './cluster.ts';
import { errorCode } from './error-codes.ts';
import { SOCKET_PORT } from './socket-dir.ts';

/** The database inside every embedded cluster. */
export const DATABASE_NAME = 'clipt';

/** Advisory lock that every user of the server holds shared: "clip" in ASCII, our own choice. */
const USERS_LOCK = 0x63_6c_69_70;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * One connection per process that says "this server is in use". The server itself counts the users
 * by a shared lock, which a killed process cannot forget to give back.
 */
export type Keeper = {
  /** Resolves when the connection is gone, however it went. */
  readonly ended: Promise<void>;
  /** Gives the lock back; true when nobody else holds it, and then nobody can take it any more. */
  leave(): Promise<boolean>;
  end(): Promise<void>;
};

export type Knock =
  | { readonly kind: 'in'; readonly keeper: Keeper }
  /** Nothing listens there. */
  | { readonly kind: 'absent' }
  /** A server is there that is coming up, going down, or too busy. */
  | { readonly kind: 'busy'; readonly cause: unknown }
  | { readonly kind: 'forbidden'; readonly cause: unknown };

/** Tries once to enter the server behind the socket and to count as its user. */
export async function knock(socketDir: string): Promise<Knock> {
  const client = makeClient(socketDir, DATABASE_NAME);
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  try {
    await client.connect();
    await client.query('select pg_advisory_lock_shared($1)', [USERS_LOCK]);
    return { kind: 'in', keeper: makeKeeper(client, ended) };
  } catch (error) {
    await client.end().catch(() => undefined);
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { kind: 'absent' };
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'forbidden', cause: error };
    if (code === '3D000') await createDatabase(socketDir);
    return { kind: 'busy', cause: error };
  }
}

function makeKeeper(client: pg.Client, ended: Promise<void>): Keeper {
  return {
    ended,
    async leave() {
      await client.query('select pg_advisory_unlock_shared($1)', [USERS_LOCK]);
      const { rows } = await client.query<{ last: boolean }>(
        'select pg_try_advisory_lock($1) as last',
        [USERS_LOCK],
      );
      return rows[0]?.last === true;
    },
    end: () => client.end(),
  };
}

/** Makes the database in a new cluster; a rival that made it first is fine. */
async function createDatabase(socketDir: string): Promise<void> {
  const client = makeClient(socketDir, 'postgres');
  try {
    await client.connect();
    await client.query(`create database ${DATABASE_NAME}`);
  } catch {
    // Made by another process, or the server went away: the next knock tells.
  } finally {
    await client.end().catch(() => undefined);
  }
}

function makeClient(socketDir: string, database: string): pg.Client {
  const client = new pg.Client({
    host: socketDir,
    port: SOCKET_PORT,
    user: CLUSTER_USER,
    database,
    ssl: false,
    application_name: 'clipt keeper',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Losing the connection is told by `end`; without a listener it would end the process.
  client.on('error', () => undefined);
  return client;
}
