import type { ClipRequest } from '../models.ts';
import { OrderUncertain } from '../vendor-problem.ts';
import { RATIO, RESOLUTION, type VideoCapabilities, withoutVersion } from './capabilities.ts';
import { VENDOR } from './meanings.ts';
import type { Tasks } from './tasks.ts';
import type { ListedTask } from './wire.ts';

const PAGE_SIZE = 100;
/** At a page a second, half a minute: more tasks in seven days than any lane of ours films. */
const MAX_PAGES = 30;
/** How far the vendor's clock may be behind ours. */
const CLOCK_SLACK_MS = 60_000;
/** An order is accepted within its own time limit or not at all. */
const ACCEPTED_WITHIN_MS = 600_000;

export type UncertainOrder = {
  readonly request: Pick<ClipRequest, 'seconds' | 'format' | 'seed' | 'firstFrame'>;
  readonly orderedAt: Date;
  readonly known: ReadonlySet<string>;
};

/**
 * `is`: the order's own task. `may be`: a task of that time which does not tell yet what it films, as the vendor's
 * do until they are finished. `is not`: anything else.
 */
export type Likeness = 'is' | 'may be' | 'is not';

/** Compares a listed task with an order by everything that both tell. */
export function likeness(
  task: ListedTask,
  model: string,
  can: VideoCapabilities,
  { request, orderedAt, known }: UncertainOrder,
): Likeness {
  const ageMs = (task.created_at ?? 0) * 1_000 - orderedAt.getTime();
  if (known.has(task.id) || ageMs < -CLOCK_SLACK_MS) return 'is not';
  if (!isModel(task.model ?? null, model)) return 'is not';
  const ratio =
    request.firstFrame !== null && can.firstFrameSetsRatio ? null : RATIO[request.format];
  const agrees =
    isSame(task.seed, can.seed ? request.seed : null) &&
    isSame(task.duration, request.seconds) &&
    isSame(task.ratio, ratio) &&
    isSame(task.resolution?.toLowerCase(), RESOLUTION);
  if (!agrees) return 'is not';
  if (can.seed && typeof task.seed === 'number') return 'is';
  // Without a seed, being alike proves nothing; a task that has failed or ended has cost nothing.
  const isOpen = !['failed', 'cancelled', 'expired'].includes(task.status ?? '');
  return isOpen && ageMs <= ACCEPTED_WITHIN_MS ? 'may be' : 'is not';
}

/** True where one of the two is not told. */
function isSame<T>(told: T | null | undefined, wanted: T | null): boolean {
  return told === null || told === undefined || wanted === null || told === wanted;
}

/** The vendor may tell the version behind a name, or the model behind an endpoint of the account's own. */
function isModel(told: string | null, model: string): boolean {
  if (told === null || told === model || model.startsWith('ep-')) return true;
  return withoutVersion(told) === model || told === withoutVersion(model);
}

/**
 * The task that an uncertain order became, or null when the vendor has none. Rejects with `OrderUncertain` while
 * that cannot be told yet: a task of that time is still under way and does not say which order it is.
 */
export async function findOrder(
  tasks: Tasks,
  model: string,
  can: VideoCapabilities,
  order: UncertainOrder,
  signal: AbortSignal,
): Promise<string | null> {
  const oldestMs = order.orderedAt.getTime() - CLOCK_SLACK_MS;
  let undecided = 0;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { items, total } = await tasks.list(page, PAGE_SIZE, signal);
    for (const task of items) {
      const like = likeness(task, model, can, order);
      if (like === 'is') return task.id;
      if (like === 'may be') undecided += 1;
    }
    if (isLast(items, page, total) || isPast(items, oldestMs)) {
      if (undecided === 0) return null;
      throw new OrderUncertain(VENDOR, new Error('A task of that time tells nothing yet.'));
    }
  }
  throw new OrderUncertain(VENDOR, new Error('The list of tasks is longer than is read.'));
}

function isLast(items: readonly ListedTask[], page: number, total: number | null): boolean {
  return (
    items.length === 0 || (total === null ? items.length < PAGE_SIZE : page * PAGE_SIZE >= total)
  );
}

/** True when the list runs from new to old and has passed the order's time. */
function isPast(items: readonly ListedTask[], oldestMs: number): boolean {
  const times = items.map(({ created_at }) => created_at ?? Number.NaN);
  const runsBack = times.every((time, index) => index === 0 || time <= (times[index - 1] ?? 0));
  return runsBack && (times.at(-1) ?? Number.NaN) * 1_000 < oldestMs;
}
