import { Refused } from '../route.ts';
import type { Task } from './tasks.ts';

const PAGE = { least: 1, most: 500 };
const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'];
const KNOWN = [
  'page_num',
  'page_size',
  'filter.status',
  'filter.task_ids',
  'filter.model',
  'filter.service_tier',
];
const USUAL_PAGE_SIZE = 10;

/** A page of the tasks that the query asks for, and how many there are in all. Throws `Refused`. */
export function listTasks(
  all: readonly Task[],
  query: URLSearchParams,
): { readonly page: readonly Task[]; readonly total: number } {
  for (const name of query.keys()) {
    if (!KNOWN.includes(name)) throw invalid(name);
  }
  const status = query.get('filter.status');
  if (status !== null && !STATUSES.includes(status)) throw invalid('filter.status');
  const ids = query.getAll('filter.task_ids');
  const model = query.get('filter.model');
  // Tasks of the other tier are told of only where they are asked for.
  const tier = query.get('filter.service_tier') ?? 'default';
  const found = all.filter(
    (task) =>
      task.order.tier === tier &&
      (status === null || task.status === status) &&
      (ids.length === 0 || ids.includes(task.id)) &&
      (model === null || task.order.model === model),
  );
  const size = pageNumber(query, 'page_size', USUAL_PAGE_SIZE);
  const from = (pageNumber(query, 'page_num', 1) - 1) * size;
  return { page: found.slice(from, from + size), total: found.length };
}

function pageNumber(query: URLSearchParams, name: string, usual: number): number {
  const text = query.get(name);
  if (text === null) return usual;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < PAGE.least || value > PAGE.most) throw invalid(name);
  return value;
}

const invalid = (name: string) =>
  new Refused(400, 'InvalidParameter', `The parameter ${name} is not valid.`, name);
