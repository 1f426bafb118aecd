import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isDiskFull, Problem } from '../platform/problem.ts';
import { UsageError } from './exit.ts';

/** Where a film goes: `stem` is the path without `.mp4`; sidecars are named after it. */
export type Destination = { readonly stem: string };

/**
 * The place for `-o PATH` (or for a film of this name in the current folder), checked before any work is
 * done. Throws Problems that say what is wrong with it.
 */
export async function chooseDestination(
  output: string | undefined,
  name: string,
): Promise<Destination> {
  const path = resolve(output ?? `${slug(name)}.mp4`);
  if (extname(path).toLowerCase() !== '.mp4') {
    throw unwritable('The output must be a file name that ends in .mp4.');
  }
  const info = await stat(path).catch(() => null);
  if (info && !info.isFile()) throw unwritable('The output path is not a file.');
  const folder = dirname(path);
  const parent = await stat(folder).catch(() => null);
  if (!parent?.isDirectory()) throw unwritable('The folder of the output file does not exist.');
  const probe = temporaryName(path);
  try {
    await writeFile(probe, '');
  } catch (error) {
    throw unwritable('The folder of the output file cannot be written to.', error);
  } finally {
    await rm(probe, { force: true });
  }
  const stem = join(folder, basename(path, extname(path)));
  await removeLeftovers(stem);
  return { stem };
}

/** Endings of the files that may be replaced beside a film. A script (`.txt`) never is. */
const REPLACED = ['.mp4', '.srt', '.vtt', '.json'] as const;

/** Nobody's recording or script is to be lost to a file name chosen in haste: throws a UsageError. */
export async function spareSources(
  { stem }: Destination,
  sources: readonly string[],
): Promise<void> {
  const real = (path: string) => realpath(path).catch(() => null);
  const own = await Promise.all(sources.map((path) => real(resolve(path))));
  for (const suffix of REPLACED) {
    const target = await real(`${stem}${suffix}`);
    if (target !== null && own.includes(target)) {
      throw new UsageError(
        `The output would replace ${basename(target)}, which is read. Give another name with -o FILE.mp4.`,
      );
    }
  }
}

/** A part file that nobody has written to for this long belongs to a command that was killed. */
const LEFT_OVER_MS = 10 * 60_000;

/** Removes the temporary files that a killed command left beside this very film. */
async function removeLeftovers(stem: string): Promise<void> {
  const folder = dirname(stem);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`.${basename(stem)}`) || !/\.[0-9a-f]{8}\.part$/.test(name)) continue;
    const file = join(folder, name);
    const info = await stat(file).catch(() => null);
    if (info && Date.now() - info.mtimeMs > LEFT_OVER_MS) await rm(file, { force: true });
  }
}

/**
 * Copies a file to its name so that the name always holds a whole file: the old one or the new one. The
 * copy is as readable as any new file of the user's, while the stored original is private.
 */
export async function deliverFile(source: string, target: string): Promise<void> {
  await writeWhole(target, (temporary) =>
    pipeline(createReadStream(source), createWriteStream(temporary)),
  );
}

export async function deliverText(text: string, target: string): Promise<void> {
  await writeWhole(target, (temporary) => writeFile(temporary, text));
}

/** Writes all that comes to a file of that name, which holds a whole file or none. */
export async function deliverStream(source: Readable, target: string): Promise<void> {
  await writeWhole(target, (temporary) => pipeline(source, createWriteStream(temporary)));
}

async function writeWhole(target: string, write: (temporary: string) => Promise<void>) {
  const temporary = temporaryName(target);
  try {
    await write(temporary);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    const full = isDiskFull(error);
    throw unwritable(
      full ? 'The disk of the output file is full.' : 'The output file could not be written.',
      error,
    );
  }
}

/** Beside the target, so that the final rename stays on one file system; hidden, and told apart by its ending. */
function temporaryName(target: string): string {
  return join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.part`);
}

/** A file name from a title: lower-case words of any script joined by dashes, at most 60 characters. */
export function slug(title: string): string {
  const words = title
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}]+/gu);
  const name = (words ?? []).join('-').slice(0, 60).replace(/-+$/, '');
  return name === '' ? 'video' : name;
}

function unwritable(message: string, cause?: unknown): Problem {
  return new Problem({
    kind: 'invalid',
    code: 'output_unwritable',
    message,
    action: 'Choose another place with -o FILE.mp4.',
    cause,
  });
}
