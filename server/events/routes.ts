import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { type Pager, pageOf, pageQuery } from '../platform/http/pages.ts';
import { isId, type VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { Problem } from '../platform/problem.ts';
import { eventSchema, presentEvent } from './present.ts';
import { EVENT_TYPES, type EventId } from './schema.ts';
import * as store from './store.ts';

const LIST = 'events';
const tag = 'Events';

/** What happened in the last 30 days, over HTTP. */
export function makeEventEndpoints({
  db,
  pager,
}: {
  readonly db: Database;
  readonly pager: Pager;
}): readonly Endpoint[] {
  return [
    defineEndpoint({
      method: 'get',
      path: '/v1/events',
      operationId: 'listEvents',
      summary: 'What happened, newest first',
      tag,
      access: 'webhooks',
      limit: 'read',
      query: pageQuery.extend({
        type: z.enum(EVENT_TYPES).optional(),
        video_id: z
          .string()
          .refine((text): text is VideoId => isId('vid', text))
          .optional(),
      }),
      answers: { 200: { description: 'A page of events', body: pageOf(eventSchema, 'EventPage') } },
      async handle({ caller, query: { limit, cursor, type, video_id: videoId } }) {
        const before = pager.read(cursor, LIST);
        const filter = { type, videoId, before };
        const rows = await store.listPage(db, caller.accountId, filter, limit + 1);
        return { status: 200, body: pager.answer(rows, limit, LIST, ({ id }) => id, presentEvent) };
      },
    }),
    defineEndpoint({
      method: 'get',
      path: '/v1/events/{id}',
      operationId: 'getEvent',
      summary: 'One event',
      tag,
      access: 'webhooks',
      limit: 'read',
      params: z.object({ id: z.string().refine((text): text is EventId => isId('evt', text)) }),
      answers: { 200: { description: 'The event', body: eventSchema } },
      async handle({ caller, params: { id } }) {
        const event = await store.find(db, caller.accountId, id);
        if (!event) throw new EventNotFound();
        return { status: 200, body: presentEvent(event) };
      },
    }),
  ];
}

class EventNotFound extends Problem {
  constructor() {
    super({
      kind: 'not-found',
      code: 'event_not_found',
      message: 'There is no such event.',
      action: 'Events are kept for 30 days.',
    });
  }
}
