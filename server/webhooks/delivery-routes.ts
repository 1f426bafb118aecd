import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { type Pager, pageOf, pageQuery } from '../platform/http/pages.ts';
import {
  endpointId,
  eventId,
  presentDelivery,
  resendEvent,
  resendRange,
  shownDelivery,
} from './contract.ts';
import type { DeliveryRow, Webhooks } from './webhooks.ts';

const params = z.object({ id: endpointId });
const common = { tag: 'Webhooks', access: 'webhooks' } as const;

/** What was sent, and sending it again. */
export function makeDeliveryEndpoints({
  webhooks,
  pager,
}: {
  readonly webhooks: Pick<Webhooks, 'test' | 'deliveries' | 'resendRange' | 'resendEvent'>;
  readonly pager: Pager;
}): readonly Endpoint[] {
  return [
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/v1/webhook-endpoints/{id}/test',
      operationId: 'testWebhookEndpoint',
      summary: 'Send a ping to this endpoint',
      limit: 'write',
      params,
      answers: { 202: { description: 'The ping on its way', body: shownDelivery } },
      async handle({ caller, params: { id }, saveAnswer }) {
        const answerFor = (ping: DeliveryRow) => ({ status: 202, body: presentDelivery(ping) });
        const ping = await webhooks.test(caller.accountId, id, (tx, made) =>
          saveAnswer(tx, answerFor(made)),
        );
        return answerFor(ping);
      },
    }),
    defineEndpoint({
      ...common,
      method: 'get',
      path: '/v1/webhook-endpoints/{id}/deliveries',
      operationId: 'listWebhookDeliveries',
      summary: 'What was sent in the last 30 days, newest first',
      limit: 'read',
      params,
      query: pageQuery,
      answers: {
        200: {
          description: 'A page of deliveries',
          body: pageOf(shownDelivery, 'WebhookDeliveryPage'),
        },
      },
      async handle({ caller, params: { id }, query: { limit, cursor } }) {
        const list = `deliveries of ${id}`;
        const page = { before: pager.read(cursor, list), limit: limit + 1 };
        const rows = await webhooks.deliveries(caller.accountId, id, page);
        const body = pager.answer(rows, limit, list, (row) => row.id, presentDelivery);
        return { status: 200, body };
      },
    }),
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/v1/webhook-endpoints/{id}/resend',
      operationId: 'resendEvents',
      summary: 'Send what happened in some time again',
      description:
        'At most 1,000 events, from `from` on and before `to`. They keep their ids, by which a receiver tells repeats.',
      limit: 'write',
      params,
      body: resendRange,
      answers: {
        202: {
          description: 'How many events are on their way',
          body: z.strictObject({ count: z.number().int() }).meta({ id: 'ResentEvents' }),
        },
      },
      async handle({ caller, params: { id }, body, saveAnswer }) {
        const answerFor = (count: number) => ({ status: 202, body: { count } });
        const count = await webhooks.resendRange(caller.accountId, id, body, (tx, made) =>
          saveAnswer(tx, answerFor(made)),
        );
        return answerFor(count);
      },
    }),
    defineEndpoint({
      ...common,
      method: 'post',
      path: '/v1/events/{id}/resend',
      operationId: 'resendEvent',
      summary: 'Send one event again',
      description: 'To one endpoint, or to every active one that wants events of its type.',
      limit: 'write',
      params: z.object({ id: eventId }),
      body: resendEvent,
      answers: {
        202: {
          description: 'The deliveries on their way',
          body: z.strictObject({ data: z.array(shownDelivery) }).meta({ id: 'ResentEvent' }),
        },
      },
      async handle({ caller, params: { id }, body, saveAnswer }) {
        const endpoint = body.endpoint_id ?? null;
        const answerFor = (sent: readonly DeliveryRow[]) => ({
          status: 202,
          body: { data: sent.map(presentDelivery) },
        });
        const sent = await webhooks.resendEvent(caller.accountId, id, endpoint, (tx, made) =>
          saveAnswer(tx, answerFor(made)),
        );
        return answerFor(sent);
      },
    }),
  ];
}
