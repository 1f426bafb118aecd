import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from './problem.ts';

/** Where an installation keeps what is its own. All paths are absolute. */
export type DataFolder = {
  readonly root: string;
  readonly objects: string;
  /** Copies of remote objects, for tools that read files. */
  readonly cache: string;
  /** Work under way; nothing in it outlives its worker. */
  readonly work: {
    readonly steps: string;
    readonly media: string;
    readonly speech: string;
    readonly footage: string;
  };
};

/** Makes the folders that are missing. Throws a Problem when they cannot be made or written to. */
export async function openDataFolder(root: string): Promise<DataFolder> {
  const below = (name: string) => join(root, 'work', name);
  const folder: DataFolder = {
    root,
    objects: join(root, 'objects'),
    cache: join(root, 'cache'),
    work: {
      steps: below('steps'),
      media: below('media'),
      speech: below('speech'),
      footage: below('footage'),
    },
  };
  try {
    for (const path of [folder.cache, ...Object.values(folder.work)]) {
      await mkdir(path, { recursive: true });
    }
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
export async function readOwnSecret({ root }: DataFolder): Promise<string> {
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
