import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import type { AccountId, RunId, TakeId, UploadId, VideoId } from '../platform/ids.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { idOf, patchSceneSchema, sceneParams, takeSchema, videoSchema } from './api-contract.ts';
import { type ObjectRef, objectRefSchema } from './contract.ts';
import type { Editing } from './editing.ts';
import { SceneNotFound, TakeNotFound } from './errors.ts';
import type { Requests } from './requests.ts';
import type { TakeRow } from './take-store.ts';
import type { VideoCache } from './video-cache.ts';
import type { Videos } from './videos.ts';

export type SceneRoutesDeps = {
  readonly videos: Videos;
  readonly cache: VideoCache;
  readonly editing: Editing;
  readonly requests: Requests;
  readonly objects: ObjectStore;
  /** The uploaded clip, ready for use; rejects when there is none. */
  readonly findClip: (
    accountId: AccountId,
    id: UploadId,
  ) => Promise<{ readonly object: ObjectRef; readonly seconds: number }>;
};

const tag = 'Scenes and takes';
const takesPath = '/v1/videos/{id}/scenes/{scene_id}/takes';
const LINK_SECONDS = 300;

/** A video's scenes and their takes over HTTP. */
export function makeSceneEndpoints(deps: SceneRoutesDeps): readonly Endpoint[] {
  const { videos, cache, editing, requests, objects, findClip } = deps;

  return [
    defineEndpoint({
      method: 'patch',
      path: '/v1/videos/{id}/scenes/{scene_id}',
      operationId: 'editScene',
      summary: 'Change what a scene says or shows',
      tag,
      access: 'videos:write',
      limit: 'write',
      params: sceneParams,
      body: patchSceneSchema,
      answers: { 200: { description: 'The video', body: videoSchema } },
      async handle({ caller, params, body }) {
        const change = await requests.toSceneChange(caller.accountId, body);
        const { id, scene_id } = params;
        await editing.editScene(caller.accountId, id, scene_id, change, nothingMore);
        return { status: 200, body: await fresh(caller.accountId, id) };
      },
    }),

    defineEndpoint({
      method: 'get',
      path: takesPath,
      operationId: 'listTakes',
      summary: 'The takes of a scene, newest first',
      tag,
      access: 'videos:read',
      limit: 'read',
      params: sceneParams,
      answers: {
        200: {
          description: 'At most 100 takes',
          body: z.strictObject({ data: z.array(takeSchema) }).meta({ id: 'TakeList' }),
        },
      },
      async handle({ caller, params: { id, scene_id } }) {
        const takes = await editing.listTakes(caller.accountId, id, scene_id);
        if (takes.length === 0) await assertScene(caller.accountId, id, scene_id);
        return { status: 200, body: { data: takes.map(presentTake) } };
      },
    }),

    defineEndpoint({
      method: 'post',
      path: takesPath,
      operationId: 'createTake',
      summary: 'Film a new take, or make an upload the take',
      description:
        'Without `upload_id` a new take is filmed and the film made again with it. With it, the uploaded clip is chosen; `render` makes the film.',
      tag,
      access: 'videos:write',
      limit: 'generate',
      params: sceneParams,
      body: z.strictObject({ upload_id: idOf('upl').optional() }).meta({ id: 'CreateTake' }),
      answers: {
        201: { description: 'The uploaded take is chosen', body: videoSchema },
        202: { description: 'The new take is being filmed', body: videoSchema },
      },
      async handle({ caller: { accountId }, params: { id, scene_id }, body, saveAnswer }) {
        if (body.upload_id !== undefined) {
          const clip = await findClip(accountId, body.upload_id);
          await editing.uploadTake(accountId, id, scene_id, clip, async (tx) => {
            await saveAnswer(tx, { status: 201, body: await videos.read(accountId, id, tx) });
          });
          return { status: 201, body: await fresh(accountId, id) };
        }
        // The wish and its run stand together or not at all.
        let run: RunId | null = null;
        await editing.wishTake(accountId, id, scene_id, async (tx) => {
          run = await videos.beginRun(tx, accountId, id);
          await saveAnswer(tx, { status: 202, body: await videos.read(accountId, id, tx) });
        });
        if (run !== null) await videos.advance(run);
        return { status: 202, body: await fresh(accountId, id) };
      },
    }),

    defineEndpoint({
      method: 'put',
      path: '/v1/videos/{id}/scenes/{scene_id}/take',
      operationId: 'chooseTake',
      summary: 'Choose the take of a scene',
      description: '`null` lets clipt choose or film one again.',
      tag,
      access: 'videos:write',
      limit: 'write',
      params: sceneParams,
      body: z.strictObject({ take_id: idOf('tak').nullable() }).meta({ id: 'ChooseTake' }),
      answers: { 200: { description: 'The video', body: videoSchema } },
      async handle({ caller, params: { id, scene_id }, body }) {
        await editing.chooseTake(caller.accountId, id, scene_id, body.take_id, nothingMore);
        return { status: 200, body: await fresh(caller.accountId, id) };
      },
    }),

    defineEndpoint({
      method: 'get',
      path: `${takesPath}/{take_id}/clip`,
      operationId: 'getTakeClip',
      summary: 'The clip of a take',
      tag,
      access: 'videos:read',
      limit: 'read',
      params: sceneParams.extend({ take_id: idOf('tak') }),
      answers: { 302: { description: 'A signed link that lives at most 300 s' } },
      async handle({ caller, params: { id, scene_id, take_id } }) {
        const takes = await editing.listTakes(caller.accountId, id, scene_id);
        const object = objectOf(takes, take_id);
        const Location = await objects.signedGet(object.key, {
          seconds: LINK_SECONDS,
          contentType: object.contentType,
          downloadName: 'take.mp4',
        });
        return { status: 302, headers: { Location } };
      },
    }),
  ];

  async function fresh(accountId: AccountId, id: VideoId) {
    cache.drop(id);
    return await videos.read(accountId, id);
  }

  async function assertScene(accountId: AccountId, id: VideoId, sceneId: string): Promise<void> {
    const { scenes } = await videos.read(accountId, id);
    if (!scenes.some((scene) => scene.id === sceneId)) throw new SceneNotFound();
  }
}

const nothingMore = async () => undefined;

function objectOf(takes: readonly TakeRow[], id: TakeId): ObjectRef {
  const take = takes.find((each) => each.id === id);
  const object = objectRefSchema.safeParse(take?.object);
  if (!object.success) throw new TakeNotFound();
  return object.data;
}

function presentTake(take: TakeRow): z.infer<typeof takeSchema> {
  const path = `/v1/videos/${take.videoId}/scenes/${take.sceneId}/takes/${take.id}/clip`;
  return {
    id: take.id,
    scene_id: take.sceneId,
    source: take.source,
    model: take.model,
    status: take.status,
    seconds: take.seconds,
    error_code: take.errorCode,
    url: take.object === null ? null : path,
    created_at: take.createdAt.toISOString(),
  };
}
