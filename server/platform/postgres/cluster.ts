import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { hasErrorCode } from './error-codes.ts';
import {
  brokenCluster,
  diskFull,
  initFailed,
  namelessUser,
  otherMajorVersion,
  unreachableFolder,
  unsupportedPlatform,
  unwritableFolder,
} from './errors.ts';
import { type ServerAccount, spawnAs } from './server-account.ts';

/** Superuser of every embedded cluster. Only who may enter the socket's private folder can be it. */
export const CLUSTER_USER = 'clipt';

const INIT_TIMEOUT_MS = 120_000;
/** Longest text of a failed program that is kept. */
const MAX_OUTPUT_CHARS = 16_384;
/** A half-made cluster untouched for so long belongs to a process that was killed. */
const LEFTOVER_AGE_MS = 10 * 60_000;

/**
 * Makes sure `clusterDir` holds a cluster of our major version; makes one when there is none. It is
 * made under another name and renamed when complete, so a kill leaves nothing half-made, and of two
 * processes that make it at once one wins and the other uses the winner's.
 *
 * @throws DatabaseProblem for another major version, a folder that is not a cluster, no space, no right to write.
 */
export async function ensureCluster(
  binaries: Binaries,
  account: ServerAccount,
  clusterDir: string,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<'found' | 'made'> {
  await removeLeftovers(clusterDir);
  const major = await readMajor(clusterDir);
  if (major === binaries.major) return 'found';
  if (major !== undefined) throw otherMajorVersion(major, binaries.major);
  const draft = `${clusterDir}.new-${randomBytes(6).toString('hex')}`;
  try {
    await makeDraft(draft, account);
    await runInitdb(binaries, account, draft, logFile, signal);
    await publish(draft, clusterDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return 'made';
}

/** The major version of the cluster, undefined when there is no folder. */
async function readMajor(clusterDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(clusterDir, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (hasErrorCode(error, 'EACCES', 'EPERM')) throw unwritableFolder(error);
    if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  const folder = await stat(clusterDir).catch(() => undefined);
  if (folder === undefined) return undefined;
  // An empty folder is what an operator's mkdir leaves; anything else is not ours to replace.
  if (folder.isDirectory() && (await readdir(clusterDir)).length === 0) return undefined;
  throw brokenCluster();
}

async function makeDraft(draft: string, account: ServerAccount): Promise<void> {
  try {
    await mkdir(draft, { mode: 0o700 });
  } catch (error) {
    throw asFolderProblem(error);
  }
  if (account.kind === 'self') return;
  try {
    await chown(draft, account.uid, account.gid);
  } catch (error) {
    // A root without the rights of root (a container that dropped every capability).
    throw unreachableFolder(error);
  }
}

async function runInitdb(
  binaries: Binaries,
  account: ServerAccount,
  draft: string,
  logFile: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = [
    ['-D', draft],
    ['-U', CLUSTER_USER],
    // The socket lies in a folder that only its owner may enter.
    ['--auth=trust', '--no-instructions', '--encoding=UTF8', '--no-locale'],
    // Sorting and case by Unicode, the same on every machine, without the system's locale files.
    ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  ].flat();
  const limit = AbortSignal.timeout(INIT_TIMEOUT_MS);
  const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const child = spawnAs(account, binaries.initdb, args, {
    env: binaries.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: dirname(draft),
    detached: true,
  });
  const { code, output } = await finish(child, stop);
  signal?.throwIfAborted();
  if (code === 0) return;
  const cause = new Error(output.slice(-MAX_OUTPUT_CHARS));
  if (/No space left on device|Disk quota exceeded/i.test(output)) throw diskFull(cause);
  if (/could not look up effective user/.test(output)) throw namelessUser(cause);
  await appendFile(logFile, output).catch(() => undefined);
  if (account.kind === 'capable') throw unreachableFolder(cause);
  throw initFailed(cause);
}

/** Waits for `child` to end and gives what it said; `stop` kills it and everything it started. */
function finish(
  child: ReturnType<typeof spawnAs>,
  stop: AbortSignal,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT_CHARS);
    };
    const kill = () => killGroup(child.pid);
    stop.addEventListener('abort', kill, { once: true });
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('error', (error) => reject(asSpawnProblem(error)));
    child.once('close', (code) => {
      stop.removeEventListener('abort', kill);
      resolve({ code, output });
    });
    if (stop.aborted) kill();
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** A program that is there and cannot be started lacks its loader (musl) or `setpriv`. */
export function asSpawnProblem(error: Error): Error {
  if (error.message.includes('setpriv')) return unreachableFolder(error);
  return unsupportedPlatform(error);
}

/** Gives the finished draft its name, and makes the name last through a power cut. */
async function publish(draft: string, clusterDir: string): Promise<void> {
  try {
    await rename(draft, clusterDir);
  } catch (error) {
    // Another process was first; its cluster is as good as ours.
    if (hasErrorCode(error, 'ENOTEMPTY', 'EEXIST')) return;
    throw asFolderProblem(error);
  }
  const parent = await open(dirname(clusterDir), 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

async function removeLeftovers(clusterDir: string): Promise<void> {
  const parent = dirname(clusterDir);
  const names = await readdir(parent);
  for (const name of names.filter((each) => each.startsWith(`${basename(clusterDir)}.new-`))) {
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < LEFTOVER_AGE_MS) continue;
    await rm(path, { recursive: true, force: true });
  }
}

/** A failed file operation in the data folder as the Problem an operator can act on. */
export function asFolderProblem(error: unknown): unknown {
  if (hasErrorCode(error, 'ENOSPC', 'EDQUOT')) return diskFull(error);
  if (hasErrorCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST')) {
    return unwritableFolder(error);
  }
  return error;
}
