import type { Readable } from 'node:stream';
import { type ChildCost, type ChildLimits, type Ending, startGroup } from './group.ts';

export type Execution = {
  /** Absolute path, or a name found in the system's own folders. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Default 1 MiB; what comes after is dropped. */
  readonly maxStdoutBytes?: number;
};

export type Executed = Pick<Ending, 'code' | 'stderr'> & {
  readonly stdout: string;
  readonly cost: ChildCost;
};

/**
 * The guard runs the command, ends the group when descriptor 3 closes (this process died), and at the
 * end tells what the command cost: `times` prints the shell's own seconds and then its children's.
 */
const GUARD = `"$@" 3<&- 4>&- &
command=$!
{ read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 4>&- &
wait $command
code=$?
times >&4
exit $code`;

/**
 * Runs an executable with the guarantees of `runChildTask`: own process group, nothing inherited, no
 * stdin, killed as a group on a limit, on abort and when this process dies. Any exit status resolves
 * (128 + n when signal n ended it); rejects with `timed_out`, `out_of_memory`, `canceled`,
 * `child_not_started`.
 */
export async function runExecutable(
  { file, args, cwd, maxStdoutBytes = 1024 * 1024 }: Execution,
  limits: ChildLimits,
): Promise<Executed> {
  const { child, watch } = await startGroup({
    file: '/bin/sh',
    args: ['-c', GUARD, 'guard', file, ...args],
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const stdout = collect(child.stdout, maxStdoutBytes);
  const times = collect(child.stdio[4], 1024);
  const { code, signal, stderr, peakMemoryBytes } = await watch(limits);
  const status = signal === 'SIGKILL' ? 137 : code;
  const cost = { cpuMs: childrenMsOfTimes(times()), peakMemoryBytes };
  return { code: status, stderr, stdout: stdout(), cost };
}

/** Second line of POSIX `times`, `1m2.50s 0m0.25s`: user and system time of the children. */
export function childrenMsOfTimes(text: string): number {
  const line = text.split('\n')[1] ?? '';
  return [...line.matchAll(/(\d+)m(\d+(?:[.,]\d+)?)s/g)]
    .map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds?.replace(',', '.')))
    .reduce((sum, seconds) => sum + seconds * 1000, 0);
}

function collect(stream: unknown, maxBytes: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  if (isReadable(stream))
    stream.on('data', (chunk: Buffer) => {
      if (size < maxBytes) chunks.push(chunk.subarray(0, maxBytes - size));
      size += chunk.length;
    });
  return () => Buffer.concat(chunks).toString('utf8');
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'on' in stream && 'read' in stream;
}
