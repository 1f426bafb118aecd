import { access, readFile, realpath } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { z } from 'zod';
import type { Clipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { type AccountId, isId, type VideoId } from '../platform/ids.ts';
import { VideoNotFound } from '../videos/errors.ts';
import type { MakeRequest } from '../videos/videos.ts';
import { slug } from './delivery.ts';
import { readScriptWish } from './make.ts';
import { makeVideo } from './make-video.ts';

const optionsSchema = z.object({
  output: z.string().optional(),
  json: z.boolean().default(false),
});

const aboutSchema = z.looseObject({
  video_id: z.string().refine((text): text is VideoId => isId('vid', text)),
});

/**
 * `clipt render`: the video of a script file made again. The file is the script that `make --script` was
 * given, or one of the files that `make` wrote beside a film, whose `.txt` then is the script.
 */
export async function renderCommand(
  file: string,
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const options = optionsSchema.parse(rawOptions);
  const path = resolve(file);
  const stem = path.slice(0, path.length - extname(path).length);
  // A JSON script must not meet the film's own `.json`.
  const jsonScript = extname(path) === '.json' && (await readAbout(path)) === null;
  await makeVideo({
    config,
    json: options.json,
    output: options.output ?? `${stem}${jsonScript ? '-film' : ''}.mp4`,
    outputName: slug(stem),
    sources: jsonScript ? [path] : [],
    request: (clipt, accountId) => findRequest(clipt, accountId, path, stem),
  });
}

async function findRequest(
  clipt: Clipt,
  accountId: AccountId,
  path: string,
  stem: string,
): Promise<MakeRequest> {
  const ownScript = await realpath(path).catch(() => null);
  const made = ownScript && (await clipt.videos.findByClientKey(accountId, `script:${ownScript}`));
  if (made) {
    const { wish } = await readScriptWish(path, made.language);
    return { clientKey: made.clientKey, wish, look: made.look };
  }
  const video = await findBySidecar(clipt, accountId, `${stem}.json`);
  const { wish } = await readScriptWish(await existing(`${stem}.txt`), video.language);
  return { clientKey: video.clientKey, wish, look: video.look };
}

async function findBySidecar(clipt: Clipt, accountId: AccountId, file: string) {
  const about = await readAbout(file);
  const video = about && (await clipt.videos.find(accountId, about.video_id));
  if (!video) throw new VideoNotFound();
  return video;
}

/** What `make` wrote beside a film; null for any other file. */
async function readAbout(file: string): Promise<z.infer<typeof aboutSchema> | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return aboutSchema.safeParse(text === null ? null : parseJson(text)).data ?? null;
}

async function existing(file: string): Promise<string> {
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
