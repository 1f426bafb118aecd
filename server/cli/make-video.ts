import { type Clipt, openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import type { AccountId } from '../platform/ids.ts';
import type { MakeRequest } from '../videos/videos.ts';
import type { RunView } from '../videos/view.ts';
import { deliverFilm } from './deliver-film.ts';
import { chooseDestination, type Destination, spareSources } from './delivery.ts';
import { EXIT, sentence } from './exit.ts';
import { onInterrupt } from './interrupt.ts';
import { openProgress, type ProgressDisplay } from './progress.ts';
import { runReport } from './run-report.ts';

export type MakeJob = {
  readonly config: Config;
  readonly json: boolean;
  /** `-o`, if given. */
  readonly output: string | undefined;
  /** File name without ending, when there is no `-o`. */
  readonly outputName: string;
  /** Files of the user's that are read, and so must not be replaced. */
  readonly sources: readonly string[];
  /** What to make; asked once the database is open. */
  readonly request: (clipt: Clipt, accountId: AccountId) => Promise<MakeRequest>;
};

/**
 * Makes a video and puts its files at the output path: shows progress, stops at Ctrl-C so that the next run
 * resumes, and prints the result on stdout. Sets the exit status.
 */
export async function makeVideo(job: MakeJob): Promise<void> {
  const startedMs = performance.now();
  const progress = openProgress();
  progress.say('starting');
  const interrupt = onInterrupt();
  try {
    const destination = await chooseDestination(job.output, job.outputName);
    await spareSources(destination, job.sources);
    await using clipt = await openClipt(job.config);
    const accountId = await clipt.owner();
    const request = await job.request(clipt, accountId);
    const view = await runToEnd(clipt, accountId, request, progress, interrupt.signal);
    if (view === null) {
      progress.end();
      process.stderr.write('Stopped. The same command resumes where this left off.\n');
      process.exitCode = EXIT.interrupted;
      return;
    }
    await finish({ clipt, destination, job, progress, startedMs, view });
  } finally {
    progress.end();
    interrupt.end();
  }
}

/** Starts or joins the run and watches it until it ends; null when interrupted. */
async function runToEnd(
  clipt: Clipt,
  accountId: AccountId,
  request: MakeRequest,
  progress: ProgressDisplay,
  interrupted: AbortSignal,
): Promise<RunView | null> {
  const { runId } = await clipt.videos.make(accountId, request);
  const watch = () => clipt.videos.view(accountId, runId);
  let view = await watch();
  progress.show(view);
  // With everything kept from before, the run has ended already and no worker need start.
  if (isOpen(view) && !interrupted.aborted) {
    await clipt.startWorker();
    for await (const _ of clipt.ticks(interrupted)) {
      view = await watch();
      progress.show(view);
      if (!isOpen(view)) break;
    }
  }
  return isOpen(view) ? null : view;
}

function isOpen({ status }: RunView): boolean {
  return status === 'queued' || status === 'running';
}

async function finish(end: {
  readonly clipt: Clipt;
  readonly destination: Destination;
  readonly job: MakeJob;
  readonly progress: ProgressDisplay;
  readonly startedMs: number;
  readonly view: RunView;
}): Promise<void> {
  const { clipt, destination, job, progress, view } = end;
  const files = view.render ? await deliverFilm(clipt.objects, view, destination) : null;
  progress.end();
  const seconds = (performance.now() - end.startedMs) / 1000;
  if (job.json) process.stdout.write(`${JSON.stringify(runReport(view, files, seconds))}\n`);
  if (files) {
    if (view.notice) process.stderr.write(`${view.notice}\n`);
    if (!job.json) process.stdout.write(`${files.mp4}\n`);
    return;
  }
  process.exitCode = EXIT.failed;
  process.stderr.write(`clipt: ${describeFailure(view)}\n`);
}

function describeFailure({ error, status }: RunView): string {
  if (status === 'canceled') return 'The video was canceled.';
  if (!error) return 'The video could not be made.';
  const scene = error.sceneNumber === null ? '' : ` (scene ${error.sceneNumber})`;
  return `${sentence({ message: error.message, action: error.action ?? undefined })} [${error.stage}${scene}: ${error.code}]`;
}
