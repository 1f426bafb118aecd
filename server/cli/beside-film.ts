import { access, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isId, type VideoId } from '../platform/ids.ts';
import { VideoNotFound } from '../videos/errors.ts';

/** What `make` writes beside a film, and `render` finds again: the `.json` that tells of the video, and its script. */

const aboutSchema = z.looseObject({
  video_id: z.string().refine((text): text is VideoId => isId('vid', text)),
});

const transcriptSchema = z.looseObject({ title: z.string() });

/** Which video it is, every word with its time, and what the check measured. */
export function aboutFilm(videoId: string, transcript: string, check: unknown): string {
  const words = transcriptSchema.parse(JSON.parse(transcript));
  return `${JSON.stringify({ video_id: videoId, ...words, check }, null, 2)}\n`;
}

/** The video that the file tells of; null for any other file. */
export async function readVideoId(file: string): Promise<VideoId | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return aboutSchema.safeParse(text === null ? null : parseJson(text)).data?.video_id ?? null;
}

/** The script beside the film, to be read and edited. */
export async function writtenScript(stem: string): Promise<string> {
  const file = `${stem}.txt`;
  await access(file).catch(() => {
    throw new VideoNotFound();
  });
  return file;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
