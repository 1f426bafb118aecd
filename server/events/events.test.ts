import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAccount } from '../../tests/harness/accounts.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { sessionOf } from '../../tests/harness/http-app.ts';
import { type Bus, makePostgresBus } from '../platform/bus/bus.ts';
import type { Endpoint } from '../platform/http/endpoint.ts';
import { makePager } from '../platform/http/pages.ts';
import { type AccountId, newId, type VideoId } from '../platform/ids.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { asProblem, toProblemJson } from '../platform/problem.ts';
import { videos } from '../videos/schema.ts';
import { type EventRow, type Events, makeEvents } from './events.ts';
import { EVENT_VERSION } from './present.ts';
import { makeEventEndpoints } from './routes.ts';

let database: TestDatabase;
let bus: Bus;
let events: Events;
let mine: AccountId;
let theirs: AccountId;
const told: EventRow[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  bus = makePostgresBus(database);
  events = makeEvents({ bus, onEmitted: async (_tx, event) => void told.push(event) });
  [mine, theirs] = [await addAccount(database.db), await addAccount(database.db)];
});
afterAll(async () => {
  await bus.close();
  await database.close();
});

async function addVideo(accountId: AccountId): Promise<VideoId> {
  const id = newId('vid');
  await database.db
    .insert(videos)
    .values({ id, accountId, clientKey: id, title: 'Octopuses', seed: 1 });
  return id;
}

const emit = (accountId: AccountId, videoId: VideoId | null, data: unknown = { n: 1 }) =>
  database.db.transaction((tx) =>
    events.emit(tx, { accountId, videoId, type: 'video.running', data }),
  );

test('events of a video are numbered one by one without a gap, however many emit at once', async () => {
  const videoId = await addVideo(mine);
  const emitted = await Promise.all(Array.from({ length: 20 }, () => emit(mine, videoId)));
  const numbers = emitted.map(({ sequence }) => sequence).toSorted((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  const after = await events.listAfter(database.db, mine, videoId, 15, 3);
  expect(after.map(({ sequence }) => sequence)).toEqual([16, 17, 18]);
  expect(await events.latestSequence(database.db, mine, videoId)).toBe(20);
});

test('a transaction that rolls back leaves neither event nor hint, and its number to the next', async () => {
  const videoId = await addVideo(mine);
  const hints: string[] = [];
  const stop = await bus.subscribe(`video:${videoId}`, (message) => hints.push(message));
  await database.db
    .transaction(async (tx) => {
      await events.emit(tx, { accountId: mine, videoId, type: 'video.failed', data: {} });
      throw new Error('no');
    })
    .catch(() => undefined);
  const { id, sequence } = await emit(mine, videoId);
  expect(sequence).toBe(1);
  expect(told.at(-1)).toMatchObject({ id, type: 'video.running', accountId: mine, videoId });
  await expect.poll(() => hints).toEqual(['event 1']);
  await stop();
});

test('events of the account as a whole carry no number', async () => {
  expect((await emit(mine, null)).sequence).toBe(0);
  expect((await emit(mine, null)).sequence).toBe(0);
});

test('what is older than 30 days is pruned, and nothing else', async () => {
  const [old, young] = [await emit(theirs, null), await emit(theirs, null)];
  await database.db.execute(
    sql`update events set created_at = now() - interval '31 days' where id = ${old.id}`,
  );
  expect(await events.prune(database.db)).toBe(1);
  expect(await events.find(database.db, theirs, old.id)).toBeNull();
  expect(await events.find(database.db, theirs, young.id)).not.toBeNull();
});

test('numbers go on where they were, although all events of the video are gone', async () => {
  const videoId = await addVideo(mine);
  await emit(mine, videoId);
  await database.db.execute(
    sql`update events set created_at = now() - interval '31 days' where video_id = ${videoId}`,
  );
  expect(await events.prune(database.db)).toBe(1);
  expect(await events.latestSequence(database.db, mine, videoId)).toBe(1);
  expect(await events.latestSequence(database.db, theirs, videoId)).toBe(0);
  expect((await emit(mine, videoId)).sequence).toBe(2);
});

test('the list pages newest first, by type and video, each with its number', async () => {
  const videoId = await addVideo(mine);
  for (let n = 1; n <= 3; n++) await emit(mine, videoId, { object: 'video', n });
  const query = { limit: 2, video_id: videoId, type: 'video.running' };
  const first = await ask('listEvents', mine, { query });
  expect(first).toMatchObject({
    has_more: true,
    data: [
      { type: 'video.running', api_version: EVENT_VERSION, data: { n: 3, sequence: 3 } },
      { data: { n: 2, sequence: 2 } },
    ],
  });
  const rest = await ask('listEvents', mine, { query: { ...query, cursor: cursorOf(first) } });
  expect(rest).toMatchObject({ has_more: false, next_cursor: null, data: [{ data: { n: 1 } }] });
  const others = { ...query, type: 'video.failed' };
  expect(await ask('listEvents', mine, { query: others })).toMatchObject({ data: [] });
});

test('an event of another account answers exactly like a missing one', async () => {
  const { id } = await emit(theirs, await addVideo(theirs));
  expect(await ask('getEvent', theirs, { params: { id } })).toMatchObject({ id });
  const foreign = await refusal(mine, id);
  expect(foreign).toMatchObject({ code: 'event_not_found', status: 404 });
  expect(foreign).toEqual(await refusal(mine, newId('evt')));
});

async function refusal(accountId: AccountId, id: string): Promise<unknown> {
  const problem: unknown = await ask('getEvent', accountId, { params: { id } }).catch(
    (error: unknown) => error,
  );
  return toProblemJson(asProblem(problem), { instance: '', requestId: '' });
}

async function ask(
  operationId: string,
  accountId: AccountId,
  { params = {}, query = {} }: { params?: unknown; query?: unknown },
): Promise<unknown> {
  const pager = makePager(['a secret of enough length']);
  const endpoint: Endpoint | undefined = makeEventEndpoints({ db: database.db, pager }).find(
    (each) => each.operationId === operationId,
  );
  if (!endpoint) throw new Error('There is no such operation.');
  const answer = await endpoint.handle({
    ...{ params, query, body: undefined, header: () => undefined, stream: null, ip: '127.0.0.1' },
    caller: sessionOf(accountId),
    ...{ requestId: 'req_test', signal: new AbortController().signal },
    saveAnswer: async () => undefined,
  });
  return answer instanceof Response ? await answer.json() : answer.body;
}

function cursorOf(page: unknown): unknown {
  return typeof page === 'object' && page !== null && 'next_cursor' in page
    ? page.next_cursor
    : null;
}
