import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One process, told apart from any other that ever had its pid. */
export type ProcessIdentity = {
  /** The set of processes that share our pids: two containers of one machine are two hosts. Hex. */
  readonly host: string;
  readonly pid: number;
  /** When it started, in whatever form the system tells it; no spaces. */
  readonly started: string;
};

export async function ownIdentity(): Promise<ProcessIdentity> {
  const [host, started] = await Promise.all([ownHost(), processStart(process.pid)]);
  return { host, pid: process.pid, started: started ?? 'unknown' };
}

/** False once the process has ended. Only meaningful for processes of the own host. */
export async function isAlive({ pid, started }: ProcessIdentity): Promise<boolean> {
  return (await processStart(pid)) === started;
}

/** When a process of this machine started; null when there is no such process. */
export async function processStart(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    // Field 22 of proc(5), counted after the command name, which may itself hold spaces and brackets.
    return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  }
  const listed = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null);
  return listed?.stdout.trim().replaceAll(/\W+/g, '-') || null;
}

async function ownHost(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const names = `${hostname()} ${boot.trim()} ${namespace}`;
  return createHash('sha256').update(names).digest('hex').slice(0, 16);
}
