import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { etagOf, notModified } from '../platform/http/etag.ts';
import { type Pager, pageQuery } from '../platform/http/pages.ts';
import { eventStream } from '../platform/http/sse.ts';
import { type AccountId, isId, type VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import {
  cancelSchema,
  clientKey,
  createVideoSchema,
  estimateSchema,
  filesSchema,
  patchVideoSchema,
  type VideoObject,
  videoParams,
  videoSchema,
} from './api-contract.ts';
import type { Deletion } from './deletion.ts';
import type { Editing } from './editing.ts';
import { AlreadyEnded, VideoNotFound } from './errors.ts';
import type { Feed } from './feed.ts';
import type { RenderFiles } from './render-files.ts';
import type { Requests } from './requests.ts';
import type { VideoCache } from './video-cache.ts';
import { CLIENT_KEY_PREFIX } from './video-object.ts';
import { listVideoIds } from './video-store.ts';
import type { Videos } from './videos.ts';

export type VideoRoutesDeps = {
  readonly db: Database;
  readonly videos: Videos;
  readonly cache: VideoCache;
  readonly editing: Editing;
  readonly deletion: Deletion;
  readonly feed: Feed;
  readonly files: RenderFiles;
  readonly requests: Requests;
  readonly pager: Pager;
};

const LIST = 'videos';
const tag = 'Videos';
const videoAnswer = { description: 'The video', body: videoSchema };
const locatedVideo = { ...videoAnswer, headers: ['Location'] } as const;
const location = (id: string) => ({ Location: `/v1/videos/${id}` });

/** Videos over HTTP: parse, call, present. */
export function makeVideoEndpoints(deps: VideoRoutesDeps): readonly Endpoint[] {
  const { db, videos, cache, editing, deletion, feed, files, requests, pager } = deps;

  return [
    defineEndpoint({
      method: 'post',
      path: '/v1/videos',
      operationId: 'createVideo',
      summary: 'Make a video from a topic, a script or scenes',
      description:
        'Answers as soon as the video stands; it is made in the background. With `dry_run` nothing is made, and the answer is the itemised estimate.',
      tag,
      access: 'videos:write',
      limit: 'generate',
      body: createVideoSchema,
      answers: {
        200: { description: 'The estimate of a dry run', body: estimateSchema },
        202: locatedVideo,
      },
      async handle({ caller, body, signal, saveAnswer }) {
        const request = await requests.toMake(caller.accountId, body, signal);
        if (body.dry_run) return { status: 200, body: videos.estimate(request) };
        const { videoId } = await videos.make(caller.accountId, request, async (tx, id) => {
          const video = await videos.read(caller.accountId, id, tx);
          await saveAnswer(tx, { status: 202, headers: location(id), body: video });
        });
        const video = await videos.read(caller.accountId, videoId);
        return { status: 202, headers: location(videoId), body: video };
      },
    }),

    defineEndpoint({
      method: 'get',
      path: '/v1/videos',
      operationId: 'listVideos',
      summary: 'Your videos, newest first',
      tag,
      access: 'videos:read',
      limit: 'read',
      query: pageQuery.extend({ client_key: clientKey.optional() }),
      answers: {
        200: {
          description: 'A page of videos',
          body: z
            .strictObject({
              data: z.array(videoSchema),
              next_cursor: z.string().nullable(),
              has_more: z.boolean(),
            })
            .meta({ id: 'VideoPage' }),
        },
      },
      async handle({ caller, query }) {
        const before = pager.read(query.cursor, LIST);
        const ids = await listVideoIds(db, caller.accountId, {
          before,
          limit: query.limit + 1,
          clientKey: query.client_key === undefined ? null : CLIENT_KEY_PREFIX + query.client_key,
        });
        const shown = await Promise.all(ids.map((id) => cache.read(caller.accountId, id)));
        const rows = shown.filter((video) => video !== null);
        const page = pager.answer(
          rows,
          query.limit,
          LIST,
          ({ id }) => id,
          (video) => video,
        );
        return { status: 200, body: page };
      },
    }),

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
        200: { ...videoAnswer, headers: ['ETag'] },
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
      method: 'patch',
      path: '/v1/videos/{id}',
      operationId: 'editVideo',
      summary: 'Change title, look, scenes or their order',
      description: 'Makes a new revision; `render` makes the film of it.',
      tag,
      access: 'videos:write',
      limit: 'write',
      params: videoParams,
      body: patchVideoSchema,
      answers: { 200: locatedVideo },
      async handle({ caller, params, body, signal }) {
        const change = await requests.toVideoChange(caller.accountId, body, signal);
        await editing.editVideo(caller.accountId, params.id, change, async () => undefined);
        return await shown(caller.accountId, params.id, 200);
      },
    }),

    defineEndpoint({
      method: 'delete',
      path: '/v1/videos/{id}',
      operationId: 'deleteVideo',
      summary: 'Delete a video that is not being made, with all its files',
      tag,
      access: 'videos:write',
      limit: 'write',
      params: videoParams,
      answers: { 204: { description: 'Gone' } },
      async handle({ caller, params }) {
        await deletion.remove(caller.accountId, params.id);
        cache.drop(params.id);
        return { status: 204 };
      },
    }),

    defineEndpoint({
      method: 'post',
      path: '/v1/videos/{id}/render',
      operationId: 'renderVideo',
      summary: 'Make the current revision',
      description: 'Only what has changed is bought or encoded again.',
      tag,
      access: 'videos:write',
      limit: 'generate',
      params: videoParams,
      answers: { 202: locatedVideo },
      async handle({ caller, params, saveAnswer }) {
        await videos.render(caller.accountId, params.id, async (tx, id) => {
          const video = await videos.read(caller.accountId, id, tx);
          await saveAnswer(tx, { status: 202, headers: location(id), body: video });
        });
        return await shown(caller.accountId, params.id, 202);
      },
    }),

    defineEndpoint({
      method: 'post',
      path: '/v1/videos/{id}/cancel',
      operationId: 'cancelVideo',
      summary: 'Stop making a video',
      description:
        'Says what stops, what cannot be stopped any more, and what that means for credits. A video that was canceled already answers 200.',
      tag,
      access: 'videos:write',
      limit: 'write',
      params: videoParams,
      answers: {
        200: { description: 'It was canceled before', body: cancelSchema },
        202: { description: 'It stops', body: cancelSchema },
      },
      async handle({ caller, params }) {
        const { status } = await videos.read(caller.accountId, params.id);
        if (status === 'canceled') return { status: 200, body: presentCancel(NOTHING_STOPPED) };
        if (status === 'succeeded' || status === 'failed') throw new AlreadyEnded();
        const canceled = await videos.cancel(caller.accountId, params.id);
        cache.drop(params.id);
        return { status: 202, body: presentCancel(canceled) };
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

  async function shown(accountId: AccountId, id: VideoId, status: number) {
    cache.drop(id);
    return { status, headers: location(id), body: await videos.read(accountId, id) };
  }
}

const NOTHING_STOPPED = { willStop: 0, cannotStop: 0, creditsReleased: 0, creditsSettled: 0 };

function presentCancel(answer: Awaited<ReturnType<Videos['cancel']>>) {
  return {
    will_stop: answer.willStop,
    cannot_stop: answer.cannotStop,
    credits_released: answer.creditsReleased,
    credits_settled: answer.creditsSettled,
  };
}

function lastIdOf(header: (name: string) => string | undefined): number | null {
  const text = header('last-event-id');
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
