import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { findBinaries } from './binaries.ts';
import { asFolderProblem, CLUSTER_USER, ensureCluster } from './cluster.ts';
import {
  databaseUnavailable,
  diskFull,
  foreignFolder,
  startFailed,
  unreachableFolder,
} from './errors.ts';
import { DATABASE_NAME, type Keeper, knock } from './keeper.ts';
import { endOrphanedSessions } from './orphans.ts';
import { readPidFile, removeStaleLock } from './pid-file.ts';
import { chooseAccount } from './server-account.ts';
import {
  blockedByOrphans,
  pidFilePath,
  type ServerProcess,
  type ServerSetup,
  startFailureKind,
  startServer,
  trimLog,
} from './server-process.ts';
import {
  makeSocketDir,
  removeSocketDir,
  SOCKET_PORT,
  socketDirOf,
  socketName,
} from './socket-dir.ts';

/** Crash recovery of a small cluster takes seconds; a start beyond this is stuck. */
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 10;
/** Starts that fail for no reason we know how to wait out. */
const MAX_UNEXPLAINED_FAILURES = 3;
const STOP_TIMEOUT_MS = 20_000;
const LOG_TRIM_INTERVAL_MS = 60_000;
/** Restarts within this time make the next one wait, doubling from the base up to the limit. */
const RESTART_WINDOW_MS = 60_000;
const RESTART_BASE_MS = 100;
const RESTART_LIMIT_MS = 5_000;

export type EmbeddedPostgresOptions = {
  /** clipt's data folder; made when missing. The cluster lies in `postgres` below it. */
  readonly dataDir: string;
  readonly log: Log;
  /** Ends the opening; afterwards it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** Server settings by PostgreSQL's names, over ours. Only the process that starts the server sets them. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
};

/** Where the embedded server is, in node-postgres's words. */
export type EmbeddedConnection = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
};

export type EmbeddedPostgres = {
  readonly connection: EmbeddedConnection;
  /** Resolves when the server can be used; while it is being restarted, after that. Rejects with a DatabaseProblem. */
  ready(): Promise<void>;
  /** Stops using the server, and stops it when no other process uses it. Safe to call again. */
  close(): Promise<void>;
};

/**
 * Opens the embedded PostgreSQL of a data folder: made, started, or adopted when another clipt
 * started it (and perhaps was killed since). Several processes may have it open at once; the last
 * one to close it stops it. A server that dies while it is open is started again.
 *
 * @throws DatabaseProblem with what to do about it.
 */
export async function openEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { log } = options;
  const setup = await prepare(options);
  let keeper = await enter(setup, log, options.signal);
  const closing = new AbortController();
  let current: Promise<void> = Promise.resolve();
  let restarts: readonly number[] = [];
  let failed = false;

  const reopen = async (): Promise<void> => {
    const now = Date.now();
    restarts = restarts.filter((at) => now - at < RESTART_WINDOW_MS);
    await delay(restartDelayMs(restarts.length), undefined, { signal: closing.signal });
    restarts = [...restarts, now];
    log.warn('embedded database lost, reopening', { count: restarts.length });
    keeper = await enter(setup, log, closing.signal);
    failed = false;
    watch(keeper);
  };
  const startReopening = () => {
    failed = false;
    current = reopen();
    current.catch(() => {
      failed = true;
      if (!closing.signal.aborted) log.error('embedded database cannot be reopened');
    });
  };
  const watch = (held: Keeper) => {
    void held.ended.then(() => {
      if (!closing.signal.aborted) startReopening();
    });
  };
  watch(keeper);

  const trimming = setInterval(() => {
    trimLog(setup.logFile).catch(() => undefined);
  }, LOG_TRIM_INTERVAL_MS);
  trimming.unref();

  let closed: Promise<void> | undefined;
  return {
    connection: {
      host: setup.socketDir,
      port: SOCKET_PORT,
      user: CLUSTER_USER,
      database: DATABASE_NAME,
    },
    ready() {
      if (closing.signal.aborted) return Promise.reject(databaseUnavailable());
      if (failed) startReopening();
      return current;
    },
    close() {
      closed ??= (async () => {
        clearInterval(trimming);
        closing.abort();
        await current.catch(() => undefined);
        await leave(setup, keeper, log);
      })();
      return closed;
    },
  };
}

