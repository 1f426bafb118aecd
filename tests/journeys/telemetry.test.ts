import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClipt } from '../../server/main.ts';
import { readConfig } from '../../server/platform/config.ts';
import { SCOPES } from '../../server/platform/http/endpoint.ts';
import { cookieFor } from '../../server/sessions/cookie.ts';
import { startService } from '../../server/wiring/service.ts';
import { startPostHog } from '../../stand-ins/posthog.ts';
import { startSentry } from '../../stand-ins/sentry.ts';
import { formsOf, newCanary } from '../harness/canary.ts';
import { createTestDatabase } from '../harness/database.ts';

type Studio = Awaited<ReturnType<typeof openStudio>>;
let cleanUp: AsyncDisposableStack;
beforeAll(() => {
  cleanUp = new AsyncDisposableStack();
});
afterAll(() => cleanUp.disposeAsync());

/** A whole clipt that is being served, whose owner has an address, a key and a session. */
async function openStudio(env: Readonly<Record<string, string>>) {
  const database = await createTestDatabase();
  cleanUp.defer(() => database.close());
  const dir = await mkdtemp(join(tmpdir(), 'clipt-telemetry-'));
  cleanUp.defer(() => rm(dir, { recursive: true, force: true }));
  const settings = { CLIPT_DATA_DIR: dir, DATABASE_URL: database.url, CLIPT_PORT: '0' };
  const limits = { CLIPT_REQUESTS_PER_MINUTE: '100000', CLIPT_VIDEOS_PER_MINUTE: '100000' };
  const config = readConfig({ ...settings, ...limits, ...env }, '');
  const clipt = await openClipt(config);
  const service = await startService(clipt, config);
  const account = await clipt.owner();
  const email = `${newCanary().slice(8, 24)}@example.org`;
  await database.pool.query('update accounts set email = $1 where id = $2', [email, account]);
  const key = await clipt.keys.create(account, { name: 'test', scopes: SCOPES, expiresAt: null });
  const link = await clipt.sessions.makeSignInLink(account);
  const { sessionToken } = await clipt.sessions.exchange(link, { userAgent: '', ip: '127.0.0.1' });
  const { url } = service;
  return {
    ...{ clipt, database, account, email, key: key.text, sessionToken },
    byKey: { authorization: `Bearer ${key.text}` },
    bySession: { cookie: `${cookieFor(url).name}=${sessionToken}`, origin: url },
    async ask(method: string, path: string, headers: Record<string, string>, body?: unknown) {
      const answer = await fetch(url + path, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      await answer.arrayBuffer();
      return answer.status;
    },
    async close() {
      await service.stop();
      await clipt[Symbol.asyncDispose]();
    },
  };
}

/** Requests that fail for a reason of ours, each with canaries wherever something of a user's can stand. */
async function failEverywhere(studio: Studio, canary: () => string): Promise<void> {
  const { ask, database, bySession, byKey } = studio;
  for (const table of ['videos', 'uploads', 'sign_in_links', 'api_keys']) {
    await database.pool.query(`alter table ${table} rename to ${table}_gone`);
  }
  const film = { topic: canary(), title: canary(), metadata: { note: canary() } };
  const said = {
    'x-note': encodeURIComponent(canary()),
    'user-agent': encodeURIComponent(canary()),
  };
  const query = `?note=${encodeURIComponent(canary())}`;
  const upload = { filename: canary(), content_type: 'video/mp4', size_bytes: 100 };
  const statuses = [
    await ask('POST', '/v1/videos', { ...bySession, ...said }, film),
    await ask('POST', '/v1/uploads', { ...bySession, ...said }, upload),
    await ask('GET', `/v1/videos${query}`, bySession),
    await ask('GET', '/v1/videos', { ...byKey, ...said }),
    await ask('POST', '/app/sessions', said, { token: 'a'.repeat(43) }),
  ];
  expect(statuses.filter((status) => status >= 500).length).toBeGreaterThanOrEqual(3);
}

test('errors and events hold nothing of a user, in whatever form, however they come about', async () => {
  const sentry = cleanUp.use(await startSentry());
  const postHog = cleanUp.use(await startPostHog());
  const studio = await openStudio({
    ...{ SENTRY_DSN: sentry.dsn, POSTHOG_KEY: postHog.key, POSTHOG_HOST: postHog.host },
  });
  const canaries: string[] = [studio.email, studio.key, studio.sessionToken, studio.account];
  const canary = () => {
    const made = newCanary();
    canaries.push(made);
    return made;
  };
  const { ask, byKey, bySession } = studio;
  const film = () => ({ topic: canary(), title: canary(), metadata: { note: canary() } });
  expect(await ask('POST', '/v1/videos', byKey, film())).toBe(202);
  expect(await ask('POST', '/app/keys', bySession, { name: canary() })).toBe(201);
  for (let times = 0; times < 60; times += 1) {
    await ask('GET', `/v1/videos?note=${encodeURIComponent(canary())}`, byKey);
  }
  await failEverywhere(studio, canary);
  await studio.close();

  expect(postHog.received.map(({ event }) => event).toSorted()).toEqual([
    ...['key_created', 'video_requested'],
  ]);
  const errors = sentry.received.filter(({ type }) => type === 'event');
  expect(errors.map(({ payload }) => payload['tags'])).toContainEqual({
    ...{ code: expect.any(String), stage: 'request.failed', operation: 'createVideo' },
    request_id: expect.stringMatching(/^req_/),
  });
  const sent = JSON.stringify([
    ...[sentry.journal.entries, sentry.received, postHog.journal.entries],
  ]);
  const seen = canaries.filter((one) => formsOf(one).some((form) => sent.includes(form)));
  expect(seen).toEqual([]);
});

test('who asks not to be tracked, or opts out, is not counted', async () => {
  const postHog = cleanUp.use(await startPostHog());
  const studio = await openStudio({ POSTHOG_KEY: postHog.key, POSTHOG_HOST: postHog.host });
  const { ask, bySession } = studio;
  const makeKey = (headers: Record<string, string> = {}) =>
    ask('POST', '/app/keys', { ...bySession, ...headers }, { name: 'one' });
  expect(await makeKey({ dnt: '1' })).toBe(201);
  expect(await makeKey({ 'sec-gpc': '1' })).toBe(201);
  const choose = (optedOut: boolean) =>
    ask('PUT', '/app/telemetry', bySession, { opted_out: optedOut });
  expect(await choose(true)).toBe(200);
  expect(await makeKey()).toBe(201);
  await studio.close();
  expect(postHog.journal.entries).toEqual([]);
});

test('without its keys telemetry makes no connection', async () => {
  const postHog = cleanUp.use(await startPostHog());
  const studio = await openStudio({ POSTHOG_HOST: postHog.host });
  expect(studio.clipt.observe).toBeNull();
  const { ask, byKey, bySession } = studio;
  expect(await ask('POST', '/v1/videos', byKey, { topic: 'Bees' })).toBe(202);
  expect(await ask('POST', '/app/keys', bySession, { name: 'one' })).toBe(201);
  await failEverywhere(studio, newCanary);
  await studio.close();
  expect(postHog.journal.entries).toEqual([]);
});
