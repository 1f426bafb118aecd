import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { type Pager, pageQuery } from '../platform/http/pages.ts';
import type { AccountId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import {
  cancelSchema,
  clientKey,
  createVideoSchema,
  estimateSchema,
  patchVideoSchema,
  videoParams,
  videoSchema,
} from './api-contract.ts';
import type { Deletion } from './deletion.ts';
import type { Editing } from './editing.ts';
import { AlreadyEnded } from './errors.ts';
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
  readonly requests: Requests;
  readonly pager: Pager;
};

const LIST = 'videos';
const tag = 'Videos';
const videoAnswer = { description: 'The video', body: videoSchema };
const locatedVideo = { ...videoAnswer, headers: ['Location'] } as const;
const location = (id: string) => ({ Location: `/v1/videos/${id}` });

/** Videos over HTTP, from making one to deleting it: parse, call, present. */
export function makeVideoEndpoints(deps: VideoRoutesDeps): readonly Endpoint[] {
  const { db, videos, cache, editing, deletion, requests, pager } = deps;

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
