import { type Client, hasEnded, makeClient, type Video } from '../../../client/client.ts';
import type { Config } from '../../platform/config.ts';
import { chooseDestination, spareSources } from '../delivery.ts';
import { EXIT } from '../exit.ts';
import { onInterrupt } from '../interrupt.ts';
import { describeFailure } from '../run-report.ts';
import { reportRemoteProblem } from './report-problem.ts';
import { type SavedFilm, saveFilm } from './save-film.ts';
import { openRemoteProgress } from './show-progress.ts';

export type RemoteJob = {
  readonly remote: NonNullable<Config['remote']>;
  readonly json: boolean;
  readonly output: string | undefined;
  readonly outputName: string;
  readonly sources: readonly string[];
  /** Longest to wait; the video goes on without us. */
  readonly timeoutSeconds: number;
};

/**
 * Makes or joins a video on another installation, shows its progress, saves its files here. Ctrl-C and the time limit leave
 * it running; the same command joins it again. Sets the exit status.
 */
export async function makeVideoRemotely(
  job: RemoteJob,
  begin: (client: Client, signal: AbortSignal) => Promise<Video>,
): Promise<void> {
  const startedMs = performance.now();
  const interrupt = onInterrupt();
  const progress = openRemoteProgress();
  const until = AbortSignal.any([interrupt.signal, AbortSignal.timeout(job.timeoutSeconds * 1000)]);
  let video: Video | null = null;
  const report = (film: SavedFilm | null) => {
    const seconds = Math.round(performance.now() - startedMs) / 1000;
    if (video && job.json)
      process.stdout.write(`${JSON.stringify(reportOf(video, film, seconds))}\n`);
    else if (film) process.stdout.write(`${film.files.mp4}\n`);
  };
  try {
    const destination = await chooseDestination(job.output, job.outputName);
    await spareSources(destination, job.sources);
    const client = makeClient({ baseUrl: job.remote.url, apiKey: job.remote.apiKey });
    video = await begin(client, until);
    for await (const next of client.watchVideo(video.id, until)) {
      video = next;
      progress.show(video);
    }
    progress.end();
    if (!hasEnded(video)) until.throwIfAborted();
    // A video that failed may still have the film of an earlier revision, which is not what was asked for.
    const isMade = video.status === 'succeeded';
    const film = isMade ? await saveFilm(client, video, destination, interrupt.signal) : null;
    report(film);
    if (video.notice) process.stderr.write(`${video.notice}\n`);
    if (!isMade) fail(video);
  } catch (error) {
    progress.end();
    const isLate = until.aborted && !interrupt.signal.aborted && !(video && hasEnded(video));
    if (interrupt.signal.aborted || isLate) {
      report(null);
      process.stderr.write(`${isLate ? 'Not finished in time' : 'Left'}${outlook(video)}\n`);
      process.exitCode = isLate ? EXIT.timedOut : EXIT.interrupted;
      return;
    }
    process.exitCode = reportRemoteProblem(error);
    if (video) process.stderr.write(`Left${outlook(video)}\n`);
  } finally {
    progress.end();
    interrupt.end();
  }
}

/** What becomes of a video that is left, and how to come back to it. */
function outlook(video: Video | null): string {
  if (video === null) return '; the installation has not answered. Try the same command again.';
  if (hasEnded(video)) return `; ${video.id} has ended there. The same command saves its files.`;
  return `; ${video.id} goes on there. The same command joins it again.`;
}

function fail(video: Video): void {
  process.exitCode = EXIT.failed;
  process.stderr.write(`clipt: ${describeFailure(reportOf(video, null, 0))}\n`);
}

/** The one object that `--json` prints; what it shares with that of a film made here has the same form. */
function reportOf(video: Video, film: SavedFilm | null, seconds: number) {
  const { id: video_id, title, status, credits, notice, error, scenes } = video;
  return {
    ...{ video_id, title, status, files: film?.files ?? null, check: film?.check ?? null },
    ...{ credits, seconds },
    ...(notice === null ? {} : { notice }),
    ...(error === null ? {} : { error: errorOf(error, scenes) }),
  };
}

function errorOf(
  { code, message, action, stage, scene_id, retryable }: NonNullable<Video['error']>,
  scenes: Video['scenes'],
) {
  const scene = scenes.find(({ id }) => id === scene_id)?.position;
  return { code, message, action, stage, scene: scene === undefined ? null : scene + 1, retryable };
}
