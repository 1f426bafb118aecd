import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { z } from 'zod';
import { runChildTask } from '../../../platform/child/run-task.ts';
import { systemClock } from '../../../platform/clock.ts';
import { asProblem } from '../../../platform/problem.ts';
import type { ClipRequest, ClipTask, VideoModel } from '../../models.ts';
import { type clipFailure, clipOrder } from './clip-order.ts';
import { clipNotReady, clipRequestInvalid, LOST } from './errors.ts';
import { makeTaskFolders } from './task-folder.ts';

export type LocalVideoModel = VideoModel & {
  /** Stops what this process films; the tasks stay and are taken up again when they are next polled. */
  readonly close: () => Promise<void>;
};

export type LocalVideoOptions = {
  /** Holds one folder for each task; made when absent. */
  readonly workDir: string;
  /** A system ffmpeg to encode with; without, the engine in the npm package. */
  readonly ffmpegPath?: string | null | undefined;
  /** Clips filmed at once. */
  readonly maxConcurrent?: number;
};

const MODULE = new URL('./film-child.ts', import.meta.url);
/** The longest clip, 60 s, takes about 60 CPU seconds; eight may share two cores. */
const TIMEOUT_MS = 900_000;
/** About twice the 296 MiB that clips of 60 s were measured to take. */
const MEMORY_MIB = 640;
const MOST_AT_ONCE = 4;
/** A look at a folder costs next to nothing. */
const POLL_AFTER_MS = 1_000;

type Filming = {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  progress: number | null;
};

/**
 * Footage that needs no key and no network: motion graphics drawn from the words of the prompt, at two
 * thirds of the finished size, 30 frames a second. A task is a folder, so it outlives this process: the
 * next poll, here or in another process, films what was left unfinished.
 *
 * Begins with no given picture and leaves none. Rejects with `clip_request_invalid` and `clip_not_ready`; a clip
 * that could not be filmed is a `failed` task. The same request gives the same picture.
 */
export function makeLocalVideoModel(options: LocalVideoOptions): LocalVideoModel {
  const {
    workDir,
    ffmpegPath,
    maxConcurrent = Math.min(MOST_AT_ONCE, availableParallelism()),
  } = options;
  const tasks = makeTaskFolders(workDir);
  const turns = pLimit(maxConcurrent);
  const filming = new Map<string, Filming>();
  /** Failures that could not be written beside their task: a full disk takes no notes. */
  const unwritten = new Map<string, z.infer<typeof clipFailure>>();
  let cleared = false;

  async function film(
    taskId: string,
    request: ClipRequest,
    job: Pick<Filming, 'abort'>,
    told: (progress: number) => void,
  ) {
    if (job.abort.signal.aborted) return;
    const file = tasks.partial(taskId);
    try {
      const { cost } = await runChildTask(
        {
          module: MODULE,
          input: { request, file, ffmpegPath: ffmpegPath ?? null },
          output: z.object({ frames: z.int() }),
          cwd: tasks.folder(taskId),
          onProgress: told,
        },
        { signal: job.abort.signal, timeoutMs: TIMEOUT_MS, memoryMiB: MEMORY_MIB },
      );
      await tasks.finish(taskId, cost.cpuMs);
    } catch (error) {
      const { kind, code, message, retryable } = asProblem(error);
      if (kind === 'canceled') return;
      const failure = { code, message, retryable };
      await tasks.fail(taskId, failure).catch(() => unwritten.set(taskId, failure));
    }
  }

  function start(taskId: string, request: ClipRequest): void {
    const abort = new AbortController();
    const ended = turns(() =>
      film(taskId, request, { abort }, (progress) => {
        const job = filming.get(taskId);
        if (job) job.progress = progress;
      }),
    ).finally(() => filming.delete(taskId));
    filming.set(taskId, { abort, ended, progress: null });
  }

  async function stop(taskId: string): Promise<void> {
    const job = filming.get(taskId);
    job?.abort.abort();
    await job?.ended;
  }

  return {
    id: 'local/motion-2',
    lane: null,
    limits: { minSeconds: 1, maxSeconds: 60, stepSeconds: 0.5 },
    accepts: { firstFrame: false, references: 0 },
    estimate: ({ seconds }) => ({
      unit: 'seconds',
      units: seconds,
      costMicroUsd: 0,
      reference: null,
    }),
    pollAfterMs: () => POLL_AFTER_MS,
    // An order is a folder of this machine and costs nothing: one nobody heard of is filmed anew.
    knowsOrdersBySeed: false,
    looksAfterMs: [0],
    find: async () => null,

    async submit(request) {
      const parsed = clipOrder.safeParse(request);
      if (!parsed.success) throw clipRequestInvalid(parsed.error);
      if (!cleared) await tasks.clear(systemClock());
      cleared = true;
      const taskId = await tasks.create(parsed.data);
      await tasks.claim(taskId);
      start(taskId, parsed.data);
      return { taskId };
    },

    async poll(taskId): Promise<ClipTask> {
      const job = filming.get(taskId);
      if (job)
        return { status: job.progress === null ? 'queued' : 'running', progress: job.progress };
      const failure = unwritten.get(taskId);
      if (failure) return { status: 'failed', ...failure, vendorCode: null };
      const state = await tasks.state(taskId);
      if (state.status === 'lost') return LOST;
      if (state.status === 'failed')
        return { status: 'failed', ...state.failure, vendorCode: null };
      if (state.status === 'succeeded') return { status: 'succeeded', usage: null };
      // Between the two looks another caller in this process may have started it.
      if ((await tasks.claim(taskId)) && !filming.has(taskId)) start(taskId, state.request);
      return { status: 'running', progress: null };
    },

    async download(taskId, { clip }, call) {
      if ((await tasks.state(taskId)).status !== 'succeeded') throw clipNotReady();
      const cpuMs = await tasks.copyClip(taskId, clip);
      call.spent?.(cpuMs);
      return { hasLastFrame: false };
    },

    async cancel(taskId) {
      await stop(taskId);
      await tasks.remove(taskId);
      return true;
    },

    async close() {
      await Promise.all([...filming.keys()].map(stop));
    },
  };
}
