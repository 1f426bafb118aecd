import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Clock } from '../../server/platform/clock.ts';
import type { Clips } from './clips.ts';
import type { Order } from './order.ts';

export type TaskStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired';

/** How a task will end, decided when it is created. */
export type Ending =
  | { readonly kind: 'succeeds' | 'never' | 'expires' }
  | { readonly kind: 'fails'; readonly code: string; readonly message: string };

export type Task = {
  readonly id: string;
  readonly order: Order;
  readonly createdAt: Date;
  readonly ending: Ending;
  /** Links to its files have ended from the start. */
  readonly hasStaleFiles: boolean;
  status: TaskStatus;
  updatedAt: Date;
  error: { readonly code: string; readonly message: string } | null;
  film: Buffer | null;
  lastFrame: Buffer | null;
  /** Of the film and the frame together. */
  downloads: number;
};

export type TaskOptions = {
  readonly clips: Clips;
  /** How long a task waits, and how long it runs at the least. */
  readonly queueMs: number;
  readonly filmMs: number;
  /** Tasks that run at once; more wait. */
  readonly concurrency: number;
  readonly now: Clock;
  readonly onChange: (task: Task) => void;
};

const DAY_MS = 86_400_000;
/** Of a task, and of one that was canceled (ModelArk, create-task page, 2026-08). */
const KEPT_MS = 7 * DAY_MS;
const CANCELED_KEPT_MS = DAY_MS;

export type Tasks = ReturnType<typeof makeTasks>;

/** The filming tasks of a stand-in, each living by itself from `queued` to its end. */
export function makeTasks(options: TaskOptions) {
  const { clips, now, onChange } = options;
  let tasks = new Map<string, Task>();
  let ending = new AbortController();
  let slots = pLimit(options.concurrency);

  function change(task: Task, status: TaskStatus, error: Task['error'] = null): void {
    task.status = status;
    task.updatedAt = now();
    task.error = error;
    onChange(task);
  }

  async function live(task: Task, signal: AbortSignal): Promise<void> {
    onChange(task);
    await delay(options.queueMs, undefined, { signal });
    await slots(async () => {
      signal.throwIfAborted();
      if (task.status !== 'queued') return;
      change(task, 'running');
      await run(task, signal);
    });
  }

  async function run(task: Task, signal: AbortSignal): Promise<void> {
    const { ending: end, order } = task;
    // It holds its place for as long as it is not done.
    if (end.kind === 'never') return void (await once(signal, 'abort'));
    const succeeds = end.kind === 'succeeds';
    const filming = succeeds ? clips.film(task.id, order, signal) : null;
    // Where the wait ends by the stand-in's closing, nobody is left to look at the film.
    filming?.catch(() => undefined);
    await delay(options.filmMs, undefined, { signal });
    if (end.kind === 'expires') return change(task, 'expired');
    if (end.kind === 'fails') {
      return change(task, 'failed', { code: end.code, message: end.message });
    }
    task.film = await filming;
    task.lastFrame = order.wantsLastFrame ? await clips.lastFrame(order, signal) : null;
    change(task, 'succeeded');
  }

  function isKept({ status, createdAt, updatedAt }: Task): boolean {
    const at = now().getTime();
    if (status === 'cancelled' && at - updatedAt.getTime() > CANCELED_KEPT_MS) return false;
    return at - createdAt.getTime() <= KEPT_MS;
  }

  return {
    create(order: Order, end: Ending, hasStaleFiles: boolean): Task {
      const createdAt = now();
      const task: Task = {
        ...{ id: newTaskId(order, createdAt), order, createdAt, ending: end, hasStaleFiles },
        ...{ status: 'queued', updatedAt: createdAt, error: null, downloads: 0 },
        ...{ film: null, lastFrame: null },
      };
      tasks.set(task.id, task);
      live(task, ending.signal).catch((error: unknown) => {
        if (ending.signal.aborted || !tasks.has(task.id)) return;
        console.error(error);
        change(task, 'failed', { code: 'InternalServiceError', message: 'The stand-in failed.' });
      });
      return task;
    },
    /** Null for one that is not known any more. */
    find(id: string): Task | null {
      const task = tasks.get(id);
      return task && isKept(task) ? task : null;
    },
    /** Newest first. */
    all: (): readonly Task[] => [...tasks.values()].filter(isKept).reverse(),
    cancel: (task: Task) => change(task, 'cancelled'),
    forget: (task: Task) => tasks.delete(task.id),
    clear(): void {
      ending.abort();
      ending = new AbortController();
      slots = pLimit(options.concurrency);
      tasks = new Map();
    },
  };
}

/** `cgt-20260731174311-zmz5s`. */
function newTaskId({ tier }: Order, at: Date): string {
  const time = at.toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const letters = [...randomBytes(5)].map((byte) => (byte % 36).toString(36)).join('');
  return `cgt-${tier === 'flex' ? 'batch-' : ''}${time}-${letters}`;
}
