import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runChildTask } from '../../../platform/child/run-task.ts';
import { Problem } from '../../../platform/problem.ts';
import type { ModelCall } from '../../models.ts';
import type { MusicMood } from './moods.ts';
import { type MusicOrder, musicOrder } from './music-order.ts';

export { MUSIC_MOODS, type MusicMood, pickMood } from './moods.ts';

/** Name and version of the synthesiser, as it enters the hash of a soundtrack. */
export const musicVersion = 'local/synth-1';

export type MusicRequest = {
  readonly mood: MusicMood;
  /** 0.5 to 600. */
  readonly seconds: number;
  /** A whole number; the same mood, length and seed give the same bytes. */
  readonly seed: number;
};

export type MakeMusic = (
  request: MusicRequest,
  file: string,
  call: ModelCall & { readonly timeoutMs?: number },
) => Promise<void>;

const MODULE = new URL('./music-child.ts', import.meta.url);
const TIMEOUT_MS = 120_000;
const MEMORY_MIB = 256;

/**
 * The synthesiser. Each call composes music of exactly the length asked for into `file`: 48 kHz stereo
 * 16-bit WAV at about −20 LUFS, with an intro and an ending. `workDir` must exist; it holds the work of
 * a child process for the time of a call, and `file` is put in place when it is whole.
 *
 * Rejects with `music_request_invalid` for a length out of range, and as `runChildTask` does.
 */
export function makeMusic({ workDir }: { readonly workDir: string }): MakeMusic {
  return async (request, file, call) => {
    const folder = await mkdtemp(join(workDir, 'music-'));
    try {
      const input = readOrder({ ...request, file: join(folder, 'music.wav') });
      const limits = {
        signal: call.signal,
        timeoutMs: call.timeoutMs ?? TIMEOUT_MS,
        memoryMiB: MEMORY_MIB,
      };
      const { cost } = await runChildTask(
        { module: MODULE, input, output: z.null(), cwd: folder },
        limits,
      );
      await putInPlace(input.file, file);
      call.spent?.(cost.cpuMs);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** Copied first, as the two may lie on different file systems. */
async function putInPlace(made: string, file: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  await copyFile(made, partial);
  await rename(partial, file);
}

function readOrder(order: MusicOrder): MusicOrder {
  const parsed = musicOrder.safeParse(order);
  if (parsed.success) return parsed.data;
  throw new Problem({
    kind: 'invalid',
    code: 'music_request_invalid',
    message: 'Music can be between half a second and ten minutes long.',
    action: 'Ask for a length between 0.5 and 600 seconds.',
    cause: parsed.error,
  });
}
