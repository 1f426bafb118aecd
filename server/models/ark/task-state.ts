import type { ClipTask, Usage } from '../models.ts';
import { arkProblem, failedTask } from './errors.ts';
import { MEANINGS, VENDOR } from './meanings.ts';
import type { VideoTask } from './wire.ts';

/**
 * Where a task stands; null is a task that the vendor does not know. Throws `provider_answer_unusable` for a status
 * that is not in the vendor's page: taken for running, it might run for ever.
 */
export function stateOf(
  task: VideoTask | null,
  usageOf: (tokens: number) => Usage | null,
): ClipTask {
  if (task === null) return TASK_GONE;
  switch (task.status) {
    case 'queued':
    case 'running':
      return { status: task.status, progress: null };
    case 'succeeded': {
      const tokens = task.usage?.completion_tokens ?? null;
      return { status: 'succeeded', usage: tokens === null ? null : usageOf(tokens) };
    }
    case 'failed':
      return failedTask(task.error ?? null);
    case 'expired':
      return TASK_EXPIRED;
    case 'cancelled':
      return TASK_CANCELED;
    default:
      throw arkProblem('unusable', { vendorCode: task.error?.code ?? null });
  }
}

const TASK_GONE: ClipTask = {
  status: 'gone',
  code: MEANINGS.taskGone.code,
  message: MEANINGS.taskGone.message,
};

const TASK_EXPIRED: ClipTask = {
  status: 'failed',
  code: 'provider_timeout',
  message: `${VENDOR} did not film the clip in time.`,
  retryable: true,
  vendorCode: null,
};

/** Called off by us or in the vendor's console; nothing was charged. */
const TASK_CANCELED: ClipTask = {
  status: 'failed',
  code: 'canceled',
  message: 'Filming was called off.',
  retryable: false,
  vendorCode: null,
};
