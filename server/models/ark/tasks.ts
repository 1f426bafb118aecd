import { type Egress, type EgressAnswer, EgressFailure } from '../../platform/egress/egress.ts';
import type { Log } from '../../platform/log.ts';
import { isClearRefusal, isSuccess, readJson } from '../vendor-answer.ts';
import { OrderUncertain } from '../vendor-problem.ts';
import { arkProblem, problemOfAnswer, problemOfFailure } from './errors.ts';
import { VENDOR } from './meanings.ts';
import type { TaskOrder } from './order.ts';
import { makePacer } from './pacer.ts';
import {
  createdTask,
  type ListedTask,
  readErrorBody,
  taskList,
  type VideoTask,
  videoTask,
} from './wire.ts';

/** An order may carry tens of megabytes of pictures, and the vendor looks at them before it answers. */
const CREATE_TIMEOUT_MS = 120_000;
const READ_TIMEOUT_MS = 30_000;
/** The vendor lists once a second for an account (ModelArk, limits page, 2026-10); a little over, for its clock. */
const LIST_EVERY_MS = 1_050;

const TASKS = '/contents/generations/tasks';
const TASK = '/contents/generations/tasks/{id}';

export type ListedPage = { readonly items: readonly ListedTask[]; readonly total: number | null };

/** The four operations on filming tasks, each once and without retries. */
export function makeTasks(egress: Egress, log: Log) {
  const turnToList = makePacer(LIST_EVERY_MS);

  /** Rejects with a `VendorProblem` unless the answer is a success or `isAnswer` takes it. */
  async function ask(
    request: Parameters<Egress['send']>[0],
    signal: AbortSignal,
    isAnswer: (answer: EgressAnswer) => boolean = isSuccess,
  ): Promise<EgressAnswer> {
    const answer = await egress
      .send(request, { signal, timeoutMs: READ_TIMEOUT_MS })
      .catch((error: unknown) => {
        throw problemOfFailure(error);
      });
    if (isSuccess(answer) || isAnswer(answer)) return answer;
    throw problemOfAnswer(answer);
  }

  return {
    /**
     * The id of a new task. The vendor has no way to recognise an order that is sent twice, so every end but a
     * clear yes and a clear no is `OrderUncertain`.
     */
    async create(order: TaskOrder, signal: AbortSignal): Promise<string> {
      const answer = await egress
        .send(
          { method: 'POST', path: TASKS, json: order },
          { signal, timeoutMs: CREATE_TIMEOUT_MS },
        )
        .catch((error: unknown) => {
          const mayBeOrdered = error instanceof EgressFailure && error.mayHaveArrived;
          throw mayBeOrdered ? new OrderUncertain(VENDOR, error) : problemOfFailure(error);
        });
      if (isSuccess(answer)) {
        const created = createdTask.safeParse(readJson(answer.bytes));
        if (created.success) return created.data.id;
        throw new OrderUncertain(VENDOR, created.error);
      }
      const problem = problemOfAnswer(answer);
      const isClear = isClearRefusal(answer, readErrorBody(answer.bytes) !== null);
      log.warn(isClear ? 'ark order refused' : 'ark order uncertain', {
        status: answer.status,
        code: problem.vendorCode ?? problem.code,
      });
      throw isClear ? problem : new OrderUncertain(VENDOR, problem);
    },

    /** Null when the vendor says that it knows no such task. */
    async get(id: string, signal: AbortSignal): Promise<VideoTask | null> {
      const answer = await ask(
        { method: 'GET', path: TASK, params: { id } },
        signal,
        isUnknownTask,
      );
      if (isUnknownTask(answer)) return null;
      const task = videoTask.safeParse(readJson(answer.bytes));
      if (task.success) return task.data;
      throw arkProblem('unusable', {
        vendorCode: readErrorBody(answer.bytes)?.code ?? null,
        cause: task.error,
      });
    },

    /** A page of the tasks of the last seven days, in an order that is not documented. `page` counts from 1. */
    async list(page: number, size: number, signal: AbortSignal): Promise<ListedPage> {
      await turnToList(signal);
      const query = [
        ['page_num', String(page)],
        ['page_size', String(size)],
      ] as const;
      const answer = await ask({ method: 'GET', path: TASKS, query }, signal);
      const list = taskList.safeParse(readJson(answer.bytes));
      if (list.success) return { items: list.data.items, total: list.data.total ?? null };
      throw arkProblem('unusable', { cause: list.error });
    },

    /** Cancels a task that waits. False when the vendor refuses, as it does once the task runs. */
    async remove(id: string, signal: AbortSignal): Promise<boolean> {
      const refuses = (answer: EgressAnswer) =>
        answer.status === 400 || answer.status === 404 || answer.status === 409;
      const answer = await ask({ method: 'DELETE', path: TASK, params: { id } }, signal, refuses);
      return isSuccess(answer);
    },
  };
}

export type Tasks = ReturnType<typeof makeTasks>;

/** A 404 of the vendor's own; one of a proxy's says nothing about the task. */
const isUnknownTask = ({ status, bytes }: EgressAnswer): boolean =>
  status === 404 && readErrorBody(bytes) !== null;
