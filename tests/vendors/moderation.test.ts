import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { listMatches } from '../../server/moderation/moderation.ts';
import { readConfig } from '../../server/platform/config.ts';
import { SCOPES } from '../../server/platform/http/endpoint.ts';
import { newId } from '../../server/platform/ids.ts';
import type { Wish } from '../../server/videos/videos.ts';
import { startService } from '../../server/wiring/service.ts';
import { type ApiDocument, documentShape, freeTextFields } from '../api/free-text.ts';
import { ended, openStudio, type Studio, script } from './studio.ts';

/** Also a well-formed language tag. */
const BAD = 'how-to-make-a-bomb';

/** What reaches a model, by operation: the fields of its body, and a body that is good without them. */
const JUDGED: Readonly<Record<string, { readonly fields: string[]; readonly body: object }>> = {
  'POST /v1/ideas': { fields: ['topic', 'language'], body: { topic: 'A walk' } },
  'POST /v1/scripts': {
    fields: ['topic', 'idea.title', 'idea.hook', 'idea.angle', 'language', 'tone'],
    body: { topic: 'A walk', idea: { title: 'A walk', hook: 'Look!', angle: 'From below' } },
  },
  'POST /v1/prompts/enhance': { fields: ['prompt'], body: {} },
  'POST /v1/videos': {
    fields: [
      ...['topic', 'idea.title', 'idea.hook', 'idea.angle', 'script'],
      ...['scenes[].narration', 'scenes[].visual', 'title', 'language', 'tone', 'voice'],
    ],
    body: { topic: 'A walk', idea: { title: 'A walk', hook: 'Look!', angle: 'From below' } },
  },
  'PATCH /v1/videos/{id}': {
    fields: ['title', 'voice', 'scenes[].narration', 'scenes[].visual'],
    body: {},
  },
  'PATCH /v1/videos/{id}/scenes/{scene_id}': { fields: ['narration', 'visual'], body: {} },
  'POST /v1/transcripts': {
    fields: ['script', 'language'],
    body: { upload_id: newId('upl') },
  },
};

/** Free text that no model is told of, and where it goes instead. */
const KEPT: Readonly<Record<string, string>> = {
  'POST /v1/videos client_key': 'what the maker calls the video; stays here',
  'POST /v1/videos metadata.*': 'the maker’s own notes; given back in answers and events',
  'PATCH /v1/videos/{id} metadata.*': 'the maker’s own notes; given back in answers and events',
  'POST /v1/webhook-endpoints url': 'where the account’s own deliveries go',
  'POST /v1/webhook-endpoints description': 'the account’s own note',
  'PATCH /v1/webhook-endpoints/{id} url': 'where the account’s own deliveries go',
  'PATCH /v1/webhook-endpoints/{id} description': 'the account’s own note',
  'POST /v1/webhook-endpoints/{id}/resend from': 'a time',
  'POST /v1/webhook-endpoints/{id}/resend to': 'a time',
  'POST /v1/events/{id}/resend endpoint_id': 'an id',
  'POST /v1/transcripts upload_id': 'an id',
};

/** The body with `BAD` in that field; of topic, script and scenes only one may stand. */
function bodyWith(body: object, field: string): object {
  const [top = '', inner] = field.split(/\.|\[\]\./);
  if (top === 'scenes' && inner !== undefined) {
    return { scenes: [{ narration: 'We walk.' }, { narration: 'On.', [inner]: BAD }] };
  }
  const { topic, ...rest } = z.looseObject({ topic: z.string().optional() }).parse(body);
  const before = top === 'script' || topic === undefined ? rest : { topic, ...rest };
  if (inner === undefined) return { ...before, [top]: BAD };
  return { ...before, [top]: { ...z.looseObject({}).parse(rest[top]), [inner]: BAD } };
}

const rejection = z.object({ code: z.literal('content_rejected'), category: z.string() });