/** Nothing for the first restart in a while, then doubling. */
function restartDelayMs(recentRestarts: number): number {
  if (recentRestarts === 0) return 0;
  return Math.min(RESTART_LIMIT_MS, RESTART_BASE_MS * 2 ** (recentRestarts - 1));
}

async function prepare(options: EmbeddedPostgresOptions): Promise<ServerSetup> {
  const dataDir = await prepareDataDir(options.dataDir);
  const clusterDir = join(dataDir, 'postgres');
  const binaries = await findBinaries(join(dataDir, 'postgres-lib'));
  const account = await chooseAccount(binaries, dataDir, clusterDir);
  const logFile = join(dataDir, 'postgres.log');
  const made = await ensureCluster(binaries, account, clusterDir, logFile, options.signal);
  options.log.debug('embedded database cluster', { status: made });
  return {
    binaries,
    account,
    clusterDir,
    socketDir: socketDirOf(clusterDir, account),
    logFile,
    settings: options.settings ?? {},
  };
}

async function prepareDataDir(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    return await realpath(path);
  } catch (error) {
    throw asFolderProblem(error);
  }
}

/** Enters the running server, starting one as often as it takes within the limits. */
async function enter(
  setup: ServerSetup,
  log: Log,
  signal: AbortSignal | undefined,
): Promise<Keeper> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let started: ServerProcess | undefined;
  let unexplained = 0;
  let rivals = 0;
  let cause: unknown;
  while (Date.now() < deadline) {
    signal?.throwIfAborted();
    const answer = await knock(setup.socketDir);
    if (answer.kind === 'in') return answer.keeper;
    if (answer.kind === 'busy') cause = answer.cause;
    if (answer.kind === 'forbidden') {
      throw setup.account.kind === 'self' ? foreignFolder() : unreachableFolder(answer.cause);
    }
    if (answer.kind === 'absent') {
      const said = await started?.failure();
      if (started === undefined) {
        await removeStaleLock(pidFilePath(setup.clusterDir), setup.clusterDir);
        await removeStaleLock(join(setup.socketDir, `${socketName}.lock`), setup.clusterDir);
        started = await start(setup);
      } else if (said !== undefined) {
        started = undefined;
        if (failureIsFinal(setup, said)) unexplained += 1;
        else rivals += 1;
        if (blockedByOrphans(said)) await endOrphanedSessions(setup.clusterDir);
        if (unexplained >= MAX_UNEXPLAINED_FAILURES) throw startFailed(new Error(said));
        log.debug('embedded database start failed', { attempt: unexplained + rivals });
        // Somebody else is starting or stopping it, or leftovers of a killed one are still going away.
        await delay(Math.min(500, POLL_MS * 2 ** rivals), undefined, { signal });
      }
    }
    await delay(POLL_MS, undefined, { signal });
  }
  throw startFailed(cause);
}

/** False for a rival, which time resolves; throws for what only the operator can resolve. */
function failureIsFinal(setup: ServerSetup, said: string): boolean {
  const kind = startFailureKind(said);
  if (kind === 'full') throw diskFull(new Error(said));
  if (kind === 'denied' && setup.account.kind === 'capable')
    throw unreachableFolder(new Error(said));
  return kind !== 'rival';
}

async function start(setup: ServerSetup): Promise<ServerProcess> {
  try {
    await makeSocketDir(setup.socketDir, setup.clusterDir, setup.account);
    return await startServer(setup);
  } catch (error) {
    throw asFolderProblem(error);
  }
}

/** Leaves the server; the last one out stops it and waits until it is down. */
async function leave(setup: ServerSetup, keeper: Keeper, log: Log): Promise<void> {
  try {
    if (await keeper.leave()) await stopServer(setup, log);
  } catch {
    log.debug('embedded database was gone before it was closed');
  } finally {
    await keeper.end().catch(() => undefined);
  }
}

async function stopServer(setup: ServerSetup, log: Log): Promise<void> {
  const pidFile = pidFilePath(setup.clusterDir);
  const server = await readPidFile(pidFile);
  if (server === undefined) return;
  // SIGINT is PostgreSQL's fast shutdown: sessions end, everything is written, nothing to recover.
  process.kill(server.pid, 'SIGINT');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while ((await readPidFile(pidFile))?.pid === server.pid) {
    if (Date.now() > deadline) {
      log.warn('embedded database is slow to stop', { pid: server.pid });
      return;
    }
    await delay(POLL_MS);
  }
  await removeSocketDir(setup.socketDir, setup.clusterDir);
}
