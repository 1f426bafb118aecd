import { extname, resolve } from 'node:path';
import { z } from 'zod';
import type { Clipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import type { AccountId } from '../platform/ids.ts';
import { VideoNotFound } from '../videos/errors.ts';
import type { MakeRequest } from '../videos/videos.ts';
import { readVideoId, writtenScript } from './beside-film.ts';
import { slug } from './delivery.ts';
import { BadTimeout, readScriptWish, scriptKey, timeoutOption } from './make.ts';
import { makeVideo } from './make-video.ts';

const optionsSchema = z.object({
  output: z.string().optional(),
  json: z.boolean().default(false),
  timeout: timeoutOption,
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
  const parsed = optionsSchema.safeParse(rawOptions);
  if (!parsed.success) throw new BadTimeout();
  const { json, timeout, output } = parsed.data;
  const path = resolve(file);
  const stem = path.slice(0, path.length - extname(path).length);
  // A JSON script must not meet the film's own `.json`.
  const jsonScript = extname(path) === '.json' && (await readVideoId(path)) === null;
  const job = {
    json,
    output: output ?? `${stem}${jsonScript ? '-film' : ''}.mp4`,
    outputName: slug(stem),
    sources: jsonScript ? [path] : [],
  };
  if (config.remote) {
    const { renderRemotely } = await import('./remote/render.ts');
    await renderRemotely(
      { ...job, remote: config.remote, timeoutSeconds: timeout },
      { path, stem },
    );
    return;
  }
  await makeVideo({
    ...job,
    config,
    request: (clipt, accountId) => findRequest(clipt, accountId, { path, stem }),
  });
}

async function findRequest(
  clipt: Clipt,
  accountId: AccountId,
  { path, stem }: { readonly path: string; readonly stem: string },
): Promise<MakeRequest> {
  const made = await clipt.videos.findByClientKey(accountId, await scriptKey(path));
  if (made) {
    const { wish } = await readScriptWish(path, made.language);
    return { clientKey: made.clientKey, wish, look: made.look };
  }
  const id = await readVideoId(`${stem}.json`);
  const video = id && (await clipt.videos.find(accountId, id));
  if (!video) throw new VideoNotFound();
  const { wish } = await readScriptWish(await writtenScript(stem), video.language);
  return { clientKey: video.clientKey, wish, look: video.look };
}
