import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../faults.ts';
import { isLoopback } from './pictures.ts';
import type { Task } from './tasks.ts';

type CallbackFault = Extract<Fault, { kind: 'callbacks' }>;

/** A callback that went out. */
export type CallbackNote = {
  readonly at: string;
  readonly taskId: string;
  readonly status: string;
  readonly isForged: boolean;
  /** Null where nobody answered. */
  readonly answer: number | null;
};

/** The vendor waits so long for a success, and tells an ended task three times more (ModelArk, 2026-08). */
const ANSWER_MS = 5_000;
const RETRIES = 3;
const RETRY_AFTER_MS = 500;

/**
 * Tells addresses on this machine of tasks, one callback of a task after the other; others are passed over. `reach`
 * says where an address leads.
 */
export function makeCallbacks(
  present: (task: Task) => Record<string, unknown>,
  reach: (url: string) => string,
) {
  const closing = new AbortController();
  const notes: CallbackNote[] = [];
  const faults = new Map<string, CallbackFault>();
  const lines = new Map<string, Promise<void>>();

  async function post(url: string, body: Record<string, unknown>): Promise<number | null> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(ANSWER_MS)]);
    const headers = { 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(body), signal } as const;
    try {
      const response = await fetch(url, { ...sent, redirect: 'manual' });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return null;
    }
  }

  async function tell(task: Task, body: Record<string, unknown>, isForged = false): Promise<void> {
    const { callbackUrl } = task.order;
    const url = callbackUrl === null ? null : reach(callbackUrl);
    if (url === null || !isLoopback(url)) return;
    const status = String(body['status']);
    const tries = ['succeeded', 'failed'].includes(status) ? 1 + RETRIES : 1;
    for (let tried = 1; tried <= tries && !closing.signal.aborted; tried += 1) {
      const answer = await post(url, body);
      const at = new Date().toISOString();
      notes.push({ at, taskId: task.id, status, isForged, answer });
      if (answer !== null && answer >= 200 && answer < 300) return;
      if (tried < tries) await delay(RETRY_AFTER_MS, undefined, { signal: closing.signal });
    }
  }

  async function tellAsTold(task: Task, body: Record<string, unknown>): Promise<void> {
    const fault = faults.get(task.id);
    if (fault?.how === 'never') return;
    if (fault?.how === 'late') await delay(fault.lateMs, undefined, { signal: closing.signal });
    if (fault?.how === 'forged') await tell(task, forged(body), true);
    await tell(task, body);
    if (fault?.how === 'duplicate') await tell(task, body);
  }

  return {
    notes,
    /** What goes wrong with all callbacks of a task. */
    spoil: (taskId: string, fault: CallbackFault) => faults.set(taskId, fault),
    /** Tells where a task stands now, once its earlier callbacks are through. */
    tell(task: Task): Promise<void> {
      const body = present(task);
      const before = lines.get(task.id) ?? Promise.resolve();
      const line = before.then(() => tellAsTold(task, body)).catch(() => undefined);
      lines.set(task.id, line);
      return line;
    },
    /** Tells at once something about a task that need not be true. */
    forge: (task: Task, fields: Record<string, unknown>) =>
      tell(task, { ...present(task), ...fields }, true),
    close: () => closing.abort(),
  };
}

/** A stranger's claim that the film is done, and lies elsewhere. */
function forged(body: Record<string, unknown>): Record<string, unknown> {
  return {
    ...body,
    status: 'succeeded',
    content: { video_url: 'https://files.example/forged.mp4' },
    usage: { completion_tokens: 1, total_tokens: 1 },
  };
}
