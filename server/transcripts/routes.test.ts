import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { alwaysGood, keyOf, noStaffRecord, noStanding } from '../../tests/harness/http-app.ts';
import { openBench, type TranscriptBench } from '../../tests/harness/transcript-bench.ts';
import { makeHttpApp } from '../platform/http/app.ts';
import { makeIdempotency } from '../platform/http/idempotency.ts';
import { makePager, pageOf } from '../platform/http/pages.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { shownTranscript } from './contract.ts';
import { makeTranscriptEndpoints } from './routes.ts';

const signal = new AbortController().signal;
const anyObject = z.record(z.string(), z.unknown());

let bench: TranscriptBench;
let transcripts: ReturnType<TranscriptBench['open']>['transcripts'];
beforeAll(async () => {
  bench = await openBench();
  transcripts = bench.open().transcripts;
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  {
    body,
    accountId = bench.owner,
    headers = {},
  }: { body?: unknown; accountId?: AccountId; headers?: Record<string, string> } = {},
) {
  const pager = makePager(['a secret of enough length']);
  const app = makeHttpApp({
    endpoints: makeTranscriptEndpoints({ transcripts, pager }),
    authenticate: async () => keyOf(accountId, 'videos:read', 'videos:write'),
    limits: { take: async () => ({ allowed: true, limit: 9, remaining: 8, resetSeconds: 1 }) },
    idempotency: makeIdempotency(bench.db),
    standing: noStanding,
    staffRecord: noStaffRecord,
    stillGood: alwaysGood,
    clientIp: () => '127.0.0.1',
    origins: [],
    headers: { hsts: false, storageOrigins: [], signInOrigin: null },
    stopping: signal,
    log: silentLog,
  });
  const answer = await app.request(path, {
    method,
    headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  const json = anyObject.parse(text === '' ? {} : JSON.parse(text));
  return { status: answer.status, headers: answer.headers, json };
}

test('a transcript is asked for, looked at, downloaded and deleted', async () => {
  const body = { upload_id: await bench.readyUpload(), burn: false };
  const asked = await ask('POST', '/v1/transcripts', { body });
  expect(asked.status).toBe(202);
  const { id, status, style } = shownTranscript.parse(asked.json);
  expect({ status, style }).toEqual({ status: 'queued', style: 'pop' });
  expect(asked.headers.get('location')).toBe(`/v1/transcripts/${id}`);
  expect((await ask('GET', `/v1/transcripts/${id}/files/srt`)).json).toMatchObject({
    status: 404,
    code: 'transcript_file_not_found',
  });

  const [row] = await transcripts.list(bench.owner, { before: null, limit: 1 });
  if (row) await transcripts.perform(row.id, signal);
  const made = shownTranscript.parse((await ask('GET', `/v1/transcripts/${id}`)).json);
  expect(made).toMatchObject({
    status: 'succeeded',
    text: 'Hello there, octopus.',
    files: {
      srt: `/v1/transcripts/${id}/files/srt`,
      vtt: `/v1/transcripts/${id}/files/vtt`,
      words: `/v1/transcripts/${id}/files/words`,
      mp4: null,
    },
    error: null,
  });
  const link = await ask('GET', made.files?.srt ?? '');
  expect(link.status).toBe(302);
  const query = new URL(link.headers.get('location') ?? '').searchParams;
  expect(query.get('name')).toMatch(/^captions-\d{4}-\d\d-\d\d\.srt$/);
  expect(Number(query.get('expires')) - Date.now() / 1000).toBeLessThanOrEqual(300);
  expect((await ask('GET', `/v1/transcripts/${id}/files/mp4`)).status).toBe(404);
  expect((await ask('GET', `/v1/transcripts/${id}/files/passwd`)).status).toBe(404);

  expect((await ask('DELETE', `/v1/transcripts/${id}`)).status).toBe(204);
  expect((await ask('GET', `/v1/transcripts/${id}`)).status).toBe(404);
  expect((await ask('DELETE', `/v1/transcripts/${id}`)).status).toBe(404);
});

test('the list shows one’s own transcripts, newest first, page by page', async () => {
  const body = { upload_id: await bench.readyUpload() };
  const ids = [];
  for (let i = 0; i < 3; i += 1)
    ids.push((await ask('POST', '/v1/transcripts', { body })).json['id']);
  const page = pageOf(shownTranscript, 'TestPage');
  const first = page.parse((await ask('GET', '/v1/transcripts?limit=2')).json);
  expect(first.has_more).toBe(true);
  const second = page.parse(
    (await ask('GET', `/v1/transcripts?limit=2&cursor=${first.next_cursor}`)).json,
  );
  expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids.toReversed());
  expect(second).toMatchObject({ has_more: false, next_cursor: null });
  const strangers = await ask('GET', '/v1/transcripts', { accountId: newId('acc') });
  expect(strangers.json['data']).toEqual([]);
});

test('the same Idempotency-Key asks for one transcript', async () => {
  const body = { upload_id: await bench.readyUpload() };
  const headers = { 'idempotency-key': 'caption-once' };
  const first = await ask('POST', '/v1/transcripts', { body, headers });
  expect((await ask('POST', '/v1/transcripts', { body, headers })).json).toEqual(first.json);
  expect(await transcripts.list(bench.owner, { before: null, limit: 9 })).toHaveLength(1);
});

test('another account’s transcript answers exactly like one that never was', async () => {
  const body = { upload_id: await bench.readyUpload() };
  const { json } = await ask('POST', '/v1/transcripts', { body });
  for (const [method, suffix] of [
    ['GET', ''],
    ['GET', '/files/srt'],
    ['DELETE', ''],
  ] as const) {
    const accountId = newId('acc');
    const answers = [];
    for (const id of [String(json['id']), newId('trn')]) {
      const answer = await ask(method, `/v1/transcripts/${id}${suffix}`, { accountId });
      const { request_id: _, instance: __, ...rest } = answer.json;
      answers.push({ status: answer.status, rest });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.status).toBe(404);
  }
});

test.each([
  [{ style: 'comic' }, 'style'],
  [{ language: 'en; drop' }, 'language'],
  [{ upload_id: 'upl_x' }, 'upload_id'],
  [{ account_id: 'acc_x' }, 'account_id'],
])('a wish with a fault is told which: %j', async (fault, name) => {
  const body = { upload_id: newId('upl'), ...fault };
  const { status, json } = await ask('POST', '/v1/transcripts', { body });
  expect(status).toBe(422);
  expect(JSON.stringify(json['errors'])).toContain(name);
});
