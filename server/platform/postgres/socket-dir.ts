import { createHash } from 'node:crypto';
import { chown, lstat, mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrorCode } from './error-codes.ts';
import { unwritableFolder } from './errors.ts';
import type { ServerAccount } from './server-account.ts';

/** Port number in the socket's file name; nothing listens on TCP. */
export const SOCKET_PORT = 5432;
/** Shortest `sun_path` in use (macOS: 104 bytes with the ending NUL; Linux: 108). */
const MAX_SOCKET_PATH_BYTES = 103;

export const socketName = `.s.PGSQL.${SOCKET_PORT}`;

/**
 * The folder of the server's socket: the cluster's own (0700), or when that path is too long for a
 * socket a private one below /tmp, which every process finds from the cluster's path alone.
 */
export function socketDirOf(clusterDir: string, account: ServerAccount): string {
  if (Buffer.byteLength(join(clusterDir, socketName)) <= MAX_SOCKET_PATH_BYTES) return clusterDir;
  const hash = createHash('sha256').update(clusterDir).digest('hex').slice(0, 16);
  return join('/tmp', `clipt-${uidOf(account)}-${hash}`);
}

/** Makes a socket folder that is not the cluster's own, before a start. */
export async function makeSocketDir(
  socketDir: string,
  clusterDir: string,
  account: ServerAccount,
): Promise<void> {
  if (socketDir === clusterDir) return;
  try {
    await mkdir(socketDir, { mode: 0o700 });
    if (account.kind !== 'self') await chown(socketDir, account.uid, account.gid);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  }
  // /tmp is everybody's: a folder somebody else put there must not get our socket.
  const found = await lstat(socketDir);
  const isPrivate = found.isDirectory() && (found.mode & 0o077) === 0;
  // 0 is the moment between another process's mkdir and its chown.
  if (!isPrivate || (found.uid !== uidOf(account) && found.uid !== 0)) throw unwritableFolder();
}

/** Removes it after a stop; a server that another process started meanwhile keeps it. */
export async function removeSocketDir(socketDir: string, clusterDir: string): Promise<void> {
  if (socketDir !== clusterDir) await rmdir(socketDir).catch(() => undefined);
}

function uidOf(account: ServerAccount): number {
  return account.kind === 'self' ? (process.getuid?.() ?? 0) : account.uid;
}
