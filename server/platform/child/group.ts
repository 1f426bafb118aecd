import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { canceled, crashed, notStarted, outOfMemory, timedOut } from './errors.ts';
import { readGroupMemory } from './memory.ts';
import { withoutNetwork } from './network.ts';

/** What a child may use up before its whole process group is killed. */
export type ChildLimits = {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Resident memory of the child and everything it starts. */
  readonly memoryMiB: number;
};

/** CPU of the child and the children it waited for; the most memory the group held at once. */
export type ChildCost = { readonly cpuMs: number; readonly peakMemoryBytes: number };

export type Ending = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to stderr. */
  readonly stderr: string;
  readonly peakMemoryBytes: number;
};

type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly stdio: Extract<SpawnOptions['stdio'], readonly unknown[]>;
};

/** Enough for the last messages of an encoder; more would only fill the log of a failure. */
const STDERR_KEPT_CHARS = 16_384;
/** After a kill the pipes close at once, unless a process escaped the group; it is not waited for. */
const DRAIN_MS = 500;
const FIRST_LOOK_MS = 20;
const LOOK_EVERY_MS = process.platform === 'linux' ? 200 : 1_000;

/**
 * Starts a command as the leader of its own process group, with nothing inherited: no secret, no HOME,
 * no stdin, and no network where the system lets us take it away. `watch` keeps it within its limits and resolves when the leader has ended and the rest of
 * its group is dead; it rejects (`timed_out`, `out_of_memory`, `canceled`, `child_not_started`) only
 * after the group was killed, so the caller may remove its files then.
 */
export async function startGroup({ file, args, cwd, stdio }: Command) {
  const [first = file, ...rest] = [...(await withoutNetwork()), file, ...args];
  const child = spawn(first, rest, {
    cwd,
    stdio: [...stdio],
    detached: true,
    serialization: 'json',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TMPDIR: cwd },
  });
  return { child, watch: (limits: ChildLimits) => watch(child, limits) };
}

async function watch(child: ChildProcess, limits: ChildLimits): Promise<Ending> {
  const stderr = keepTail(child);
  const over = new AbortController();
  let peakMemoryBytes = 0;
  let verdict: 'memory' | 'time' | 'canceled' | null = null;
  const stop = (why: NonNullable<typeof verdict>) => {
    verdict ??= why;
    killGroup(child);
  };
  const cancel = () => stop('canceled');
  limits.signal.addEventListener('abort', cancel);
  if (limits.signal.aborted) cancel();
  const clock = setTimeout(() => stop('time'), limits.timeoutMs);
  void followMemory(child, over.signal, ({ nowBytes, peakBytes }) => {
    peakMemoryBytes = Math.max(peakMemoryBytes, peakBytes);
    if (nowBytes > limits.memoryMiB * 1024 * 1024) stop('memory');
  });
  try {
    const [code, signal] = await ended(child);
    killGroup(child);
    await drained(child);
    if (verdict === 'time') throw timedOut(limits.timeoutMs, stderr());
    if (verdict === 'memory') throw outOfMemory(limits.memoryMiB, stderr());
    if (verdict === 'canceled') throw canceled(limits.signal.reason);
    return { code, signal, stderr: stderr(), peakMemoryBytes };
  } finally {
    over.abort();
    clearTimeout(clock);
    limits.signal.removeEventListener('abort', cancel);
  }
}

/** The Problem of an ending that nobody asked for. */
export function unexpectedEnding({ code, signal, stderr }: Ending) {
  return crashed(signal === null ? `exit ${code}` : signal, stderr);
}

/** Kills the leader and everything it started; the group id stays valid while any of them lives. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: all of them are gone already.
  }
}

async function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  if (child.exitCode !== null || child.signalCode !== null)
    return [child.exitCode, child.signalCode];
  try {
    await once(child, 'exit');
    return [child.exitCode, child.signalCode];
  } catch (error) {
    throw notStarted(error);
  }
}

async function drained(child: ChildProcess): Promise<void> {
  const open = child.stdio.filter((stream) => stream && !stream.closed && 'readable' in stream);
  const closed = Promise.all(open.map((stream) => stream && once(stream, 'close')));
  await Promise.race([closed, delay(DRAIN_MS, undefined, { ref: false })]);
}

async function followMemory(
  child: ChildProcess,
  over: AbortSignal,
  look: (memory: { nowBytes: number; peakBytes: number }) => void,
): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  for (let wait = FIRST_LOOK_MS; !over.aborted; wait = Math.min(wait * 2, LOOK_EVERY_MS)) {
    await delay(wait, undefined, { ref: false, signal: over }).catch(() => {});
    if (!over.aborted) look(await readGroupMemory(pid));
  }
}

function keepTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_KEPT_CHARS);
  });
  return () => tail.trim();
}
