import { execFile } from 'node:child_process';
import { link, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { hasErrorCode } from './error-codes.ts';

/** What a running server writes into `postmaster.pid` (PostgreSQL's pidfile.h gives the lines). */
export type PidFile = {
  readonly pid: number;
  /** Undefined until the server has made its socket. */
  readonly socketDir: string | undefined;
};

/** Reads the text of a `postmaster.pid`; undefined when it is not one, or not yet complete. */
export function parsePidFile(text: string): PidFile | undefined {
  const lines = text.split('\n');
  const pid = Number(lines[0]?.trim());
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const socketDir = lines[4]?.trim();
  return { pid, socketDir: socketDir === '' ? undefined : socketDir };
}

export async function readPidFile(path: string): Promise<PidFile | undefined> {
  try {
    return parsePidFile(await readFile(path, 'utf8'));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** A server writes its lock file in the moment that it makes it; one that stays empty is of a server that was killed then. */
const EMPTY_LOCK_MS = 1_000;

/**
 * Removes a lock file (`postmaster.pid`, or the socket's lock) for which the server would refuse to start: one that
 * names a process which is alive but is another program, its number reused after a crash or in a new container, and
 * one that was never written. Dead processes the server tells by itself.
 */
export async function removeStaleLock(path: string, clusterDir: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || !(await isStale(path, text, clusterDir))) return false;
  // Between the look and the removal another clipt may have started a server: taken aside first,
  // and put back unless it is still the file that was judged.
  const aside = `${path}.stale-${process.pid}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return false;
    throw error;
  }
  const same = (await readFile(aside, 'utf8')) === text;
  if (!same) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
  return same;
}

async function isStale(path: string, text: string, clusterDir: string): Promise<boolean> {
  if (text === '') {
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs > EMPTY_LOCK_MS;
  }
  const pid = parsePidFile(text)?.pid;
  return pid !== undefined && isAlive(pid) && !(await mayBeServer(pid, clusterDir));
}

/** True while a process has that number, whoever owns it; a zombie counts. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasErrorCode(error, 'EPERM');
  }
}

/** False only when the process surely is not the server of this cluster. */
async function mayBeServer(pid: number, clusterDir: string): Promise<boolean> {
  const command = process.platform === 'linux' ? await commandOnLinux(pid) : await commandByPs(pid);
  if (command === undefined) return true;
  const [program = ''] = command;
  if (!basename(program).startsWith('postgres')) return false;
  // The folder may have been moved under a running server, which its working directory follows.
  const workingDir = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return workingDir === clusterDir || command.includes(clusterDir);
}

async function commandOnLinux(pid: number): Promise<readonly string[] | undefined> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  } catch (error) {
    // Hidden from us (hidepid) is not the same as gone.
    return hasErrorCode(error, 'ENOENT', 'ESRCH') ? [] : undefined;
  }
}

const run = promisify(execFile);

async function commandByPs(pid: number): Promise<readonly string[] | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)], { timeout: 5_000 });
    const line = stdout.trim();
    // Paths may hold spaces; the server is started with its folder as the last argument.
    const [program = '', ...rest] = line.split(' -');
    const folder = rest.find((each) => each.startsWith('D '))?.slice(2);
    return folder === undefined ? [program] : [program, folder];
  } catch {
    return undefined;
  }
}
