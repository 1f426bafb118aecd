import type { Client, PatchVideo, Video } from '../../../client/client.ts';
import { ApiProblem } from '../../../client/client.ts';
import { VideoNotFound } from '../../videos/errors.ts';
import { matchScenes } from '../../videos/script-file/match-scenes.ts';
import { type ParsedScript, parseScript } from '../../videos/script-file/script-file.ts';
import { visualHint } from '../../videos/script-file/write-script.ts';
import { readVideoId, writtenScript } from '../beside-film.ts';
import { readScript, scriptKey } from '../make.ts';
import { remoteKey } from './client-key.ts';
import { makeVideoRemotely, type RemoteJob } from './make-video.ts';

/** The file that was named, and the same without its ending. */
type Place = { readonly path: string; readonly stem: string };

/** `clipt render` on another installation: the video's scenes become those of the script file, all else stays as it is. */
export async function renderRemotely(job: RemoteJob, place: Place): Promise<void> {
  await makeVideoRemotely(job, async (client, signal) => {
    const { video, file } = await find(client, place, signal);
    const script = parseScript(await readScript(file), { fallbackTitle: video.title });
    const change = { title: script.title, scenes: continueScenes(video.scenes, script.scenes) };
    await client.editVideo(video.id, change, signal);
    return await client.renderVideo(video.id, signal);
  });
}

/** The video that was made of this very script; else the one of the film that the file lies beside. */
async function find(
  client: Client,
  { path, stem }: Place,
  signal: AbortSignal,
): Promise<{ readonly video: Video; readonly file: string }> {
  const made = await client.findVideo(remoteKey(await scriptKey(path)), signal);
  if (made) return { video: made, file: path };
  const id = await readVideoId(`${stem}.json`);
  if (id === null) throw new VideoNotFound();
  const file = await writtenScript(stem);
  const video = await client.getVideo(id, signal).catch((error: unknown) => {
    throw error instanceof ApiProblem && error.status === 404 ? new VideoNotFound() : error;
  });
  return { video, file };
}

/** A scene that goes on keeps its id, and its visual where the file says nothing else. */
function continueScenes(
  former: Video['scenes'],
  written: ParsedScript['scenes'],
): NonNullable<PatchVideo['scenes']> {
  const matches = matchScenes(former, written);
  return written.map(({ narration, visual }, index) => {
    const match = matches[index] ?? null;
    const continued = match === null ? undefined : former[match];
    const isKept = continued && (visual === null || visual === visualHint(continued.visual));
    const seen = isKept ? continued.visual : visual;
    return {
      ...(continued ? { id: continued.id } : {}),
      narration,
      ...(seen ? { visual: seen } : {}),
    };
  });
}
