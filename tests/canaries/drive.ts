import { expect } from 'vitest';
import { z } from 'zod';
import { uploadForm } from '../api/shapes.ts';
import type { Hosted } from '../sign-in/hosted.ts';
import { CANARY } from './planted.ts';

/** Somebody who uses everything, and everything that can go wrong for them. */

export type Person = Awaited<ReturnType<typeof enter>>;

/** Signs in, and makes a key and a receiver of events. */
export async function enter(hosted: Hosted, receiverUrl: string) {
  hosted.google.twist = { sub: 'canary', email: CANARY.email, name: CANARY.name };
  const visitor = hosted.visit();
  visitor.userAgent = encodeURIComponent(CANARY.header);
  const headers = { 'x-note': encodeURIComponent(CANARY.header) };
  expect(await visitor.signIn()).toBe('/');
  const ask = async (method: string, path: string, body?: unknown, more = {}) => {
    const answer = await visitor.ask(method, path, {
      ...{ headers: { ...headers, ...more } },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    return { status: answer.status, text };
  };
  const key = await ask('POST', '/app/keys', { name: CANARY.keyName });
  const hook = await ask('POST', '/v1/webhook-endpoints', {
    ...{ url: `${receiverUrl}/${CANARY.hookPath}`, description: CANARY.hookNote },
  });
  const { key: apiKey } = z.object({ key: z.string() }).parse(JSON.parse(key.text));
  const { secret } = z.object({ secret: z.string() }).parse(JSON.parse(hook.text));
  const sessionToken = visitor.jar.get('__Host-clipt.session') ?? '';
  const byKey = { authorization: `Bearer ${apiKey}` };
  return { ask, byKey, secrets: { apiKey, hookSecret: secret, sessionToken } };
}

/** Whatever a person can hand in, some of it refused; the vendors refuse with words of their own. */
export async function useEverything(hosted: Hosted, person: Person): Promise<void> {
  const { ask, byKey } = person;
  const look = { format: '1:1', preset: 'draft', music: 'none' };
  const scene = { narration: CANARY.narration, visual: CANARY.visual };
  const film = { ...look, title: CANARY.title, scenes: [scene], metadata: { note: CANARY.note } };
  const key = { 'idempotency-key': CANARY.idempotencyKey };
  expect((await ask('POST', '/v1/videos', film, { ...byKey, ...key })).status).toBe(202);
  expect((await ask('POST', '/v1/videos', { ...look, topic: CANARY.topic }, byKey)).status).toBe(
    202,
  );
  await ask('POST', '/v1/ideas', { topic: CANARY.idea });
  const refused = await ask('POST', '/v1/ideas', { topic: `how to make a bomb ${CANARY.refused}` });
  expect(refused.status).toBe(422);
  await uploadNonsense(hosted, person);
  const transcript = { upload_id: `upl_${'0'.repeat(32)}`, script: CANARY.script };
  expect((await ask('POST', '/v1/transcripts', transcript)).status).toBeGreaterThanOrEqual(400);
}

/** A file that is no film, under a name that is a canary. */
async function uploadNonsense(hosted: Hosted, { ask }: Person): Promise<void> {
  const made = await ask('POST', '/v1/uploads', { content_type: 'video/mp4', size_bytes: 9 });
  const { id, upload } = uploadForm.parse(JSON.parse(made.text));
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append('file', new Blob(['no film!!']), CANARY.fileName);
  const { pathname, search } = new URL(upload.url, hosted.service.heard);
  const sent = await fetch(hosted.service.heard + pathname + search, {
    method: 'POST',
    body: form,
  });
  expect(sent.status).toBe(204);
  expect((await ask('POST', `/v1/uploads/${id}/complete`)).status).toBe(422);
}

/** Every request fails: it cannot be read, its credential is wrong, the database refuses it, its connection ends. */
export async function failEverywhere(hosted: Hosted, { ask, byKey }: Person): Promise<void> {
  const { pool } = hosted.database;
  const heard = hosted.service.heard;
  await fetch(`${heard}/v1/videos`, {
    method: 'POST',
    headers: { ...byKey, 'content-type': 'application/json' },
    body: `{"topic": "${CANARY.malformed}`,
  });
  await fetch(`${heard}/v1/videos`, { headers: { authorization: `Bearer ${CANARY.wrongKey}` } });
  const query = `?note=${encodeURIComponent(CANARY.query)}`;
  await ask('GET', `/v1/videos${query}`);
  await ask(
    'GET',
    `/auth/callback/google${query}&code=${encodeURIComponent(CANARY.query)}&state=x`,
  );
  for (const table of ['videos', 'revisions', 'uploads', 'api_keys', 'webhook_endpoints']) {
    await pool.query(`alter table ${table} add constraint refused check (false) not valid`);
  }
  const statuses: number[] = [];
  const tryAll = async () => {
    const film = { topic: CANARY.topic, title: CANARY.title, metadata: { note: CANARY.note } };
    const asked = [
      ask('POST', '/v1/videos', film, byKey),
      ask('POST', '/v1/uploads', { content_type: 'video/mp4', size_bytes: 10 }),
      ask('POST', '/app/keys', { name: CANARY.keyName }),
      ask('POST', '/v1/webhook-endpoints', {
        url: 'https://example.org',
        description: CANARY.hookNote,
      }),
      ask('GET', `/v1/videos${query}`, undefined, byKey),
    ];
    for (const { status } of await Promise.all(asked)) statuses.push(status);
  };
  await tryAll();
  const ended = tryAll();
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await ended;
  await pool.query('alter table videos rename to videos_gone');
  await tryAll();
  await pool.query('alter table videos_gone rename to videos');
  expect(statuses.filter((status) => status >= 500).length).toBeGreaterThanOrEqual(8);
}

/** Every row of every table, as text. */
export async function everyRow({ database }: Hosted): Promise<string> {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const texts = [];
  for (const { name } of tables) {
    const { rows } = await database.pool.query(`select to_jsonb(t)::text as row from ${name} t`);
    texts.push(JSON.stringify(rows));
  }
  return texts.join('\n');
}
