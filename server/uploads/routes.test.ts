import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../tests/harness/database.ts';
import { alwaysGood, keyOf, noStaffRecord, noStanding } from '../../tests/harness/http-app.ts';
import { ensureOwner } from '../accounts/accounts.ts';
import { makeMediaEngine } from '../media/engine.ts';
import { systemClock } from '../platform/clock.ts';
import { makeHttpApp } from '../platform/http/app.ts';
import type { Scope } from '../platform/http/endpoint.ts';
import { makeIdempotency } from '../platform/http/idempotency.ts';
import { type AccountId, newId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { makeFolderStore } from '../platform/objects/folder.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { createdUpload, shownUpload } from './contract.ts';
import { makeUploadEndpoints } from './routes.ts';
import { uploads as table } from './schema.ts';
import { makeUploads, type Uploads } from './uploads.ts';

const FILM = join(import.meta.dirname, '..', 'compose', 'fixtures', 'fps-25.mp4');
const OTHER = newId('acc');
const anyObject = z.record(z.string(), z.unknown());

let folder: string;
let database: TestDatabase;
let objects: ObjectStore;
let uploads: Uploads;
let owner: AccountId;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipt-upload-routes-'));
  const workDir = join(folder, 'work');
  await mkdir(workDir);
  database = await createTestDatabase();
  owner = await ensureOwner(database.db);
  const secrets = ['a secret of enough length'];
  objects = makeFolderStore({ root: join(folder, 'store'), baseUrl: 'http://localhost', secrets });
  uploads = makeUploads({
    db: database.db,
    objects,
    engine: await makeMediaEngine({ ffmpegPath: null, workDir }),
    workDir,
    ring: async () => undefined,
    now: systemClock,
    log: silentLog,
  });
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** Asks as a key of the account with all scopes that uploads need, or those given. */
async function ask(
  method: 'GET' | 'POST',
  path: string,
  {
    body,
    accountId = owner,
    scopes = ['videos:read', 'videos:write'],
    headers = {},
  }: {
    body?: unknown;
    accountId?: AccountId;
    scopes?: readonly Scope[];
    headers?: Record<string, string>;
  } = {},
) {
  const app = makeHttpApp({
    endpoints: makeUploadEndpoints({ uploads, baseUrl: 'http://127.0.0.1' }),
    authenticate: async () => keyOf(accountId, ...scopes),
    limits: {
      take: async () => ({ allowed: true, limit: 9, remaining: 8, resetSeconds: 1 }),
    },
    idempotency: makeIdempotency(database.db),
    standing: noStanding,
    staffRecord: noStaffRecord,
    stillGood: alwaysGood,
    clientIp: () => '127.0.0.1',
    origins: [],
    headers: { hsts: false, storageOrigins: [], signInOrigin: null },
    stopping: new AbortController().signal,
    log: silentLog,
  });
  const answer = await app.request(path, {
    method,
    headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    json: anyObject.parse(await answer.json()),
  };
}

const wanted = { content_type: 'video/mp4', size_bytes: 100_000 };

test('an upload is opened, sent, completed and looked at, and tells no key of the storage', async () => {
  const opened = await ask('POST', '/v1/uploads', { body: wanted });
  expect(opened.status).toBe(201);
  const { id, upload } = createdUpload.parse(opened.json);
  expect(opened.headers.get('location')).toBe(`/v1/uploads/${id}`);
  expect((await ask('POST', `/v1/uploads/${id}/complete`)).json).toMatchObject({
    status: 409,
    code: 'upload_missing',
  });
  const film = await readFile(FILM);
  await objects.put(upload.fields['key'] ?? '', film, { contentType: 'video/mp4' });
  const completed = await ask('POST', `/v1/uploads/${id}/complete`);
  expect(completed.status).toBe(202);
  expect(shownUpload.parse(completed.json)).toMatchObject({
    status: 'processing',
    media: { seconds: 1.2, width: 96, height: 160, fps: 25, has_audio: false },
  });
  const seen = await ask('GET', `/v1/uploads/${id}`);
  expect(seen.status).toBe(200);
  expect(JSON.stringify(seen.json)).not.toContain('quarantine');
});

test('the same Idempotency-Key opens one upload and answers with the same form', async () => {
  const before = await database.db.$count(table);
  const headers = { 'idempotency-key': 'upload-once' };
  const first = await ask('POST', '/v1/uploads', { body: wanted, headers });
  const again = await ask('POST', '/v1/uploads', { body: wanted, headers });
  expect(again.json).toEqual(first.json);
  expect(await database.db.$count(table)).toBe(before + 1);
});

test('another account’s upload answers exactly like one that never was', async () => {
  const { json } = await ask('POST', '/v1/uploads', { body: wanted });
  const { id } = createdUpload.parse(json);
  for (const [method, suffix] of [
    ['GET', ''],
    ['POST', '/complete'],
  ] as const) {
    const path = `/v1/uploads/${id}${suffix}`;
    const missing = `/v1/uploads/${newId('upl')}${suffix}`;
    const answers = [
      await ask(method, path, { accountId: OTHER }),
      await ask(method, missing, { accountId: OTHER }),
    ].map(({ status, json: { request_id: _, instance: __, ...rest } }) => ({ status, rest }));
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.status).toBe(404);
  }
});

test('a key without the scope opens nothing, and a request with a fault is told which', async () => {
  const scopes = ['videos:read'] as const;
  expect((await ask('POST', '/v1/uploads', { body: wanted, scopes })).status).toBe(403);
  const large = await ask('POST', '/v1/uploads', {
    body: { content_type: 'image/png', size_bytes: 30_000_001, account_id: OTHER },
  });
  expect(large.status).toBe(422);
  expect(JSON.stringify(large.json['errors'])).toContain('account_id');
});
