import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { newId } from '../../server/platform/ids.ts';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import type { Reply } from './answer.ts';
import { type Account, type ApiService, type Ask, openService } from './service.ts';
import { first, idOf, makeCanceledVideo, openForm, pageOf } from './shapes.ts';

/** One account asks for what another has: every answer is that of what nobody has. */

type Owned = Readonly<
  Record<'vid' | 'scn' | 'tak' | 'ren' | 'upl' | 'trn' | 'evt' | 'whk', string>
> & {
  readonly key: string;
  readonly ses: string;
  readonly exp: string;
};

let service: ApiService;
let mine: Owned;
let theirs: Owned;
beforeAll(async () => {
  service = await openService();
  mine = await fill(service.owner);
  theirs = await fill(service.other);
});
afterAll(() => service.close());

type Request = readonly [operationId: string, method: string, path: string, body?: unknown];

/** Every operation that names something by its id, with that something. */
function requestsFor(owned: Owned): readonly Request[] {
  const { vid, scn, tak, ren, upl, trn, evt, whk, key, ses, exp } = owned;
  const video = `/v1/videos/${vid}`;
  const scene = `${video}/scenes/${scn}`;
  const hook = `/v1/webhook-endpoints/${whk}`;
  const range = { from: '2026-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' };
  return [
    ['getVideo', 'GET', video],
    ['getVideo', 'GET', `${video}?wait=1`],
    ['editVideo', 'PATCH', video, { title: 'Stolen' }],
    ['renderVideo', 'POST', `${video}/render`],
    ['cancelVideo', 'POST', `${video}/cancel`],
    ['streamVideoEvents', 'GET', `${video}/events`],
    ['listVideoFiles', 'GET', `${video}/files`],
    ['getRenderFile', 'GET', `/v1/renders/${ren}/film.mp4`],
    ['getRenderFile', 'GET', `/v1/renders/${ren}/check.json`],
    ['editScene', 'PATCH', scene, { narration: 'Stolen.' }],
    ['listTakes', 'GET', `${scene}/takes`],
    ['createTake', 'POST', `${scene}/takes`, {}],
    ['createTake', 'POST', `${scene}/takes`, { upload_id: upl }],
    ['chooseTake', 'PUT', `${scene}/take`, { take_id: tak }],
    ['chooseTake', 'PUT', `${scene}/take`, { take_id: null }],
    ['getTakeClip', 'GET', `${scene}/takes/${tak}/clip`],
    ['getUpload', 'GET', `/v1/uploads/${upl}`],
    ['completeUpload', 'POST', `/v1/uploads/${upl}/complete`],
    ['createTranscript', 'POST', '/v1/transcripts', { upload_id: upl, script: 'Stolen.' }],
    ['getTranscript', 'GET', `/v1/transcripts/${trn}`],
    ['getTranscriptFile', 'GET', `/v1/transcripts/${trn}/files/srt`],
    ['getEvent', 'GET', `/v1/events/${evt}`],
    ['resendEvent', 'POST', `/v1/events/${evt}/resend`, {}],
    ['getWebhookEndpoint', 'GET', hook],
    ['changeWebhookEndpoint', 'PATCH', hook, { description: 'Stolen' }],
    ['rotateWebhookSecret', 'POST', `${hook}/rotate`, {}],
    ['testWebhookEndpoint', 'POST', `${hook}/test`],
    ['listWebhookDeliveries', 'GET', `${hook}/deliveries`],
    ['resendEvents', 'POST', `${hook}/resend`, range],
    ['rotateKey', 'POST', `/app/keys/${key}/rotate`, {}],
    ['getExport', 'GET', `/app/exports/${exp}`],
    ['downloadExport', 'GET', `/app/exports/${exp}/file`],
    // Those that would take it away go last.
    ['deleteVideo', 'DELETE', video],
    ['deleteTranscript', 'DELETE', `/v1/transcripts/${trn}`],
    ['deleteWebhookEndpoint', 'DELETE', hook],
    ['revokeKey', 'DELETE', `/app/keys/${key}`],
    ['endSession', 'DELETE', `/app/sessions/${ses}`],
  ];
}

