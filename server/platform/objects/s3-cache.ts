import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../clock.ts';
import { fileProblem } from './errors.ts';

/** A file that was handed out so recently may be open in a tool, so it stays although the cache is full. */
const IN_USE_MS = 600_000;
/** A download that stopped growing this long ago belongs to a process that is gone. */
const ABANDONED_AFTER_MS = 3_600_000;

type Remote = { readonly body: Readable; readonly etag: string };

/** Copies of remote objects on this machine's disk, named by key and version; the least recently used go first. */
export function makeS3Cache({
  folder,
  maxBytes,
  now,
}: {
  readonly folder: string;
  readonly maxBytes: number;
  readonly now: Clock;
}) {
  const pathOf = (key: string, etag: string) =>
    join(
      folder,
      createHash('sha256')
        .update(JSON.stringify([key, etag]))
        .digest('hex'),
    );

  return {
    /** The path of the copy of this version if there is one. */
    async find(key: string, etag: string): Promise<string | null> {
      const path = pathOf(key, etag);
      return utimes(path, now(), now()).then(
        () => path,
        () => null,
      );
    },

    /** Downloads a version whole under its name and makes room for it. */
    async fill(key: string, { body, etag }: Remote, signal?: AbortSignal): Promise<string> {
      const path = pathOf(key, etag);
      const temporary = `${path}.${randomUUID()}.part`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const sink = createWriteStream(temporary, { mode: 0o600, flags: 'wx' });
        await pipeline(body, sink, signal ? { signal } : {});
        await utimes(temporary, now(), now());
        await rename(temporary, path);
        await makeRoom();
        return path;
      } catch (error) {
        throw fileProblem(error);
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };

  async function makeRoom(): Promise<void> {
    const at = now().getTime();
    const files = [];
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const info = await stat(path).catch(() => null);
      if (!info) continue;
      if (!name.endsWith('.part')) files.push({ path, size: info.size, usedMs: info.mtimeMs });
      else if (at - info.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true });
    }
    let total = files.reduce((sum, file) => sum + file.size, 0);
    for (const file of files.sort((a, b) => a.usedMs - b.usedMs)) {
      if (total <= maxBytes || at - file.usedMs < IN_USE_MS) return;
      await rm(file.path, { force: true });
      total -= file.size;
    }
  }
}
