import { createHash } from 'node:crypto';
import type { CreateVideo, Video } from '../../../client/client.ts';
import { ApiProblem, makeClient } from '../../../client/client.ts';
import type { Config } from '../../platform/config.ts';
import type { MakeRequest } from '../../videos/videos.ts';
import { chooseDestination, spareSources } from '../delivery.ts';
import { EXIT, sentence } from '../exit.ts';
import { onInterrupt } from '../interrupt.ts';
import { saveFilm } from './save-film.ts';
import { openRemoteProgress } from './show-progress.ts';

export type RemoteJob = {
  readonly remote: NonNullable<Config['remote']>;
  readonly json: boolean;
  readonly output: string | undefined;
  readonly outputName: string;
  readonly sources: readonly string[];
  /** Longest to wait; the video goes on without us. */
  readonly timeoutMs: number;
  readonly request: MakeRequest;
};

/**
 * `clipt make` on another installation: makes or joins the video there, shows its progress, saves its files here. Ctrl-C and
 * the time limit leave it running; the same command joins it again. Sets the exit status.
 */
export async function makeRemotely(job: RemoteJob): Promise<void> {
  const startedMs = performance.now();
  const interrupt = onInterrupt();
  const progress = openRemoteProgress();
  const tooLate = AbortSignal.timeout(job.timeoutMs);
  try {
    const destination = await chooseDestination(job.output, job.outputName);
    await spareSources(destination, job.sources);
    const client = makeClient({ baseUrl: job.remote.url, apiKey: job.remote.apiKey });
    let video = await client.createVideo(bodyOf(job.request), interrupt.signal);
    const until = AbortSignal.any([interrupt.signal, tooLate]);
    for await (const next of client.watchVideo(video.id, until)) {
      video = next;
      progress.show(video);
    }
    progress.end();
    if (until.aborted && !hasEnded(video)) {
      leave(video, tooLate.aborted);
      return;
    }
    // A video that failed may still have the film of an earlier revision, which is not what was asked for.
    const isMade = video.status === 'succeeded';
    const files = isMade ? await saveFilm(client, video, destination) : null;
    const seconds = Math.round(performance.now() - startedMs) / 1000;
    if (job.json) process.stdout.write(`${JSON.stringify(reportOf(video, files, seconds))}\n`);
    else if (files) process.stdout.write(`${files.mp4}\n`);
    if (video.notice) process.stderr.write(`${video.notice}\n`);
    if (video.status !== 'succeeded') fail(video);
  } catch (error) {
    progress.end();
    process.exitCode = reportRemoteProblem(error);
  } finally {
    progress.end();
    interrupt.end();
  }
}

/** Says what an installation refused, and names the exit status: 3 for a key that does not work. */
export function reportRemoteProblem(error: unknown): number {
  if (error instanceof DOMException && error.name === 'AbortError') return EXIT.interrupted;
  if (!(error instanceof ApiProblem)) throw error;
  const { message, status } = error;
  process.stderr.write(`clipt: ${sentence({ message, action: error.action ?? undefined })}\n`);
  return status === 401 || status === 403 ? EXIT.signIn : EXIT.failed;
}

/** The same key as here at home, so that the same command finds its video again. */
function clientKeyOf(key: string): string {
  const isPlain = key.length <= 200 && /^[\x20-\x7e]+$/.test(key);
  return isPlain ? key : `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

function bodyOf({ clientKey, wish, look }: MakeRequest): CreateVideo {
  const { format, captionStyle: style, voice, music, preset, transition } = look;
  const common = {
    ...{ format, voice, music, preset, transition },
    ...{ style, language: wish.language, client_key: clientKeyOf(clientKey) },
  };
  if (wish.kind === 'topic') return { ...common, topic: wish.topic, seconds: wish.seconds };
  const scenes = wish.scenes.map(({ narration, visual }) => ({ narration, visual }));
  return { ...common, title: wish.title, scenes };
}

function hasEnded({ status }: Video): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}

function leave({ id }: Video, isLate: boolean): void {
  const how = isLate ? 'Not finished in time' : 'Left';
  process.stderr.write(`${how}; ${id} goes on there. The same command joins it again.\n`);
  process.exitCode = isLate ? EXIT.timedOut : EXIT.interrupted;
}

function fail({ error, status }: Video): void {
  process.exitCode = EXIT.failed;
  const said = error
    ? `${sentence({ message: error.message, action: error.action ?? undefined })} [${error.stage}: ${error.code}]`
    : `The video is ${status}.`;
  process.stderr.write(`clipt: ${said}\n`);
}

function reportOf(
  video: Video,
  files: Awaited<ReturnType<typeof saveFilm>> | null,
  seconds: number,
) {
  const { id: video_id, title, status, credits, error } = video;
  return {
    ...{ video_id, title, status, files, credits, seconds },
    ...(error === null ? {} : { error }),
  };
}
