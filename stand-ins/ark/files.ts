import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../server/platform/clock.ts';
import { jsonReply, type Reply } from '../reply.ts';
import type { Ask, Route } from '../route.ts';
import type { Task, Tasks } from './tasks.ts';

/** The vendor's links end after a day and a hundred downloads (ModelArk, create-task page, 2026-08). */
const LINK_SECONDS = 86_400;
const MOST_DOWNLOADS = 100;

type FileName = 'film' | 'lastFrame';
const ENDINGS: { readonly [N in FileName]: { ending: string; type: string } } = {
  film: { ending: '.mp4', type: 'video/mp4' },
  lastFrame: { ending: '-last.png', type: 'image/png' },
};

/** The files of finished tasks behind signed links, as they lie in the vendor's object storage. */
export function makeFiles({
  tasks,
  origin,
  now,
}: {
  readonly tasks: Tasks;
  readonly origin: () => string;
  readonly now: Clock;
}) {
  const secret = randomBytes(16);
  const sign = (path: string, date: string) =>
    createHmac('sha256', secret).update(`${path}\n${date}`).digest('hex');

  function link(task: Task, name: FileName): string {
    const path = `/files/${task.id}${ENDINGS[name].ending}`;
    const date = task.updatedAt.toISOString();
    const url = new URL(path, origin());
    url.searchParams.set('X-Tos-Algorithm', 'TOS4-HMAC-SHA256');
    url.searchParams.set('X-Tos-Date', date);
    url.searchParams.set('X-Tos-Expires', String(LINK_SECONDS));
    url.searchParams.set('X-Tos-Signature', sign(path, date));
    return url.href;
  }

  function isOpen({ path, query }: Ask, task: Task): boolean {
    const date = query.get('X-Tos-Date') ?? '';
    const ageMs = now().getTime() - Date.parse(date);
    const isSigned = query.get('X-Tos-Signature') === sign(path, date);
    return isSigned && !task.hasStaleFiles && ageMs <= LINK_SECONDS * 1000;
  }

  function find({ name = '' }: Ask['params']) {
    const which = name.endsWith(ENDINGS.film.ending) ? 'film' : 'lastFrame';
    const { ending, type } = ENDINGS[which];
    const task = name.endsWith(ending) ? tasks.find(name.slice(0, -ending.length)) : null;
    return { which, type, task } as const;
  }

  function serve(ask: Ask): Reply {
    const { which, type, task } = find(ask.params);
    const bytes = task?.[which];
    if (!task || !bytes) return refused(404, 'NoSuchKey', 'The specified key does not exist.');
    if (!isOpen(ask, task)) return refused(403, 'AccessDenied', 'Request has expired');
    if (task.downloads >= MOST_DOWNLOADS) {
      return refused(403, 'AccessDenied', 'The download limit has been reached');
    }
    task.downloads += 1;
    return ranged(bytes, ask.headers.range, { 'content-type': type, etag: `"${task.id}${which}"` });
  }

  const route: Route = {
    ...{ name: 'file', method: 'GET', path: '/files/:name' },
    about: (params) => find(params).task?.order.prompt ?? '',
    handle: serve,
  };
  return { link, route };
}

function refused(status: number, code: string, message: string): Reply {
  return jsonReply({ Code: code, Message: message, RequestId: '' }, { status });
}

/** All of it, or the part that is asked for (RFC 9110 §14). */
function ranged(bytes: Buffer, range: string | undefined, headers: Record<string, string>): Reply {
  const open = { ...headers, 'accept-ranges': 'bytes' };
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (from + to === '') return { status: 200, headers: open, body: bytes };
  const start = from === '' ? Math.max(0, bytes.length - Number(to)) : Number(from);
  const end = from === '' || to === '' ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
  if (start > end) {
    const body = Buffer.alloc(0);
    return { status: 416, headers: { ...open, 'content-range': `bytes */${bytes.length}` }, body };
  }
  return {
    status: 206,
    headers: { ...open, 'content-range': `bytes ${start}-${end}/${bytes.length}` },
    body: bytes.subarray(start, end + 1),
  };
}