/** Those whose body alone names what another has. */
function mixedRequestsFor(own: Owned, foreign: Owned): readonly Request[] {
  const video = `/v1/videos/${own.vid}`;
  const scene = `${video}/scenes/${own.scn}`;
  const foreignScene = `${video}/scenes/${foreign.scn}`;
  return [
    ['editScene', 'PATCH', foreignScene, { narration: 'Stolen.' }],
    ['listTakes', 'GET', `${foreignScene}/takes`],
    ['createTake', 'POST', `${foreignScene}/takes`, {}],
    ['createTake', 'POST', `${scene}/takes`, { upload_id: foreign.upl }],
    ['chooseTake', 'PUT', `${foreignScene}/take`, { take_id: null }],
    ['chooseTake', 'PUT', `${scene}/take`, { take_id: foreign.tak }],
    ['getTakeClip', 'GET', `${scene}/takes/${foreign.tak}/clip`],
    ['getTakeClip', 'GET', `${foreignScene}/takes/${foreign.tak}/clip`],
    ['editVideo', 'PATCH', video, { scenes: [{ id: foreign.scn, narration: 'Stolen.' }] }],
    ['editVideo', 'PATCH', video, { reference_upload_id: foreign.upl }],
    ['editScene', 'PATCH', scene, { first_frame_upload_id: foreign.upl }],
    ['createVideo', 'POST', '/v1/videos', { topic: 'Bees', reference_upload_id: foreign.upl }],
    ['resendEvent', 'POST', `/v1/events/${own.evt}/resend`, { endpoint_id: foreign.whk }],
    ['resendEvent', 'POST', `/v1/events/${foreign.evt}/resend`, { endpoint_id: own.whk }],
    ['listEvents', 'GET', `/v1/events?video_id=${foreign.vid}`],
  ];
}

/** Ids of the right form that nobody has. */
const NOTHING: Owned = {
  ...{ vid: newId('vid'), scn: newId('scn'), tak: newId('tak'), ren: newId('ren') },
  ...{ upl: newId('upl'), trn: newId('trn'), evt: newId('evt'), whk: newId('whk') },
  ...{ key: newId('key'), ses: newId('ses'), exp: newId('exp') },
};

test('every operation with an id in its path is tried', () => {
  const tried = new Set(requestsFor(mine).map(([operationId]) => operationId));
  const named = service.document.operations
    .filter(({ parameters }) => parameters.some((parameter) => parameter.in === 'path'))
    // What is for staff alone nobody else finds anything in.
    .filter(({ path }) => !path.startsWith('/app/admin/'))
    .map(({ operationId }) => operationId)
    // Its address is known to a vendor alone, and belongs to nobody who asks.
    .filter((operationId) => operationId !== 'takeClipHint');
  expect(named.filter((operationId) => !tried.has(operationId))).toEqual([]);
});

test.each(['key', 'session'] as const)(
  'by the %s of another account, what one has answers like what nobody has',
  async (by) => {
    const before = await everything(mine);
    const asked = requestsFor(mine);
    const missing = requestsFor(NOTHING);
    for (const [index, request] of asked.entries()) {
      const as = credentialFor(service.other, by, request);
      const [foreign, absent] = [await ask(request, { as }), await ask(missing[index], { as })];
      expect([request[0], told(foreign)]).toEqual([request[0], told(absent)]);
      expect([request[0], foreign.status]).toEqual([request[0], 404]);
    }
    expect(await everything(mine)).toEqual(before);
  },
);

test.each(['key', 'session'] as const)(
  'by the %s of its own account, what another has is missing wherever it is named',
  async (by) => {
    const before = await everything(mine);
    const asked = mixedRequestsFor(theirs, mine);
    const missing = mixedRequestsFor(theirs, NOTHING);
    for (const [index, request] of asked.entries()) {
      const as = credentialFor(service.other, by, request);
      const [foreign, absent] = [await ask(request, { as }), await ask(missing[index], { as })];
      expect([request[0], told(foreign)]).toEqual([request[0], told(absent)]);
      if (request[0] !== 'listEvents') expect(foreign.status).toBeGreaterThanOrEqual(400);
    }
    expect(await everything(mine)).toEqual(before);
  },
);

test('lists hold what their own account has, and nothing else', async () => {
  const lists = ['videos', 'transcripts', 'events', 'webhook-endpoints', 'credits/entries'];
  for (const list of lists) {
    const of = async ({ key: as }: Account) =>
      pageOf(await service.request('GET', `/v1/${list}?limit=100`, { as })).data.map(
        ({ id }) => id,
      );
    const [own, foreign] = [await of(service.owner), await of(service.other)];
    expect(own.filter((id) => foreign.includes(id))).toEqual([]);
    if (list !== 'credits/entries') expect(own.length).toBeGreaterThan(0);
  }
});

