/** Processes that a bench starts and watches. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of `utime` and `stime` in `/proc/<pid>/stat`: sysconf(_SC_CLK_TCK), 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What people start; it turns into the Node process that it starts, so that the process watched is the same. */
export const CLIPT = join(import.meta.dirname, '..', 'clipt');

export type Started = { readonly child: ChildProcess; readonly said: string; readonly ms: number };

/** Starts a program and gives it back once its output matches `word`, with the milliseconds that took. */
export async function startProcess(
  [file, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  word: RegExp,
): Promise<Started> {
  const began = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (word.test(said)) return { child, said, ms: performance.now() - began };
  }
  throw new Error('The process ended before it was ready.');
}

export async function stopProcess(
  { child }: Pick<Started, 'child'>,
  signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
): Promise<void> {
  child.kill(signal);
  await once(child, 'exit');
}

/** Resident memory in MB and CPU seconds so far of one process alone, from the operating system. */
export function usageOf({ child }: Pick<Started, 'child'>): {
  readonly mb: number;
  readonly cpu: number;
} {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    mb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024),
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  };
}
