import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { etagOf, notModified } from '../platform/http/etag.ts';
import { eventStream } from '../platform/http/sse.ts';
import { isId } from '../platform/ids.ts';
import { filesSchema, type VideoObject, videoParams, videoSchema } from './api-contract.ts';
import { VideoNotFound } from './errors.ts';
import type { Feed } from './feed.ts';
import type { RenderFiles } from './render-files.ts';
import type { VideoCache } from './video-cache.ts';
import type { Videos } from './videos.ts';

export type ViewingRoutesDeps = {
  readonly videos: Pick<Videos, 'read'>;
  readonly cache: VideoCache;
  readonly feed: Feed;
  readonly files: RenderFiles;
};

const tag = 'Videos';

/** One video as it stands and moves, and the files of its film. */
export function makeViewingEndpoints({
  videos,
  cache,
  feed,
  files,
}: ViewingRoutesDeps): readonly Endpoint[] {
  return [
    defineEndpoint({
      method: 'get',
      path: '/v1/videos/{id}',
      operationId: 'getVideo',
      summary: 'One video',
      description:
        'With `wait` the answer comes when the status has changed (with `If-None-Match`: when anything has), or after so many seconds.',
      tag,
      access: 'videos:read',
      limit: 'read',
      params: videoParams,
      query: z.object({ wait: z.coerce.number().int().min(0).max(25).default(0) }),
      answers: {
        200: { description: 'The video', body: videoSchema, headers: ['ETag'] },
        304: { description: 'Not changed since `If-None-Match`' },
      },
      async handle(request) {
        const { caller, params, query } = request;
        const known = request.header('if-none-match');
        if (query.wait === 0) {
          const video = await cache.readJson(caller.accountId, params.id);
          if (!video) throw new VideoNotFound();
          return notModified(known, video.etag) ?? cache.answer(video);
        }
        const first = await videos.read(caller.accountId, params.id);
        const seen = (video: VideoObject) =>
          known === undefined
            ? video.status === first.status
            : etagOf(JSON.stringify(video)) === known;
        const waitMs = query.wait * 1000;
        // Asked for here alone: a signal is made by asking for it, and costs more than a cached answer.
        const { signal } = request;
        const video = await feed.wait(caller.accountId, params.id, { waitMs, seen, signal });
        const answer = {
          status: 200,
          body: video,
          headers: { ETag: etagOf(JSON.stringify(video)) },
        };
        return notModified(known, answer.headers.ETag) ?? answer;
      },
    }),

    defineEndpoint({
      method: 'get',
      path: '/v1/videos/{id}/events',
      operationId: 'streamVideoEvents',
      summary: 'Follow a video as Server-Sent Events',
      description:
        'First a `video` message with the video as it stands, then each event with its id, and a `video` message whenever progress moves. `Last-Event-ID` resumes without a gap.',
      tag,
      access: 'videos:read',
      limit: 'read',
      params: videoParams,
      answers: { 200: { description: 'The stream', contentType: 'text/event-stream' } },
      async handle({ caller, params, header, signal }) {
        await videos.read(caller.accountId, params.id);
        const source = feed.stream(caller.accountId, params.id, lastIdOf(header), signal);
        return eventStream({ signal, source });
      },
    }),

    defineEndpoint({
      method: 'get',
      path: '/v1/videos/{id}/files',
      operationId: 'listVideoFiles',
      summary: 'The files of the newest finished film',
      tag,
      access: 'videos:read',
      limit: 'read',
      params: videoParams,
      answers: { 200: { description: 'Links to the files', body: filesSchema } },
      async handle({ caller, params }) {
        return { status: 200, body: await files.list(caller.accountId, params.id) };
      },
    }),

    defineEndpoint({
      method: 'get',
      path: '/v1/renders/{id}/{file}',
      operationId: 'getRenderFile',
      summary: 'One file of a finished film',
      description:
        'Answers 302 to a signed link that lives at most 300 s; `check.json` and `receipt.json` are answered at once.',
      tag,
      access: 'videos:read',
      limit: 'read',
      params: z.object({
        id: z.string().refine((text) => isId('ren', text)),
        file: z.string().regex(/^[a-z0-9.-]{1,40}$/),
      }),
      answers: {
        200: { description: 'A record', body: z.unknown() },
        302: { description: 'Where the file is' },
      },
      async handle({ caller, params }) {
        const found = await files.find(caller.accountId, params.id, params.file);
        if ('json' in found) return { status: 200, body: found.json };
        return { status: 302, headers: { Location: found.location } };
      },
    }),
  ];
}

function lastIdOf(header: (name: string) => string | undefined): number | null {
  const text = header('last-event-id');
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
