import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Ends the sessions of a killed server that still work on their last statement: until they are gone
 * its memory is in use and no new server starts. Sessions of a living server have it as their parent
 * and are left alone. Linux only; elsewhere, and where /proc does not tell, time does it (a
 * statement is limited to 30 s).
 */
export async function endOrphanedSessions(clusterDir: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  await Promise.all(
    pids.map(async (pid) => {
      if (!(await worksIn(pid, clusterDir))) return;
      const parent = await parentOf(pid);
      if (parent === undefined || (await worksIn(parent, clusterDir))) return;
      const [title = ''] = (await read(`/proc/${pid}/cmdline`)).split('\0');
      // The server itself has its program's path here, its sessions a title.
      if (!title.startsWith('postgres: ')) return;
      try {
        process.kill(pid, 'SIGTERM');
      } catch {
        // Gone by itself.
      }
    }),
  );
}

async function worksIn(pid: number, dir: string): Promise<boolean> {
  return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === dir;
}

/** The fourth field of /proc/PID/stat, counted after the name in parentheses (proc(5)). */
async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await read(`/proc/${pid}/stat`);
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  return Number.isSafeInteger(parent) && parent > 0 ? parent : undefined;
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
