import { open, readFile, rename, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { asSpawnProblem } from './cluster.ts';
import { type ServerAccount, spawnAs } from './server-account.ts';
import { SOCKET_PORT } from './socket-dir.ts';

/** The log is emptied beyond this; the start before the last is kept in `postgres.log.1`. */
const MAX_LOG_BYTES = 1_048_576;
/** How much of what a failed start said is looked at. */
const MAX_REASON_BYTES = 16_384;

/** Everything one start of the server needs. */
export type ServerSetup = {
  readonly binaries: Binaries;
  readonly account: ServerAccount;
  readonly clusterDir: string;
  readonly socketDir: string;
  readonly logFile: string;
  /** Server settings over ours, by PostgreSQL's names. */
  readonly settings: Readonly<Record<string, string>>;
};

/** A server we started, until it is up (then it is on its own) or has ended. */
export type ServerProcess = {
  /** What it said before it ended; undefined while it runs. */
  failure(): Promise<string | undefined>;
};

/**
 * For one small studio: little memory, no replication, nothing on TCP. `fsync` stays on. The log
 * gets no statement, no parameter and no row value: errors belong to the client that made them.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: String(SOCKET_PORT),
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '32MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  max_parallel_workers_per_gather: '0',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
};

/**
 * Starts the server in a session of its own, so that neither Ctrl-C in our terminal nor our death
 * reaches it. Whether it came up is seen by connecting.
 */
export async function startServer(setup: ServerSetup): Promise<ServerProcess> {
  await boundLog(setup.logFile);
  const log = await open(setup.logFile, 'a', 0o600);
  const logStart = (await log.stat()).size;
  let ended = false;
  let spawnError: Error | undefined;
  try {
    const child = spawnAs(setup.account, setup.binaries.postgres, serverArgs(setup), {
      env: setup.binaries.env,
      stdio: ['ignore', log.fd, log.fd],
      cwd: '/',
      detached: true,
    });
    child.once('exit', () => {
      ended = true;
    });
    child.once('error', (error) => {
      spawnError = asSpawnProblem(error);
    });
    child.unref();
  } finally {
    await log.close();
  }
  return {
    async failure() {
      if (spawnError !== undefined) throw spawnError;
      return ended ? readFrom(setup.logFile, logStart) : undefined;
    },
  };
}

function serverArgs({ clusterDir, socketDir, settings }: ServerSetup): readonly string[] {
  // The setting is a list: quoted, so that a comma in a folder's name does not end the name.
  const quoted = `"${socketDir.replaceAll('"', '""')}"`;
  const all = { ...SETTINGS, ...settings, unix_socket_directories: quoted };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return [...options, '-D', clusterDir];
}

async function readFrom(path: string, start: number): Promise<string> {
  const text = await readFile(path);
  return text.subarray(Math.max(start, text.length - MAX_REASON_BYTES)).toString('utf8');
}

/** Moves a long log aside before a start. */
async function boundLog(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && found.size > MAX_LOG_BYTES) await rename(path, `${path}.1`);
}

/** Empties the log of a running server when it is long: the server appends, so it goes on at the start. */
export async function trimLog(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && found.size > MAX_LOG_BYTES) await truncate(path, 0);
}

/** True when sessions of a killed server still hold its memory. */
export const blockedByOrphans = (said: string): boolean =>
  /pre-existing shared memory block/.test(said);

/** Why a start failed, as far as it matters to what comes next. */
export function startFailureKind(said: string): 'rival' | 'full' | 'denied' | 'other' {
  if (blockedByOrphans(said) || /lock file .* (already exists|is empty)/.test(said)) return 'rival';
  if (/No space left on device|Disk quota exceeded/.test(said)) return 'full';
  if (/Permission denied/.test(said)) return 'denied';
  return 'other';
}

export const pidFilePath = (clusterDir: string): string => join(clusterDir, 'postmaster.pid');