describe('a field of the API that reaches a model', () => {
  let studio: Studio;
  let ask: (method: string, path: string, body: object) => Promise<Response>;
  let document: ApiDocument;
  let ids: { readonly video: string; readonly scene: string };
  const closing = new AsyncDisposableStack();

  beforeAll(async () => {
    studio = await openStudio({
      works: false,
      env: { CLIPT_PORT: '0', CLIPT_VIDEOS_PER_MINUTE: '1000', CLIPT_REQUESTS_PER_MINUTE: '1000' },
    });
    closing.defer(() => studio.close());
    const { clipt, account, env } = studio;
    const { url, stop } = await startService(clipt, readConfig(env, ''));
    closing.defer(stop);
    const { text } = await clipt.keys.create(account, {
      ...{ name: 'test', scopes: [...SCOPES], expiresAt: null },
    });
    ask = (method, path, body) =>
      fetch(new URL(path, url), {
        method,
        headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    document = documentShape.parse(await (await fetch(new URL('/v1/openapi.json', url))).json());
    const { videoId } = await studio.make(script('heron', 1));
    await clipt.videos.cancel(account, videoId);
    const [scene] = (await studio.read(videoId)).scenes;
    ids = { video: videoId, scene: scene?.id ?? '' };
  });
  afterAll(() => closing.disposeAsync());

  const counts = async () => {
    const { rows } = await studio.database.pool.query(
      'select count(*)::int as count from purchases',
    );
    const { ark, elevenLabs } = studio;
    return {
      vendors: [ark.journal.entries.length, elevenLabs.journal.entries.length],
      purchases: z.object({ count: z.number() }).parse(rows[0]).count,
    };
  };
  const matches = () =>
    listMatches(studio.clipt.db, { accountId: studio.account, before: null, limit: 1_000 });

  test('is listed here, as every other free text is', () => {
    const listed = [
      ...Object.entries(JUDGED).flatMap(([operation, { fields }]) =>
        fields.map((field) => `${operation} ${field}`),
      ),
      ...Object.keys(KEPT),
    ];
    expect([...new Set(freeTextFields(document))].toSorted()).toEqual(listed.toSorted());
  });

  test.each(
    Object.entries(JUDGED).flatMap(([operation, { fields, body }]) =>
      fields.map((field) => [operation, field, bodyWith(body, field)] as const),
    ),
  )(
    'is judged at the door, before any vendor or purchase: %s %s',
    async (operation, field, body) => {
      const before = { counts: await counts(), matches: (await matches()).length };
      const [method = '', template = ''] = operation.split(' ');
      const path = template.replace('{id}', ids.video).replace('{scene_id}', ids.scene);
      const response = await ask(method, path, body);
      const answer = await response.text();
      expect({ field, status: response.status, answer }).toMatchObject({ status: 422 });
      expect(rejection.parse(JSON.parse(answer)).category).toBe('dangerous_instructions');
      expect(answer).not.toContain('bomb');
      expect(await counts()).toEqual(before.counts);
      expect(await matches()).toHaveLength(before.matches + 1);
    },
  );

  test('is not refused for what stands in the maker’s own notes', async () => {
    const body = { topic: 'A walk', dry_run: true, metadata: { note: BAD }, client_key: BAD };
    expect((await ask('POST', '/v1/videos', body)).status).toBe(200);
  });

  test('is judged again before the vendor is asked, whoever asks', async () => {
    const { clipt, account } = studio;
    const before = await counts();
    const { models, transcripts } = clipt;
    const call = { signal: new AbortController().signal, accountId: account };
    const narration = { voice: 'v', language: 'en', previousText: null, nextText: null };
    const order = {
      prompt: BAD,
      seconds: 5,
      format: '9:16',
      seed: 1,
      wantsLastFrame: false,
    } as const;
    const pictures = { firstFrame: null, references: [], callbackUrl: null };
    const footage = { file: '/none.mp4', title: 'Talk', style: 'pop', language: 'en' } as const;
    for (const refused of [
      () => models.text.enhancePrompt({ prompt: BAD }, call),
      () => models.speech.speak({ ...narration, text: BAD }, '/none.wav', call),
      () => models.video.submit({ ...order, ...pictures }, call),
      () => models.transcription.transcribe({ file: '/none.wav', text: BAD, language: null }, call),
      () => transcripts.captionOwnFootage({ ...footage, text: BAD }, call),
    ]) {
      await expect(refused()).rejects.toMatchObject({ code: 'content_rejected' });
    }
    expect(await counts()).toEqual(before);
  });
});

describe('a run', () => {
  let studio: Studio | null = null;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clipt-own-terms-'));
  });
  afterEach(async () => {
    await studio?.close();
    studio = null;
    await rm(folder, { recursive: true, force: true });
  });

  const about: Extract<Wish, { kind: 'topic' }> = {
    ...{ kind: 'topic', topic: 'A walk', seconds: 10, language: 'en', tone: null, idea: null },
  };
  test.each<[string, Wish]>([
    ['topic', { ...about, topic: BAD }],
    ['tone', { ...about, tone: BAD }],
    ['idea', { ...about, idea: { title: 'A walk', hook: 'Look!', angle: BAD } }],
    ['language', { ...about, language: BAD }],
  ])(
    'that was asked for at the command line ends before any vendor is asked: %s',
    async (_, wish) => {
      studio = await openStudio();
      const { make, until, ark, elevenLabs } = studio;
      const { videoId } = await make(wish);
      expect(await until(videoId, ended)).toMatchObject({
        status: 'failed',
        error: { code: 'content_rejected', stage: 'moderate' },
        credits: { held: 0, settled: 0, uncertain: 0 },
      });
      expect([...ark.journal.entries, ...elevenLabs.journal.entries]).toEqual([]);
    },
  );

  test('whose script, as the chat model wrote it, is refused is neither spoken nor filmed; the script stays paid', async () => {
    const file = join(folder, 'own.json');
    const term = { id: 'own-1', category: 'violence', text: 'told calmly' };
    await writeFile(file, JSON.stringify({ version: 'own', date: '2026-11-20', terms: [term] }));
    studio = await openStudio({ env: { CLIPT_MODERATION_TERMS: file } });
    const { make, until, ark, elevenLabs, database } = studio;
    const { videoId } = await make({ ...about, topic: '为什么天空是蓝色的' });
    expect(await until(videoId, ended)).toMatchObject({
      status: 'failed',
      error: { code: 'content_rejected', stage: 'script' },
      credits: { held: 0, uncertain: 0 },
    });
    expect(ark.journal.counts()).toMatchObject({ chat: 1 });
    expect(ark.journal.of('create-task')).toEqual([]);
    expect(elevenLabs.journal.of('speak-timed')).toEqual([]);
    const bought = await database.pool.query('select kind, status from purchases');
    expect(bought.rows).toEqual([{ kind: 'script', status: 'settled' }]);
    const { rows } = await database.pool.query('select category, rule_id from moderation_matches');
    expect(rows).toEqual([{ category: 'violence', rule_id: 'own-1' }]);
  });
});
