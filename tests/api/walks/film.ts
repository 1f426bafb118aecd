import { createHash } from 'node:crypto';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { sql } from '../../../server/platform/postgres/drizzle.ts';
import type { ApiService } from '../service.ts';
import {
  codeOf,
  first,
  pageOf,
  TINY_VIDEO,
  takeList,
  type VideoParts,
  videoOf,
} from '../shapes.ts';

export type Message = { readonly id: string | undefined; readonly event: string; data: unknown };
export type Film = VideoParts & { readonly path: string; readonly messages: readonly Message[] };

const fileList = z.object({
  render_id: z.string(),
  files: z.array(
    z.object({
      name: z.string(),
      url: z.string(),
      content_type: z.string(),
      size_bytes: z.number().nullable(),
    }),
  ),
});

/** Makes a film from beginning to end, followed by its stream; from then on the service works. */
export async function makeFilm(service: ApiService): Promise<Film> {
  const made = videoOf(await service.request('POST', '/v1/videos', { body: TINY_VIDEO }));
  const path = `/v1/videos/${made.id}`;
  const following = follow(service, path, {}, ({ event }) => event === 'video.succeeded');
  await service.clipt.startWorker();
  const messages = await following;
  return { ...(await ended(service, path)), path, messages };
}

/** The video once it has ended. */
export async function ended(service: ApiService, path: string): Promise<VideoParts> {
  for (;;) {
    const video = videoOf(await service.request('GET', `${path}?wait=10`));
    if (['succeeded', 'failed', 'canceled'].includes(video.status)) return video;
  }
}

/** What the stream tells, up to the first message that is `last`. */
async function follow(
  service: ApiService,
  path: string,
  headers: Readonly<Record<string, string>>,
  isLast: (message: Message) => boolean,
): Promise<readonly Message[]> {
  const response = await service.open('GET', `${path}/events`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  service.noteAnswer('streamVideoEvents', response.status);
  const messages: Message[] = [];
  const events = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { id, event = '', data } of events ?? []) {
    const message = { id, event, data: JSON.parse(data) };
    messages.push(message);
    if (isLast(message)) return messages;
  }
  throw new Error('The stream ended before the film did.');
}

/** What there is of a finished film. */
export function walkFilm(service: () => ApiService, film: () => Film): void {
  const ask: ApiService['request'] = (...request) => service().request(...request);

  test('a film is made, and its stream told of it in order', () => {
    expect(film()).toMatchObject({ status: 'succeeded', progress: 1, error: null });
    const { messages } = film();
    expect(first(messages)).toMatchObject({ event: 'video', data: { id: film().id } });
    const ids = messages.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    const shown = messages.filter(({ event }) => event === 'video');
    const progress = shown.map(
      ({ data }) => z.object({ progress: z.number() }).parse(data).progress,
    );
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  test('a stream goes on after the last id that was seen, without a gap', async () => {
    const stored = film().messages.filter(({ id }) => id !== undefined);
    const [seen, ...rest] = stored;
    expect(rest.length).toBeGreaterThan(1);
    const headers = { 'last-event-id': seen?.id ?? '' };
    const again = await follow(
      service(),
      film().path,
      headers,
      ({ event }) => event === 'video.succeeded',
    );
    expect(again.filter(({ id }) => id !== undefined)).toEqual(rest);
  });

  test('what happened is listed, by kind and by video, and looked at', async () => {
    const listed = await ask('GET', `/v1/events?video_id=${film().id}&type=video.succeeded`);
    const { data } = pageOf(listed);
    expect(data).toHaveLength(1);
    const event = await ask('GET', `/v1/events/${first(data).id}`);
    expect(event.json).toMatchObject({ type: 'video.succeeded', data: { id: film().id } });
  });

  test('every file is where its link leads, whole and of its size', async () => {
    const { files } = fileList.parse((await ask('GET', `${film().path}/files`)).json);
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['film.mp4', 'poster.jpg', 'captions.srt', 'receipt.json']),
    );
    for (const { url, content_type: type, size_bytes: size } of files) {
      const answer = await ask('GET', url);
      if (size === null) {
        expect(answer.status).toBe(200);
        continue;
      }
      expect(answer.status).toBe(302);
      const file = await ask('GET', answer.headers.get('location') ?? '', { as: {} });
      expect([file.status, file.bytes.length]).toEqual([200, size]);
      expect(file.headers.get('content-type')).toBe(type);
    }
  });

  test('a finished film cannot be canceled', async () => {
    const refused = await ask('POST', `${film().path}/cancel`);
    expect([refused.status, codeOf(refused)]).toEqual([409, 'already_terminal']);
  });

  test('a new take is filmed, and the former chosen again at no more than a cut', async () => {
    const { path, scenes } = film();
    const scenePath = `${path}/scenes/${first(scenes).id}`;
    const list = async () => takeList.parse((await ask('GET', `${scenePath}/takes`)).json).data;
    const [former] = await list();
    expect((await ask('POST', `${scenePath}/takes`, { body: {} })).status).toBe(202);
    const filmed = await ended(service(), path);
    expect(filmed.status).toBe('succeeded');
    const takes = await list();
    expect(takes.map(({ status, source }) => [status, source])).toEqual([
      ['stored', 'model'],
      ['stored', 'model'],
    ]);
    expect(first(filmed.scenes).take_id).toBe(first(takes).id);
    const clip = await ask('GET', first(takes).url ?? '');
    expect(clip.status).toBe(302);
    const file = await ask('HEAD', clip.headers.get('location') ?? '', { as: {} });
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'video/mp4']);

    const chosen = await ask('PUT', `${scenePath}/take`, { body: { take_id: former?.id } });
    expect(first(videoOf(chosen).scenes).take_id).toBe(former?.id);
    expect((await ask('POST', `${path}/render`)).status).toBe(202);
    const cut = await ended(service(), path);
    expect(cut.status).toBe('succeeded');
    expect(first(cut.scenes).take_id).toBe(former?.id);
    expect(await list()).toHaveLength(2);
  });

  test('a vendor that calls at the address of a take is heard, and at any other not', async () => {
    const token = 'c'.repeat(32);
    const callbackHash = createHash('sha256').update(token).digest('hex');
    const takeId = first(film().scenes).take_id ?? '';
    await service().db.execute(
      sql`update takes set callback_hash = ${callbackHash} where id = ${takeId}`,
    );
    const hint = { as: {}, body: { id: 'task-1', status: 'succeeded' } };
    expect((await ask('POST', `/hooks/clips/${token}`, hint)).status).toBe(204);
    expect((await ask('POST', `/hooks/clips/${'d'.repeat(32)}`, hint)).status).toBe(404);
  });
}
