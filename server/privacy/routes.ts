import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { exportId, requestExport, shownExport } from './contract.ts';
import type { Exports } from './exports.ts';
import { presentExport } from './present.ts';

const params = z.object({ id: exportId });

/** What people may ask of everything that is kept of them. */
export function makePrivacyEndpoints({
  exports,
}: {
  readonly exports: Pick<Exports, 'request' | 'list' | 'find' | 'linkTo'>;
}): readonly Endpoint[] {
  const common = { tag: 'Your data', access: 'session', stepUp: true } as const;
  return [
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/app/exports',
      operationId: 'requestExport',
      summary: 'Ask for everything that is kept of you',
      description:
        'At most three in 24 hours. The archive is made in the background and kept for a week.',
      limit: 'write',
      body: requestExport,
      answers: {
        202: {
          description: 'The export; it is being made.',
          body: shownExport,
          headers: ['Location'],
        },
      },
      async handle({ caller, body, saveAnswer }) {
        const answerFor = (row: Parameters<typeof presentExport>[0]) => ({
          status: 202,
          body: presentExport(row),
          headers: { Location: `/app/exports/${row.id}` },
        });
        const wish = { includeMedia: body.include_media };
        const requested = await exports.request(caller.accountId, wish, (tx, row) =>
          saveAnswer(tx, answerFor(row)),
        );
        return answerFor(requested);
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/app/exports',
      operationId: 'listExports',
      summary: 'Your exports',
      limit: 'read',
      answers: {
        200: {
          description: 'Newest first.',
          body: z.strictObject({ data: z.array(shownExport) }),
        },
      },
      async handle({ caller }) {
        const rows = await exports.list(caller.accountId);
        return { status: 200, body: { data: rows.map(presentExport) } };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/app/exports/{id}',
      operationId: 'getExport',
      summary: 'Look at an export',
      limit: 'read',
      params,
      answers: { 200: { description: 'The export.', body: shownExport } },
      async handle({ caller, params: { id } }) {
        return { status: 200, body: presentExport(await exports.find(caller.accountId, id)) };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/app/exports/{id}/file',
      operationId: 'downloadExport',
      summary: 'Download an export',
      limit: 'read',
      params,
      answers: { 302: { description: 'To the archive, for five minutes.' } },
      async handle({ caller, params: { id } }) {
        return { status: 302, headers: { Location: await exports.linkTo(caller.accountId, id) } };
      },
    }),
  ];
}
