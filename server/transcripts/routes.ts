import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { type Pager, pageOf, pageQuery } from '../platform/http/pages.ts';
import { createTranscript, FILES, shownTranscript, transcriptId } from './contract.ts';
import { presentTranscript } from './present.ts';
import type { TranscriptRow } from './schema.ts';
import type { StoredTranscripts } from './stored-transcripts.ts';

const TAG = 'Transcripts';
const LIST = 'transcripts';
const params = z.object({ id: transcriptId });

export function makeTranscriptEndpoints({
  transcripts,
  pager,
}: {
  readonly transcripts: Pick<StoredTranscripts, 'create' | 'find' | 'list' | 'linkTo' | 'remove'>;
  readonly pager: Pager;
}): readonly Endpoint[] {
  return [
    defineEndpoint({
      method: 'post',
      path: '/v1/transcripts',
      operationId: 'createTranscript',
      summary: 'Caption an upload',
      description:
        'Times the words of the script in the upload (without a script, those that are recognised), and makes captions of them.',
      tag: TAG,
      access: 'videos:write',
      limit: 'generate',
      body: createTranscript,
      answers: {
        202: {
          description: 'The transcript, queued.',
          body: shownTranscript,
          headers: ['Location'],
        },
      },
      async handle({ caller, body, saveAnswer }) {
        const answerFor = (created: TranscriptRow) => ({
          status: 202,
          body: presentTranscript(created),
          headers: { location: `/v1/transcripts/${created.id}` },
        });
        const created = await transcripts.create(caller.accountId, body, (tx, row) =>
          saveAnswer(tx, answerFor(row)),
        );
        return answerFor(created);
      },
    }),
    defineEndpoint({
      method: 'get',
      path: '/v1/transcripts',
      operationId: 'listTranscripts',
      summary: 'List transcripts',
      description: 'Newest first.',
      tag: TAG,
      access: 'videos:read',
      limit: 'read',
      query: pageQuery,
      answers: {
        200: {
          description: 'A page of transcripts.',
          body: pageOf(shownTranscript, 'TranscriptPage'),
        },
      },
      async handle({ caller, query: { limit, cursor } }) {
        const before = pager.read(cursor, LIST);
        const rows = await transcripts.list(caller.accountId, { before, limit: limit + 1 });
        const body = pager.answer(rows, limit, LIST, ({ id }) => id, presentTranscript);
        return { status: 200, body };
      },
    }),
    defineEndpoint({
      method: 'get',
      path: '/v1/transcripts/{id}',
      operationId: 'getTranscript',
      summary: 'Look at a transcript',
      tag: TAG,
      access: 'videos:read',
      limit: 'read',
      params,
      answers: { 200: { description: 'The transcript.', body: shownTranscript } },
      async handle({ caller, params: { id } }) {
        const row = await transcripts.find(caller.accountId, id);
        return { status: 200, body: presentTranscript(row) };
      },
    }),
    defineEndpoint({
      method: 'get',
      path: '/v1/transcripts/{id}/files/{file}',
      operationId: 'getTranscriptFile',
      summary: 'Download a file of a transcript',
      tag: TAG,
      access: 'videos:read',
      limit: 'read',
      params: params.extend({ file: z.enum(FILES) }),
      answers: { 302: { description: 'Redirects to a download that is good for five minutes.' } },
      async handle({ caller, params: { id, file } }) {
        const location = await transcripts.linkTo(caller.accountId, id, file);
        return { status: 302, headers: { location, 'cache-control': 'no-store' } };
      },
    }),
    defineEndpoint({
      method: 'delete',
      path: '/v1/transcripts/{id}',
      operationId: 'deleteTranscript',
      summary: 'Delete a transcript',
      description: 'With its files, whatever its state. The upload stays.',
      tag: TAG,
      access: 'videos:write',
      limit: 'write',
      params,
      answers: { 204: { description: 'It is gone.' } },
      async handle({ caller, params: { id } }) {
        await transcripts.remove(caller.accountId, id);
        return { status: 204 };
      },
    }),
  ];
}
