import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { createdUpload, createUpload, shownUpload, uploadId } from './contract.ts';
import { presentCreated, presentUpload } from './present.ts';
import type { Uploads } from './uploads.ts';

const TAG = 'Uploads';
/** Looking at a large file means fetching it from the storage first. */
const COMPLETE_TIMEOUT_MS = 120_000;
const params = z.object({ id: uploadId });

export function makeUploadEndpoints({
  uploads,
  baseUrl,
}: {
  /** What the form's address is completed with where the store gives it without a host. */
  readonly baseUrl: string;
  readonly uploads: Pick<Uploads, 'create' | 'complete' | 'find'>;
}): readonly Endpoint[] {
  return [
    defineEndpoint({
      method: 'post',
      path: '/v1/uploads',
      operationId: 'createUpload',
      summary: 'Open an upload',
      description:
        'Answers with a form that takes exactly one file of the stated type and size, for 15 minutes. Send the file, then complete the upload.',
      tag: TAG,
      access: 'videos:write',
      limit: 'write',
      body: createUpload,
      answers: {
        201: {
          description: 'The upload, and the form to send it with.',
          body: createdUpload,
          headers: ['Location'],
        },
      },
      async handle({ caller, body, saveAnswer }) {
        const answerFor = (created: Parameters<typeof presentCreated>[0]) => ({
          status: 201,
          body: presentCreated(created, baseUrl),
          headers: { location: `/v1/uploads/${created.upload.id}` },
        });
        const created = await uploads.create(caller.accountId, body, (tx, made) =>
          saveAnswer(tx, answerFor(made)),
        );
        return answerFor(created);
      },
    }),
    defineEndpoint({
      method: 'post',
      path: '/v1/uploads/{id}/complete',
      operationId: 'completeUpload',
      summary: 'Complete an upload',
      description:
        'Looks at the file that was sent and begins to prepare it. Completing again tells where it stands.',
      tag: TAG,
      access: 'videos:write',
      limit: 'write',
      idempotent: false,
      params,
      timeoutMs: COMPLETE_TIMEOUT_MS,
      answers: { 202: { description: 'The file is being prepared, or ready.', body: shownUpload } },
      async handle({ caller, params: { id }, signal }) {
        const upload = await uploads.complete(caller.accountId, id, signal);
        return { status: 202, body: presentUpload(upload) };
      },
    }),
    defineEndpoint({
      method: 'get',
      path: '/v1/uploads/{id}',
      operationId: 'getUpload',
      summary: 'Look at an upload',
      tag: TAG,
      access: 'videos:read',
      limit: 'read',
      params,
      answers: { 200: { description: 'The upload.', body: shownUpload } },
      async handle({ caller, params: { id } }) {
        return { status: 200, body: presentUpload(await uploads.find(caller.accountId, id)) };
      },
    }),
  ];
}
