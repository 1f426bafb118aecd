import pg from 'pg';
import type { Log } from '../log.ts';
import { errorCode } from './error-codes.ts';

/** Longest one statement may run; a migration lifts it for itself. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** Longest wait for a row or table lock. */
const LOCK_TIMEOUT_MS = 15_000;
/** A transaction left open by lost code must not hold locks for ever. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** After the server's own limit: only a server that no longer answers gets this far. */
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_MS = 30_000;

/** Where to connect: a `DATABASE_URL`, or the parts. */
export type Target =
  | { readonly connectionString: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly database: string;
      readonly ssl: false;
    };

export type PoolOptions = {
  readonly target: Target;
  readonly applicationName: string;
  readonly maxConnections: number;
  /** Awaited before each checkout: while the server is being restarted, callers wait instead of failing. */
  readonly ready: () => Promise<void>;
  readonly log: Log;
};

/** A pool whose lost connections are logged and replaced, and never end the process. */
export function makePool(options: PoolOptions): pg.Pool {
  const { log } = options;
  const pool = new PatientPool(
    {
      ...options.target,
      application_name: options.applicationName,
      max: options.maxConnections,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    },
    options.ready,
  );
  pool.on('error', (error) => {
    // Of connections that end with the pool the server may be the first to say so.
    if (pool.ending) return;
    log.warn('database connection lost', { code: errorCode(error) ?? error.name });
  });
  // The pool listens to idle clients only; one that dies while in use would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: boolean | Error) => void,
) => void;

class PatientPool extends pg.Pool {
  readonly #ready: () => Promise<void>;

  constructor(config: pg.PoolConfig, ready: () => Promise<void>) {
    super(config);
    this.#ready = ready;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    if (callback === undefined) return this.#ready().then(() => super.connect());
    this.#ready().then(
      () => super.connect(callback),
      (error: Error) => callback(error, undefined, () => undefined),
    );
    return undefined;
  }
}
