import { z } from 'zod';
import type { EventRow } from './schema.ts';
import { EVENT_TYPES } from './schema.ts';

/** The form of events; additions do not change it. */
export const EVENT_VERSION = '2026-11-01';

export const eventSchema = z
  .strictObject({
    id: z.string(),
    type: z.enum(EVENT_TYPES),
    created_at: z.iso.datetime(),
    api_version: z.string(),
    data: z.record(z.string(), z.unknown()).meta({
      description:
        'The object as GET showed it, with `sequence`, which grows by one for each video',
    }),
  })
  .meta({ id: 'Event' });

/** An event as lists and webhooks show it. */
export function presentEvent(event: EventRow): z.infer<typeof eventSchema> {
  const data = typeof event.data === 'object' && event.data !== null ? event.data : {};
  return {
    id: event.id,
    type: event.type,
    created_at: event.createdAt.toISOString(),
    api_version: EVENT_VERSION,
    data: { ...data, sequence: event.sequence },
  };
}