test('a cursor leads through the list of whoever asks', async () => {
  for (let n = 0; n < 2; n += 1) await makeCanceledVideo(service);
  const page = pageOf(await service.request('GET', '/v1/videos?limit=1'));
  const rest = await service.request('GET', `/v1/videos?cursor=${page.next_cursor}`, {
    as: service.other.key,
  });
  expect(pageOf(rest).data.map(({ id }) => id)).toEqual([theirs.vid]);
});

function credentialFor(account: Account, by: 'key' | 'session', [, , path]: Request) {
  return by === 'key' && !path.startsWith('/app/') ? account.key : account.session;
}

async function ask(request: Request | undefined, { as }: Ask): Promise<Reply> {
  const [, method = '', path = '', body] = request ?? [];
  return await service.request(method, path, {
    ...(as ? { as } : {}),
    ...(body === undefined ? {} : { body }),
  });
}

/** What an answer tells, but for what is of the one request. */
function told({ status, json }: Reply): unknown {
  const body = z.looseObject({}).parse(json);
  const { instance: _instance, request_id: _id, ...rest } = body;
  return { status, ...rest };
}

/** All that the owner sees of what may be touched. */
async function everything({ vid, scn, ren, upl, trn, evt, whk }: Owned): Promise<unknown> {
  const paths = [
    ...[`videos/${vid}`, `videos/${vid}/files`, `videos/${vid}/scenes/${scn}/takes`],
    ...[`renders/${ren}/check.json`, `uploads/${upl}`, `transcripts/${trn}`, `events/${evt}`],
    ...[`webhook-endpoints/${whk}`, `webhook-endpoints/${whk}/deliveries`],
  ];
  const seen = [];
  for (const path of paths) seen.push((await service.request('GET', `/v1/${path}`)).json);
  const as = service.owner.session;
  const keys = await service.request('GET', '/app/keys', { as });
  const sessions = await service.request('GET', '/app/sessions', { as });
  const strip = (text: string) => text.replaceAll(/"last_used_at":[^,}]+/g, '');
  const exports = await service.request('GET', '/app/exports', { as });
  return [...seen, exports.json, strip(keys.bytes.toString()), strip(sessions.bytes.toString())];
}

/** One of everything that an account can have. What only work would make is put into its tables. */
async function fill(account: Account): Promise<Owned> {
  const as = account.key;
  const endpoint = { url: 'http://127.0.0.1:9/clipt' };
  const whk = idOf(await service.request('POST', '/v1/webhook-endpoints', { as, body: endpoint }));
  const { id: vid, scenes } = await makeCanceledVideo(service, { as });
  const scn = first(scenes).id;
  const form = await openForm(service, { content_type: 'video/mp4', size_bytes: 9 }, { as });
  const page = await service.request('GET', `/v1/events?video_id=${vid}`, { as });
  const own = { tak: newId('tak'), ren: newId('ren'), trn: newId('trn') };
  const { db } = service;
  await db.execute(
    sql`insert into takes (id, account_id, video_id, scene_id, model, clip_key, seconds, status, object)
        values (${own.tak}, ${account.id}, ${vid}, ${scn}, 'a model', 'clip', 1, 'stored',
          ${JSON.stringify({ key: 'a/b', sha256: 'a'.repeat(64), sizeBytes: 1, contentType: 'video/mp4' })}::jsonb)`,
  );
  await db.execute(
    sql`insert into renders (id, account_id, video_id, revision_id, run_id, files, report)
        select ${own.ren}, account_id, video_id, revision_id, id, '[]', '{"passed": true}'
        from runs where video_id = ${vid}`,
  );
  await db.execute(
    sql`insert into transcripts (id, account_id, upload_id, status, style, burn)
        values (${own.trn}, ${account.id}, ${form.id}, 'queued', 'pop', false)`,
  );
  const [key] = (await service.clipt.keys.list(account.id)).map(({ id }) => id);
  const evt = first(pageOf(page).data).id;
  const exp = idOf(
    await service.request('POST', '/app/exports', { as: account.session, body: {} }),
  );
  const ses = account.sessionId;
  return { ...own, vid, scn, upl: form.id, evt, whk, key: key ?? '', ses, exp };
}
