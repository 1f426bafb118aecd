import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { z } from 'zod';
import { processStart } from '../../../platform/process-identity.ts';
import type { ClipRequest } from '../../models.ts';
import { clipCost, clipFailure, clipOrder } from './clip-order.ts';

export type TaskState =
  | { readonly status: 'lost' }
  | { readonly status: 'succeeded' }
  | { readonly status: 'failed'; readonly failure: z.infer<typeof clipFailure> }
  | { readonly status: 'open'; readonly request: ClipRequest };

const filmingBy = z.object({ pid: z.int(), start: z.string().nullable() });

/** Clips are stored elsewhere within minutes of being filmed; what is older was forgotten. */
const KEPT_MS = 48 * 60 * 60 * 1000;

/**
 * The files of filming tasks: one folder each under the working folder, which is all that a task is.
 * What is in it tells its state: `clip.mp4` succeeded, `failed.json` failed, neither still to film.
 */
export function makeTaskFolders(workDir: string) {
  const fileOf = (taskId: string, name: string) => join(workDir, taskId, name);
  const has = async (file: string) => (await stat(file).catch(() => null)) !== null;

  return {
    folder: (taskId: string) => join(workDir, taskId),
    /** A name for a file that is being written; another process would use another. */
    partial: (taskId: string) => fileOf(taskId, `clip.${process.pid}.partial.mp4`),

    async create(request: ClipRequest): Promise<string> {
      const taskId = `clip_${v7().replaceAll('-', '')}`;
      await mkdir(join(workDir, taskId), { recursive: true });
      await writeWhole(fileOf(taskId, 'request.json'), JSON.stringify(request));
      return taskId;
    },

    async state(taskId: string): Promise<TaskState> {
      if (!isTaskId(taskId)) return { status: 'lost' };
      if (await has(fileOf(taskId, 'clip.mp4'))) return { status: 'succeeded' };
      const failure = await readJson(fileOf(taskId, 'failed.json'), clipFailure);
      if (failure) return { status: 'failed', failure };
      const request = await readJson(fileOf(taskId, 'request.json'), clipOrder);
      return request ? { status: 'open', request } : { status: 'lost' };
    },

    /** Takes the task for this process; false while another living process films it. */
    async claim(taskId: string): Promise<boolean> {
      const file = fileOf(taskId, 'filming.json');
      const owner = await readJson(file, filmingBy);
      const alive = owner !== null && owner.pid !== process.pid && (await isAlive(owner));
      if (alive) return false;
      const mine = { pid: process.pid, start: await processStart(process.pid) };
      await writeWhole(file, JSON.stringify(mine));
      return true;
    },

    async finish(taskId: string, cpuMs: number): Promise<void> {
      await writeWhole(fileOf(taskId, 'cost.json'), JSON.stringify({ cpuMs }));
      await rename(this.partial(taskId), fileOf(taskId, 'clip.mp4'));
    },

    async fail(taskId: string, failure: z.infer<typeof clipFailure>): Promise<void> {
      if (await has(join(workDir, taskId)))
        await writeWhole(fileOf(taskId, 'failed.json'), JSON.stringify(failure));
    },

    /** Copies the finished clip to `file` and tells the CPU milliseconds it cost. */
    async copyClip(taskId: string, file: string): Promise<number> {
      const partial = `${file}.${process.pid}.partial`;
      await copyFile(fileOf(taskId, 'clip.mp4'), partial);
      await rename(partial, file);
      return (await readJson(fileOf(taskId, 'cost.json'), clipCost))?.cpuMs ?? 0;
    },

    async remove(taskId: string): Promise<void> {
      if (isTaskId(taskId)) await rm(join(workDir, taskId), { recursive: true, force: true });
    },

    /** Removes the folders that nobody has written to for two days. */
    async clear(now: Date): Promise<void> {
      for (const name of await readdir(workDir).catch(() => [])) {
        if (!isTaskId(name)) continue;
        const about = await stat(join(workDir, name)).catch(() => null);
        if (about && now.getTime() - about.mtimeMs > KEPT_MS) await this.remove(name);
      }
    },
  };
}

const isTaskId = (text: string): boolean => /^clip_[0-9a-f]{32}$/.test(text);

/** A recycled process number has another start. */
async function isAlive({ pid, start }: z.infer<typeof filmingBy>): Promise<boolean> {
  const now = await processStart(pid);
  return now !== null && (start === null || now === start);
}

async function writeWhole(file: string, text: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, file);
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Absent or half of a folder that is being removed: the same to the caller.
    return null;
  }
}
