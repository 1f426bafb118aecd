import { type Clock, systemClock } from '../../platform/clock.ts';
import { bearer, EgressFailure, FileRefused, makeEgress } from '../../platform/egress/egress.ts';
import type { Log } from '../../platform/log.ts';
import type { ModelCall, VideoModel } from '../models.ts';
import { RATIO, videoCapabilities } from './capabilities.ts';
import { arkProblem, problemOfFailure } from './errors.ts';
import { findOrder } from './find-order.ts';
import { taskOrder } from './order.ts';
import { dataUrls } from './pictures.ts';
import { videoPolicy } from './policy.ts';
import { clipTokens, videoUsage } from './prices.ts';
import { stateOf } from './task-state.ts';
import { makeTasks } from './tasks.ts';

export type ArkVideoOptions = {
  /** The first is used; the next where the vendor does not take it. */
  readonly apiKeys: readonly string[];
  readonly baseUrl: string;
  /** A model id or an endpoint of the account's own (`ep-…`). */
  readonly model: string;
  /** Where finished clips may lie, as an egress policy names hosts. */
  readonly fileHosts: readonly string[];
  /** Tasks under way at once with the key; an individual's account films 3 (ModelArk, limits page, 2026-10). */
  readonly maxTasks?: number;
  /** When an uncertain order is looked for, in milliseconds after it; ascending. */
  readonly looksAfterMs?: readonly number[];
  readonly log: Log;
  readonly now?: Clock;
};

const DEFAULT_MAX_TASKS = 3;
const MAX_CLIP_BYTES = 1024 * 1024 * 1024;
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const FILE_SILENCE_MS = 30_000;
/** The vendor takes 20 a second for an account; what other users of the key need is left to them. */
const POLLS_PER_SECOND = 8;
const POLL_MS = { min: 1_000, max: 15_000 };
/** A create answers within 2 minutes or is lost by then, and its task is listed at once. */
const DEFAULT_LOOKS_AFTER_MS = [5_000, 30_000, 150_000, 600_000];

const ID_PREFIX = 'ark/';

/** What the vendor calls the model of this id; null where it is no model of the vendor's. */
export function arkVideoName(id: string): string | null {
  return id.startsWith(ID_PREFIX) ? id.slice(ID_PREFIX.length) : null;
}

/** Films with Seedance on BytePlus ModelArk. Throws a `TypeError` without a key or with a base URL that is none. */
export function makeArkVideoModel(options: ArkVideoOptions): VideoModel {
  const { model, log, now = systemClock } = options;
  const can = videoCapabilities(model);
  const egress = makeEgress(
    videoPolicy(options.baseUrl, options.fileHosts),
    bearer(options.apiKeys),
  );
  const tasks = makeTasks(egress, log);

  return {
    id: ID_PREFIX + model,
    lane: { name: 'ark/video', limit: options.maxTasks ?? DEFAULT_MAX_TASKS },
    limits: { minSeconds: can.seconds.min, maxSeconds: can.seconds.max, stepSeconds: 1 },
    accepts: { firstFrame: true, references: can.references },
    knowsOrdersBySeed: can.seed,
    looksAfterMs: options.looksAfterMs ?? DEFAULT_LOOKS_AFTER_MS,

    estimate: ({ seconds, format }) =>
      videoUsage(model, clipTokens(RATIO[format], seconds), null, now),

    async submit(order, { signal }) {
      const references = order.firstFrame === null ? order.references : [];
      if (references.length > can.references) throw arkProblem('rejectedRequest');
      const body = taskOrder(model, can, {
        ...order,
        firstFrame: order.firstFrame && ((await dataUrls([order.firstFrame]))[0] ?? null),
        references: await dataUrls(references),
      });
      return { taskId: await tasks.create(body, signal) };
    },

    find: async (order, { signal }) => await findOrder(tasks, model, can, order, signal),

    async poll(taskId, { signal }) {
      const task = await tasks.get(taskId, signal);
      return stateOf(task, (tokens) => videoUsage(model, tokens, taskId, now));
    },

    pollAfterMs: (tasksInFlight) =>
      Math.min(POLL_MS.max, Math.max(POLL_MS.min, (tasksInFlight / POLLS_PER_SECOND) * 1_000)),

    async download(taskId, { clip, lastFrame }, call) {
      // The addresses are asked for again: they cannot be renewed, and are not kept anywhere.
      const task = await tasks.get(taskId, call.signal);
      if (task === null) throw arkProblem('taskGone');
      const { video_url: clipUrl, last_frame_url: frameUrl } = task.content ?? {};
      if (task.status !== 'succeeded' || !clipUrl) {
        throw arkProblem('unusable', { vendorCode: task.error?.code ?? null });
      }
      await fetchFile(clipUrl, clip, MAX_CLIP_BYTES, call);
      if (lastFrame === null || !frameUrl) return { hasLastFrame: false };
      return { hasLastFrame: await fetchFrame(frameUrl, lastFrame, call) };
    },

    async cancel(taskId, { signal }) {
      const { status } = stateOf(await tasks.get(taskId, signal), () => null);
      if (status === 'running') return false;
      return status === 'queued' ? await tasks.remove(taskId, signal) : true;
    },
  };

  async function fetchFile(
    url: string,
    file: string,
    maxBytes: number,
    { signal }: ModelCall,
  ): Promise<void> {
    try {
      await egress.fetchFile(url, file, { signal, silenceMs: FILE_SILENCE_MS, maxBytes });
    } catch (error) {
      if (!(error instanceof FileRefused)) throw problemOfFailure(error);
      const isExpired = [403, 404, 410].includes(error.answered);
      throw arkProblem(isExpired ? 'fileExpired' : 'unavailable', { cause: error });
    }
  }

  /** False when the picture cannot be had: it can be taken from the clip as well. */
  async function fetchFrame(url: string, file: string, call: ModelCall): Promise<boolean> {
    try {
      await egress.fetchFile(url, file, {
        signal: call.signal,
        silenceMs: FILE_SILENCE_MS,
        maxBytes: MAX_FRAME_BYTES,
      });
      return true;
    } catch (error) {
      const isLost = error instanceof FileRefused || error instanceof EgressFailure;
      if (!isLost || error.kind === 'canceled') throw error;
      log.warn('ark last frame not fetched', { code: error.code });
      return false;
    }
  }
}
