import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Clock, systemClock } from '../clock.ts';
import { BadByteRange, BadObjectKey, codeOf, fileProblem, ObjectNotFound } from './errors.ts';
import { keyParts, prefixParts } from './keys.ts';
import type { ListedObject, ObjectStore, PutOptions } from './objects.ts';
import { makeUrlSigner, type UrlSigner } from './signed-url.ts';

/**
 * An object `a/b` is the file `objects/a/b@`, its content type the file `objects/a/b@type` beside it. No key
 * holds an `@`, so the object `a` and the objects below `a/` never meet. Everything is written under
 * `unfinished/` in the same file system, synced and renamed, so a killed writer leaves no half object.
 */
const DATA = '@';
const TYPE = '@type';

export type FolderStoreDeps = {
  /** Created if missing; only this process's user can read it. */
  readonly root: string;
  /** Where the routes that serve signed addresses are, such as `https://media.example.org`. */
  readonly baseUrl: string;
  /** Each at least 16 characters: the first signs, all verify. */
  readonly secrets: readonly string[];
  readonly now?: Clock;
};

/** An ObjectStore in a folder of this machine. Several processes may share the folder. */
export function makeFolderStore({ root, baseUrl, secrets, now = systemClock }: FolderStoreDeps) {
  const signer = makeUrlSigner({ baseUrl, secrets, now });
  const folder = openFolder(resolve(root), now);

  async function put(
    key: string,
    contentType: string,
    write: (temporary: string) => Promise<void>,
  ) {
    keyParts(key);
    const { unfinished } = await folder();
    const temporary = join(unfinished, ownedName());
    try {
      await write(temporary);
      const sizeBytes = (await stat(temporary)).size;
      await place(await folder(), key, contentType, temporary);
      return { key, sizeBytes, contentType };
    } catch (error) {
      throw fileProblem(error);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async function find(key: string): Promise<string> {
    const parts = keyParts(key);
    const { objects } = await folder();
    const path = `${join(objects, ...parts)}${DATA}`;
    try {
      // A link planted below the root must not lead a reader out of it.
      if ((await realpath(path)) !== path) throw new BadObjectKey();
      return path;
    } catch (error) {
      throw fileProblem(error);
    }
  }

  const store: ObjectStore & { readonly signer: UrlSigner } = {
    signer,
    put: (key, body, { contentType, signal }) =>
      put(key, contentType, (temporary) => writeSynced(temporary, body, signal)),

    putFile: (key, file, { contentType, signal }: PutOptions) =>
      put(key, contentType, async (temporary) => {
        signal?.throwIfAborted();
        await copyFile(file, temporary, constants.COPYFILE_FICLONE);
        await chmod(temporary, 0o600);
        await sync(temporary);
        signal?.throwIfAborted();
      }),

    async get(key, { range, signal } = {}) {
      const path = await find(key);
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error) => {
        throw fileProblem(error);
      });
      const { size } = await handle.stat();
      if (range && !(range.start >= 0 && range.start < size && range.start <= range.end)) {
        await handle.close();
        throw new BadByteRange();
      }
      const window = range ? { start: range.start, end: Math.min(range.end, size - 1) } : {};
      return handle.createReadStream({ ...window, signal });
    },

    async head(key) {
      try {
        const path = await find(key);
        return {
          key,
          sizeBytes: (await stat(path)).size,
          contentType: await readFile(path.slice(0, -DATA.length) + TYPE, 'utf8'),
        };
      } catch (error) {
        const problem = fileProblem(error);
        if (problem instanceof ObjectNotFound) return null;
        throw problem;
      }
    },

    localFile: find,
    signedGet: async (key, options) => signer.signGet(key, options),
    signedUpload: async (key, options) => signer.signUpload(key, options),

    async *list(prefix, signal) {
      const parts = prefixParts(prefix);
      const { objects } = await folder();
      yield* walk(join(objects, ...parts), prefix, signal);
    },

    async delete(key) {
      try {
        const path = await find(key);
        await rm(path, { force: true });
        await rm(path.slice(0, -DATA.length) + TYPE, { force: true });
        await pruneEmpty((await folder()).objects, dirname(path));
      } catch (error) {
        if (!(error instanceof ObjectNotFound)) throw error;
      }
    },

    async deletePrefix(prefix, signal) {
      let count = 0;
      for await (const { key } of store.list(prefix, signal)) {
        await store.delete(key);
        count += 1;
      }
      return count;
    },
  };
  return store;
}

