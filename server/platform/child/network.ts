import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Ways to start a command in a network of its own, without any interface: as root, and as anybody. */
const WAYS = [
  ['unshare', '--net', '--'],
  ['unshare', '--net', '--map-current-user', '--'],
] as const;

/** What the system permits does not change while this process runs. */
let known: Promise<readonly string[]> | null = null;

/**
 * Words to put before a command so that it has no network at all, found by trying them once; none
 * where the system has no such thing (macOS) or forbids it (most containers). Costs about 1 ms of CPU
 * a start (measured), so every child gets it: none of them has a call to make.
 */
export function withoutNetwork(): Promise<readonly string[]> {
  known ??= firstThatWorks();
  return known;
}

async function firstThatWorks(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  for (const way of WAYS) {
    const [command, ...args] = way;
    const works = await promisify(execFile)(command, [...args, 'true'], { timeout: 5_000 }).then(
      () => true,
      () => false,
    );
    if (works) return way;
  }
  return [];
}
