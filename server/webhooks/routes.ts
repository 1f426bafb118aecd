import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import type { Pager } from '../platform/http/pages.ts';
import {
  changeEndpoint,
  createEndpoint,
  endpointId,
  newEndpoint,
  presentEndpoint,
  rotateSecret,
  shownEndpoint,
} from './contract.ts';
import { makeDeliveryEndpoints } from './delivery-routes.ts';
import type { ShownEndpoint, Webhooks } from './webhooks.ts';

const params = z.object({ id: endpointId });
const common = { tag: 'Webhooks', access: 'webhooks' } as const;

/** Webhook endpoints over HTTP, with their deliveries. */
export function makeWebhookEndpoints({
  webhooks,
  pager,
}: {
  readonly webhooks: Webhooks;
  readonly pager: Pager;
}): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/v1/webhook-endpoints',
      operationId: 'createWebhookEndpoint',
      summary: 'Be told of events',
      description:
        'Events are sent as signed POSTs (Standard Webhooks). The secret is shown in this answer alone.',
      limit: 'write',
      idempotent: false,
      body: createEndpoint,
      answers: {
        201: {
          description: 'The endpoint and its secret',
          body: newEndpoint,
          headers: ['Location'],
        },
      },
      async handle({ caller, body }) {
        const shown = await webhooks.create(caller.accountId, body);
        const headers = { location: `/v1/webhook-endpoints/${shown.row.id}` };
        return { status: 201, body: presentShown(shown), headers };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/v1/webhook-endpoints',
      operationId: 'listWebhookEndpoints',
      summary: 'Your webhook endpoints, newest first',
      description: 'All of them: an account has ten at most.',
      limit: 'read',
      answers: {
        200: {
          description: 'The endpoints',
          body: z
            .strictObject({
              data: z.array(shownEndpoint),
              next_cursor: z.null(),
              has_more: z.literal(false),
            })
            .meta({ id: 'WebhookEndpointPage' }),
        },
      },
      async handle({ caller }) {
        const data = (await webhooks.list(caller.accountId)).map(presentEndpoint);
        return { status: 200, body: { data, next_cursor: null, has_more: false } };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/v1/webhook-endpoints/{id}',
      operationId: 'getWebhookEndpoint',
      summary: 'One webhook endpoint',
      limit: 'read',
      params,
      answers: { 200: { description: 'The endpoint', body: shownEndpoint } },
      async handle({ caller, params: { id } }) {
        return { status: 200, body: presentEndpoint(await webhooks.find(caller.accountId, id)) };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'patch',
      path: '/v1/webhook-endpoints/{id}',
      operationId: 'changeWebhookEndpoint',
      summary: 'Change a webhook endpoint, or switch it off and on',
      limit: 'write',
      params,
      body: changeEndpoint,
      answers: { 200: { description: 'The endpoint', body: shownEndpoint } },
      async handle({ caller, params: { id }, body }) {
        const changed = await webhooks.change(caller.accountId, id, body);
        return { status: 200, body: presentEndpoint(changed) };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'delete',
      path: '/v1/webhook-endpoints/{id}',
      operationId: 'deleteWebhookEndpoint',
      summary: 'Delete a webhook endpoint and its deliveries',
      limit: 'write',
      params,
      answers: { 204: { description: 'It is gone' } },
      async handle({ caller, params: { id } }) {
        await webhooks.remove(caller.accountId, id);
        return { status: 204 };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/v1/webhook-endpoints/{id}/rotate',
      operationId: 'rotateWebhookSecret',
      summary: 'Put a new secret in the place of the old one',
      limit: 'write',
      idempotent: false,
      params,
      body: rotateSecret,
      answers: { 200: { description: 'The endpoint and its new secret', body: newEndpoint } },
      async handle({ caller, params: { id }, body }) {
        const shown = await webhooks.rotate(caller.accountId, id, body.grace_hours);
        return { status: 200, body: presentShown(shown) };
      },
    }),
    ...makeDeliveryEndpoints({ webhooks, pager }),
  ];
}

function presentShown({ row, secret }: ShownEndpoint): z.infer<typeof newEndpoint> {
  return { ...presentEndpoint(row), secret };
}
