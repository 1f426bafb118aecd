import type { Clock } from '../../server/platform/clock.ts';
import { type Fault, faultOf } from '../faults.ts';
import { jsonReply, type Reply } from '../reply.ts';
import { type Ask, Refused, type Route } from '../route.ts';
import { newRequestId } from './errors.ts';
import { listTasks } from './list.ts';
import { readOrder } from './order.ts';
import type { Ending, Task, Tasks } from './tasks.ts';
import { tokensOf } from './view.ts';

export type TaskRouteOptions = {
  readonly tasks: Tasks;
  readonly present: (task: Task) => Record<string, unknown>;
  /** Told of a new task before it is heard of by anybody. */
  readonly onCreate: (task: Task, faults: readonly Fault[]) => void;
  readonly authorize: (ask: Ask) => void;
  readonly closedModels: readonly string[];
  /** Tasks that may wait; one more is refused (ModelArk, limits page: 120). */
  readonly mostQueued: number;
  /** The vendor lists once a second for an account; 0 lists always. */
  readonly listEveryMs: number;
  readonly now: Clock;
};

const TASKS = '/contents/generations/tasks';

/** The four operations on filming tasks. */
export function taskRoutes(base: string, options: TaskRouteOptions): readonly Route[] {
  const { tasks, present, authorize, now } = options;
  let listedAt = Number.NEGATIVE_INFINITY;

  async function create(ask: Ask): Promise<Reply> {
    authorize(ask);
    const order = await readOrder(ask.body, options.closedModels, ask.signal);
    const moderation = faultOf(ask.faults, 'moderation');
    if (moderation?.at === 'create') {
      throw new Refused(400, moderation.code ?? 'InputTextSensitiveContentDetected', REFUSED);
    }
    const queued = tasks.all().filter((task) => task.status === 'queued').length;
    if (queued >= options.mostQueued) {
      throw new Refused(429, 'QuotaExceeded', 'The number of queued tasks has reached its limit.');
    }
    const hasStaleFiles = faultOf(ask.faults, 'stale-files') !== undefined;
    const task = tasks.create(order, endingOf(ask.faults), hasStaleFiles);
    options.onCreate(task, ask.faults);
    ask.bought({
      id: task.id,
      key: `${order.seed}:${order.prompt}`,
      details: {
        ...{ model: order.model, seed: order.seed, prompt: order.prompt },
        ...{ seconds: order.seconds, tokens: tokensOf(order) },
      },
    });
    return answer({ id: task.id });
  }

  function known({ params }: Ask): Task {
    const task = tasks.find(params['id'] ?? '');
    if (task) return task;
    throw new Refused(404, 'ResourceNotFound', 'The specified resource is not found.');
  }

  function list(ask: Ask): Reply {
    authorize(ask);
    const at = now().getTime();
    if (at - listedAt < options.listEveryMs) {
      throw new Refused(429, 'AccountRateLimitExceeded', 'Requests of the account are too many.');
    }
    listedAt = at;
    const { page, total } = listTasks(tasks.all(), ask.query);
    return answer({ items: page.map(present), total });
  }

  /** A task that runs cannot be called off; the page names no code for that. */
  function remove(ask: Ask): Reply {
    authorize(ask);
    const task = known(ask);
    if (task.status === 'running') {
      throw new Refused(400, 'InvalidParameter', 'A running task cannot be deleted.', 'id');
    }
    if (task.status === 'queued') tasks.cancel(task);
    else tasks.forget(task);
    return answer({});
  }

  function get(ask: Ask): Reply {
    authorize(ask);
    return answer(present(known(ask)));
  }

  const one = `${base}${TASKS}/:id`;
  const about = ({ id = '' }: Ask['params']) => tasks.find(id)?.order.prompt ?? '';
  return [
    { name: 'create-task', method: 'POST', path: base + TASKS, handle: create },
    { name: 'list-tasks', method: 'GET', path: base + TASKS, handle: list },
    { name: 'get-task', method: 'GET', path: one, about, handle: get },
    { name: 'delete-task', method: 'DELETE', path: one, about, handle: remove },
  ];
}

const REFUSED = 'The request failed because it may contain sensitive information.';

function endingOf(faults: readonly Fault[]): Ending {
  const moderation = faultOf(faults, 'moderation');
  if (moderation?.at === 'later') {
    const code = moderation.code ?? 'OutputVideoSensitiveContentDetected';
    return { kind: 'fails', code, message: REFUSED };
  }
  const fails = faultOf(faults, 'fails');
  if (fails) return { kind: 'fails', code: fails.code, message: fails.message };
  if (faultOf(faults, 'endless')) return { kind: 'never' };
  return { kind: faultOf(faults, 'expires') ? 'expires' : 'succeeds' };
}

const answer = (json: unknown): Reply =>
  jsonReply(json, { headers: { 'x-request-id': newRequestId() } });
