import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { foreignFolder } from './errors.ts';

/**
 * As whom the server runs. PostgreSQL refuses to run as root, so root hands it to an unprivileged
 * user; everyone else runs it as they are.
 */
export type ServerAccount =
  | { readonly kind: 'self' }
  | { readonly kind: 'other'; readonly uid: number; readonly gid: number }
  /** Another user, let through folders closed to it (root's home is 0700) by one Linux capability. */
  | {
      readonly kind: 'capable';
      readonly uid: number;
      readonly gid: number;
      readonly capability: string;
    };

/** `nobody` on every Linux; `initdb` needs a uid that the user list knows. */
const NOBODY = 65534;

/**
 * Chooses the account for the cluster in `clusterDir`: its owner when it exists (so root can run a
 * database that a user made), else `nobody` for root.
 *
 * @throws DatabaseProblem `database_folder_foreign` when we are not root and it is not ours.
 */
export async function chooseAccount(
  binaries: Binaries,
  dataDir: string,
  clusterDir: string,
): Promise<ServerAccount> {
  const self = process.getuid?.() ?? 0;
  const owner = await stat(clusterDir).catch(() => undefined);
  if (self !== 0) {
    if (owner !== undefined && owner.uid !== self) throw foreignFolder(owner.uid);
    return { kind: 'self' };
  }
  const uid = owner === undefined || owner.uid === 0 ? NOBODY : owner.uid;
  const gid = owner === undefined || owner.uid === 0 ? NOBODY : owner.gid;
  const needed = [
    binaries.postgres,
    join(binaries.nativeDir, 'lib'),
    join(binaries.nativeDir, 'share'),
    dataDir,
  ];
  const open = await Promise.all(needed.map((path) => canReach(path, uid, gid)));
  if (open.every(Boolean) || process.platform !== 'linux') return { kind: 'other', uid, gid };
  return { kind: 'capable', uid, gid, capability: await narrowestCapability() };
}

/** True when that user may enter every folder down to `path`, judged by the mode bits. */
async function canReach(path: string, uid: number, gid: number): Promise<boolean> {
  const { mode, uid: ownerUid, gid: ownerGid } = await stat(path);
  const shift = ownerUid === uid ? 6 : ownerGid === gid ? 3 : 0;
  if (((mode >> shift) & 0o1) === 0) return false;
  const parent = dirname(path);
  return parent === path || canReach(parent, uid, gid);
}

/** Bit of CAP_DAC_READ_SEARCH in the kernel's masks (capability.h). */
const READ_SEARCH_BIT = 2n;

/**
 * Entering closed folders needs only `dac_read_search`, but containers usually keep `dac_override`
 * and drop that one; each is enough.
 */
async function narrowestCapability(): Promise<string> {
  const status = await readFile('/proc/self/status', 'utf8');
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> READ_SEARCH_BIT) & 1n) === 1n
    ? 'dac_read_search'
    : 'dac_override';
}

export type ServerSpawnOptions = {
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: StdioOptions;
  readonly cwd: string;
  readonly detached: boolean;
};

/** Starts one of the PostgreSQL programs as that account. */
export function spawnAs(
  account: ServerAccount,
  program: string,
  args: readonly string[],
  options: ServerSpawnOptions,
): ChildProcess {
  const base = { ...options, env: { ...options.env } };
  if (account.kind === 'self') return spawn(program, args, base);
  if (account.kind === 'other') {
    return spawn(program, args, { ...base, uid: account.uid, gid: account.gid });
  }
  const { uid, gid, capability } = account;
  const drop = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
    // Without this bit access(2), which initdb uses to find its programs, ignores the capability.
    '--securebits=+no_setuid_fixup',
    '--',
  ];
  return spawn('/usr/bin/setpriv', [...drop, program, ...args], base);
}
