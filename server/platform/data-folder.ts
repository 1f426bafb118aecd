import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from './problem.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** Where an installation keeps what is its own. All paths are absolute. */
export type DataFolder = {
  readonly root: string;
  readonly objects: string;
  /** Copies of remote objects, for tools that read files. */
  readonly cache: string;
  /** Clips being drawn; they outlive the process that began them. */
  readonly footage: string;
  /** This process's own scratch space; removed when it closes, or by the next process when it died. */
  readonly work: string;
  readonly owner: ProcessIdentity;
  close(): Promise<void>;
};

/**
 * Makes the folders that are missing and removes what dead processes left behind. Throws a Problem when the
 * folder cannot be made or written to.
 */
export async function openDataFolder(root: string): Promise<DataFolder> {
  const owner = await ownIdentity();
  const scratch = join(root, 'work');
  const work = join(scratch, nameOf(owner));
  const folder = {
    root,
    objects: join(root, 'objects'),
    cache: join(root, 'cache'),
    footage: join(root, 'footage'),
    work,
    owner,
    close: () => rm(work, { recursive: true, force: true }),
  };
  try {
    for (const path of [folder.cache, folder.footage, work]) await mkdir(path, { recursive: true });
    await removeDeadWork(scratch, owner);
  } catch (cause) {
    throw new Problem({
      kind: 'invalid',
      code: 'data_folder_unusable',
      message: `The data folder ${root} cannot be written to.`,
      action: 'Set CLIPT_DATA_DIR to a folder of your own on a disk with free space.',
      cause,
    });
  }
  return folder;
}

/** The installation's own secret, made at the first call and kept in a file that only its owner can read. */
export async function readOwnSecret({ root }: Pick<DataFolder, 'root'>): Promise<string> {
  const file = join(root, 'secret');
  const known = await readFile(file, 'utf8').catch(() => null);
  if (known) return known.trim();
  const temporary = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  // A link fails when the name is taken: of two first starts, one secret wins.
  await link(temporary, file).catch(() => undefined);
  await rm(temporary);
  return (await readFile(file, 'utf8')).trim();
}

function nameOf({ host, pid, started }: ProcessIdentity): string {
  return `${host}.${pid}.${started}`;
}

/** Only processes of this host can be judged; another host's folder is left alone. */
async function removeDeadWork(scratch: string, own: ProcessIdentity): Promise<void> {
  for (const name of await readdir(scratch)) {
    const [host, pid, started] = name.split('.');
    if (host !== own.host || !pid || !started) continue;
    if (await isAlive({ host, pid: Number(pid), started })) continue;
    await rm(join(scratch, name), { recursive: true, force: true });
  }
}