type Folder = { readonly objects: string; readonly unfinished: string };

/** Makes the folders at the first use and then clears what killed writers left behind. */
function openFolder(root: string, now: Clock): () => Promise<Folder> {
  let opened: Promise<Folder> | null = null;
  return () => {
    opened ??= (async () => {
      const names = { objects: join(root, 'objects'), unfinished: join(root, 'unfinished') };
      try {
        await mkdir(names.objects, { recursive: true, mode: 0o700 });
        await mkdir(names.unfinished, { recursive: true, mode: 0o700 });
        await clearAbandoned(names.unfinished, now());
        return { objects: await realpath(names.objects), unfinished: names.unfinished };
      } catch (error) {
        // The next call tries again: a full disk may have been made free.
        opened = null;
        throw fileProblem(error);
      }
    })();
    return opened;
  };
}

/** A writer that has not grown its file for this long is gone, whatever machine it ran on. */
const ABANDONED_AFTER_MS = 3_600_000;

/** `pid@host.random`, so that a writer that was killed is known by its process being gone. */
function ownedName(): string {
  return `${process.pid}@${hostname()}.${randomUUID()}`;
}

async function clearAbandoned(unfinished: string, at: Date): Promise<void> {
  for (const name of await readdir(unfinished)) {
    const path = join(unfinished, name);
    const [pid = '', rest = ''] = name.split('@');
    const ownerIsGone = rest.startsWith(`${hostname()}.`) && !isRunning(Number(pid));
    const info = await stat(path).catch(() => null);
    if (!info) continue;
    const isOld = at.getTime() - info.mtimeMs > ABANDONED_AFTER_MS;
    if (ownerIsGone || isOld) await rm(path, { force: true, recursive: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function writeSynced(path: string, body: Readable | Uint8Array, signal?: AbortSignal) {
  const handle = await open(path, 'wx', 0o600);
  try {
    const source = body instanceof Readable ? body : Readable.from([body]);
    const write = async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) await handle.writeFile(chunk);
    };
    await pipeline(source, write, signal ? { signal } : {});
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A deletion beside us may remove the folder between its making and the rename; so many times it is remade. */
const PLACE_TRIES = 5;

/** Moves a complete file to its key; durable when this returns. */
async function place(
  { objects, unfinished }: Folder,
  key: string,
  contentType: string,
  temporary: string,
): Promise<void> {
  const path = join(objects, ...keyParts(key));
  const parent = dirname(path);
  for (let left = PLACE_TRIES - 1; ; left -= 1) {
    try {
      const made = await mkdir(parent, { recursive: true, mode: 0o700 });
      if ((await realpath(parent)) !== parent) throw new BadObjectKey();
      await placeType(unfinished, path + TYPE, contentType);
      await rename(temporary, path + DATA);
      // From the new file upwards, so that no folder outlives a power cut without its entry.
      const top = made ? dirname(made) : parent;
      for (let at = parent; at.length >= top.length; at = dirname(at)) await sync(at);
      return;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || left === 0) throw error;
    }
  }
}

/** The type goes first: an object that is seen always has one. */
async function placeType(unfinished: string, path: string, contentType: string): Promise<void> {
  const known = await readFile(path, 'utf8').catch(() => null);
  if (known === contentType) return;
  const temporary = join(unfinished, ownedName());
  try {
    await writeFile(temporary, contentType, { mode: 0o600, flush: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Depth first in the order of keys: a folder sorts by its name with the slash, as its keys do. */
async function* walk(
  folder: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ListedObject> {
  signal?.throwIfAborted();
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    const problem = fileProblem(error);
    if (problem instanceof ObjectNotFound) return [];
    throw problem;
  });
  const named = entries
    .filter((entry) => entry.isDirectory() || (entry.isFile() && entry.name.endsWith(DATA)))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name.slice(0, -DATA.length)))
    .sort();
  for (const name of named) {
    const key = prefix + name;
    if (name.endsWith('/')) yield* walk(join(folder, name), key, signal);
    else {
      const info = await stat(join(folder, name + DATA)).catch(() => null);
      // Gone since the folder was read: a listing tells what is there.
      if (info) yield { key, sizeBytes: info.size, storedAt: info.mtime };
    }
  }
}

/** Removes folders that hold nothing any more, from `from` up to but without `top`. */
async function pruneEmpty(top: string, from: string): Promise<void> {
  for (let at = from; at.length > top.length; at = dirname(at)) {
    const removed = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}
