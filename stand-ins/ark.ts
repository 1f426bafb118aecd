import { join } from 'node:path';
import { z } from 'zod';
import { makeMediaEngine } from '../server/media/engine.ts';
import type { MediaEngine } from '../server/media/media.ts';
import { type Clock, systemClock } from '../server/platform/clock.ts';
import { steer } from './admin.ts';
import { type CallbackNote, makeCallbacks } from './ark/callbacks.ts';
import { CHAT_MODEL_NAMES } from './ark/chat-models.ts';
import { arkChatRoute } from './ark/chat-route.ts';
import { type ClipOptions, makeClips } from './ark/clips.ts';
import { arkRefusal } from './ark/errors.ts';
import { makeFiles } from './ark/files.ts';
import { FILM_MODEL_NAMES } from './ark/models.ts';
import { taskRoutes } from './ark/task-routes.ts';
import { makeTasks, type Task } from './ark/tasks.ts';
import { taskView } from './ark/view.ts';
import { DEFAULT_CACHE_DIR } from './cache.ts';
import { faultOf } from './faults.ts';
import { jsonReply } from './reply.ts';
import { type Ask, Refused } from './route.ts';
import { type StandIn, startStandIn } from './server.ts';

export type ArkOptions = {
  readonly port?: number;
  /** Keys that are accepted; any, unless given. */
  readonly keys?: readonly string[];
  /** How long a task waits and films; by default a second in all. */
  readonly queueMs?: number;
  readonly filmMs?: number;
  /** Tasks that film at once; an account of a business films 10. */
  readonly concurrency?: number;
  readonly mostQueued?: number;
  /** 1,000 as at the vendor; 0 lists always. */
  readonly listEveryMs?: number;
  /** Models that exist and are not activated. */
  readonly closedModels?: readonly string[];
  readonly footage?: ClipOptions['footage'];
  readonly codec?: ClipOptions['codec'];
  /** Where a callback address leads, as a proxy in front of it would; by default to itself. */
  readonly reach?: (url: string) => string;
  /** Where films are kept between runs. Default: a folder in the system's own for passing files. */
  readonly cacheDir?: string;
  readonly engine?: MediaEngine;
  readonly now?: Clock;
};

export type ArkStandIn = StandIn & {
  /** What ARK_BASE_URL would be. */
  readonly baseUrl: string;
  readonly tasks: () => readonly Task[];
  readonly callbacks: readonly CallbackNote[];
  /** Tells now what may not be so, at the callback address of a task. */
  forgeCallback(taskId: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
  /** Lets time pass by: links end after a day, tasks are forgotten after seven. */
  advance(ms: number): void;
};

const BASE = '/api/v3';

/**
 * BytePlus ModelArk: Seedance filming tasks with real films and callbacks, and Seed chat. Routes for faults:
 * `create-task`, `get-task`, `list-tasks`, `delete-task`, `file`, `chat`, `models`. Besides the common ones it is
 * steered by `GET tasks`, `GET callbacks`, `POST callbacks` (`{task_id, fields}`: a forged one) and
 * `POST clock` (`{advance_ms}`).
 */
export async function startArk(options: ArkOptions = {}): Promise<ArkStandIn> {
  const { cacheDir = DEFAULT_CACHE_DIR, now = systemClock, keys = null } = options;
  let aheadMs = 0;
  const clock = () => new Date(now().getTime() + aheadMs);
  const engine =
    options.engine ??
    (await makeMediaEngine({ ffmpegPath: null, workDir: join(cacheDir, 'work') }));
  const clips = makeClips({
    ...{ engine, cacheDir: join(cacheDir, 'clips') },
    ...{ footage: options.footage ?? 'cheap', codec: options.codec ?? 'h264' },
  });
  const present = (task: Task) => taskView(task, files.link);
  const callbacks = makeCallbacks(present, options.reach ?? ((url) => url));
  const tasks = makeTasks({
    ...{ clips, now: clock },
    queueMs: options.queueMs ?? 200,
    filmMs: options.filmMs ?? 800,
    concurrency: options.concurrency ?? 10,
    onChange: (task) => void callbacks.tell(task),
  });
  const files = makeFiles({ tasks, now: clock, origin: () => standIn.url });
  const authorize = ({ headers }: Ask) => {
    const [, key] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
    if (key !== undefined && (keys === null || keys.includes(key))) return;
    throw new Refused(401, 'AuthenticationError', 'The API key in the request is not valid.');
  };
  const advance = (ms: number) => {
    aheadMs += ms;
  };
  const forgeCallback: ArkStandIn['forgeCallback'] = async (taskId, fields) => {
    const task = tasks.find(taskId);
    if (task) await callbacks.forge(task, fields);
  };

  const standIn: StandIn = await startStandIn({
    port: options.port ?? 0,
    refusal: arkRefusal,
    routes: [
      ...taskRoutes(BASE, {
        ...{ tasks, present, authorize, now: clock },
        onCreate(task, faults) {
          const fault = faultOf(faults, 'callbacks');
          if (fault) callbacks.spoil(task.id, fault);
        },
        closedModels: options.closedModels ?? [],
        mostQueued: options.mostQueued ?? 120,
        listEveryMs: options.listEveryMs ?? 1_000,
      }),
      files.route,
      arkChatRoute(`${BASE}/chat/completions`, authorize),
      { name: 'models', method: 'GET', path: `${BASE}/models`, handle: listModels },
    ],
    steering: [
      steer('GET', 'tasks', () => tasks.all().map(present)),
      steer('GET', 'callbacks', () => callbacks.notes),
      steer('POST', 'callbacks', async ({ body }) => {
        const told = forgery.parse(body.kind === 'json' ? body.value : null);
        await forgeCallback(told.task_id, told.fields);
        return callbacks.notes;
      }),
      steer('POST', 'clock', ({ body }) => {
        advance(clockForm.parse(body.kind === 'json' ? body.value : null).advance_ms);
        return { now: clock() };
      }),
    ],
    onReset: () => tasks.clear(),
    async onClose() {
      callbacks.close();
      tasks.clear();
      await clips.close();
    },
  });
  return {
    ...standIn,
    baseUrl: standIn.url + BASE,
    tasks: tasks.all,
    callbacks: callbacks.notes,
    forgeCallback,
    advance,
  };
}

const forgery = z.strictObject({ task_id: z.string(), fields: z.record(z.string(), z.unknown()) });
const clockForm = z.strictObject({ advance_ms: z.int().min(0) });

function listModels() {
  const named = (names: readonly string[], task: string) =>
    names.map((id) => ({ id, object: 'model', task_type: [task], status: 'Active' }));
  const data = [
    ...named(FILM_MODEL_NAMES, 'VideoGeneration'),
    ...named(CHAT_MODEL_NAMES, 'TextGeneration'),
  ];
  return jsonReply({ object: 'list', data });
}
