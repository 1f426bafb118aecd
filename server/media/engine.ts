import { mkdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { engineUnusable } from './errors.ts';
import { makeFfmpegEngine } from './ffmpeg/engine.ts';
import type { MediaEngine } from './media.ts';
import { makeNodeAvEngine } from './node-av/engine.ts';

/**
 * The media engine of an installation: the system ffmpeg that `ffmpegPath` names, otherwise the one
 * that npm brought. `workDir` is made when missing; every call has a folder of its own in it.
 * Rejects with `ffmpeg_unusable` (kind `invalid`), which names the setting and the fix.
 */
export async function makeMediaEngine({
  ffmpegPath,
  workDir,
}: {
  readonly ffmpegPath: string | null;
  readonly workDir: string;
}): Promise<MediaEngine> {
  await mkdir(workDir, { recursive: true });
  if (ffmpegPath === null) return makeNodeAvEngine({ workDir });
  if (!isAbsolute(ffmpegPath)) throw engineUnusable(ffmpegPath, 'is not an absolute path');
  return makeFfmpegEngine({ path: ffmpegPath, workDir });
}
