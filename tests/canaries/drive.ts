import { Secret } from 'otpauth';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { totpCode } from '../../server/two-factor/totp.ts';
import { uploadForm } from '../api/shapes.ts';
import { toneWav } from '../contract/material.ts';
import type { Hosted } from '../sign-in/hosted.ts';
import { CANARY, type Given } from './planted.ts';

/** Somebody who uses everything, and everything that can go wrong for them. */

export type Person = Awaited<ReturnType<typeof enter>>;

type Ask = (
  method: string,
  path: string,
  body?: unknown,
  more?: Readonly<Record<string, string>>,
) => Promise<{ readonly status: number; readonly text: string }>;

/** Signs in, turns two-factor on, and makes a key and a receiver of events. */
export async function enter(hosted: Hosted, receiverUrl: string) {
  hosted.google.twist = { sub: 'canary', email: CANARY.email, name: CANARY.name };
  const visitor = hosted.visit();
  visitor.userAgent = encodeURIComponent(CANARY.userAgent);
  const headers = { 'x-note': encodeURIComponent(CANARY.header) };
  expect(await visitor.signIn()).toBe('/');
  const ask: Ask = async (method, path, body, more = {}) => {
    const answer = await visitor.ask(method, path, {
      ...{ headers: { ...headers, ...more } },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    return { status: answer.status, text };
  };
  const tokenNow = () => visitor.jar.get('__Host-clipt.session') ?? '';
  const formerSessionToken = tokenNow();
  const secondFactor = await turnOnTwoFactor(ask);
  const key = await ask('POST', '/app/keys', { name: CANARY.keyName });
  const hook = await ask('POST', '/v1/webhook-endpoints', {
    ...{ url: `${receiverUrl}/${CANARY.hookPath}`, description: CANARY.hookNote },
  });
  const { key: apiKey } = z.object({ key: z.string() }).parse(JSON.parse(key.text));
  const { secret } = z.object({ secret: z.string() }).parse(JSON.parse(hook.text));
  const byKey = { authorization: `Bearer ${apiKey}` };
  const secrets: Readonly<Record<Given, string>> = {
    ...{ apiKey, hookSecret: secret, sessionToken: tokenNow(), formerSessionToken },
    ...secondFactor,
  };
  return { ask, byKey, secrets };
}

/** Sets it up, proves oneself by one of its recovery codes, and mistypes others. */
async function turnOnTwoFactor(ask: Ask) {
  const enrolled = await ask('POST', '/app/two-factor');
  const { secret } = z.object({ secret: z.string() }).parse(JSON.parse(enrolled.text));
  const code = totpCode(secret, new Date());
  const confirmed = await ask('POST', '/app/two-factor/confirm', { code });
  const { recovery_codes: codes } = z
    .object({ recovery_codes: z.array(z.string()) })
    .parse(JSON.parse(confirmed.text));
  const [used = '', kept = ''] = codes;
  // One of them with what does not belong there, as it may be copied.
  expect((await ask('POST', '/app/step-up', { code: `${kept}!x` })).status).toBe(401);
  expect((await ask('POST', '/app/step-up', { code: used })).status).toBe(204);
  expect((await ask('POST', '/app/step-up', { code: used })).status).toBe(401);
  const bare = (text: string) => text.replaceAll('-', '');
  return {
    ...{ totpSeed: secret, totpSeedBytes: Secret.fromBase32(secret).hex.toLowerCase() },
    ...{ recoveryCode: kept, recoveryCodeBare: bare(kept) },
    ...{ usedRecoveryCode: used, usedRecoveryCodeBare: bare(used) },
  };
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
  const shown = { narration: 'Look at this.', visual: CANARY.refusedVisual };
  expect((await ask('POST', '/v1/videos', { ...look, scenes: [shown] }, byKey)).status).toBe(202);
  const nonsense = await upload(hosted, person, 'video/mp4', Buffer.from('no film!!'));
  expect((await ask('POST', `/v1/uploads/${nonsense}/complete`)).status).toBe(422);
  await captionSound(hosted, person);
}

/** A sound whose words are known, and then one in which the vendor refuses to hear any. */
async function captionSound(hosted: Hosted, person: Person): Promise<void> {
  const { ask } = person;
  const sound = await upload(hosted, person, 'audio/wav', toneWav(2));
  expect((await ask('POST', `/v1/uploads/${sound}/complete`)).status).toBe(202);
  await becomes(person, `/v1/uploads/${sound}`, 'ready');
  for (const [script, status] of [
    [CANARY.script, 'succeeded'],
    [`${CANARY.script} again`, 'failed'],
  ] as const) {
    const made = await ask('POST', '/v1/transcripts', { upload_id: sound, script, burn: false });
    expect(made.status).toBe(202);
    const { id } = z.object({ id: z.string() }).parse(JSON.parse(made.text));
    await becomes(person, `/v1/transcripts/${id}`, status);
  }
}

async function becomes({ ask }: Person, path: string, status: string): Promise<void> {
  await vi.waitFor(
    async () => expect(JSON.parse((await ask('GET', path)).text)).toMatchObject({ status }),
    { timeout: 60_000, interval: 200 },
  );
}

/** Sends a file under a name that is a canary; its id. */
async function upload(
  hosted: Hosted,
  { ask }: Person,
  contentType: string,
  bytes: Buffer,
): Promise<string> {
  const wanted = { content_type: contentType, size_bytes: bytes.length };
  const { id, upload: made } = uploadForm.parse(
    JSON.parse((await ask('POST', '/v1/uploads', wanted)).text),
  );
  const form = new FormData();
  for (const [name, value] of Object.entries(made.fields)) form.append(name, value);
  form.append('file', new Blob([Uint8Array.from(bytes)]), CANARY.fileName);
  const { pathname, search } = new URL(made.url, hosted.service.heard);
  const sent = await fetch(hosted.service.heard + pathname + search, {
    method: 'POST',
    body: form,
  });
  expect(sent.status).toBe(204);
  return id;
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
