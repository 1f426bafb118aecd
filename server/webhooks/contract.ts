import { z } from 'zod';
import { EVENT_TYPES, type EventId } from '../events/events.ts';
import { isId } from '../platform/ids.ts';
import {
  DELIVERY_STATUSES,
  type DeliveryRow,
  DISABLED_REASONS,
  ENDPOINT_STATUSES,
  type EndpointId,
  type EndpointRow,
} from './schema.ts';

/** What webhooks look like on the wire. */

export const endpointId = z.string().refine((text): text is EndpointId => isId('whk', text));
export const eventId = z.string().refine((text): text is EventId => isId('evt', text));

const time = z.iso.datetime({ offset: true });
const url = z
  .string()
  .max(2_000)
  .meta({
    description: 'A public https address on port 443',
    examples: ['https://example.com/hooks'],
  });
const description = z.string().trim().max(200);
const events = z
  .array(z.enum(EVENT_TYPES).exclude(['ping']))
  .min(1)
  .max(EVENT_TYPES.length)
  .transform((types) => [...new Set(types)])
  .nullable()
  .meta({ description: 'The types of events to send; null for all' });

export const createEndpoint = z
  .strictObject({ url, description: description.default(''), events: events.default(null) })
  .meta({ id: 'CreateWebhookEndpoint' });

export const changeEndpoint = z
  .strictObject({
    url: url.optional(),
    description: description.optional(),
    events: events.optional(),
    status: z.enum(ENDPOINT_STATUSES).optional(),
  })
  .meta({ id: 'ChangeWebhookEndpoint' });

export const rotateSecret = z
  .strictObject({
    grace_hours: z
      .number()
      .int()
      .min(0)
      .max(24)
      .default(24)
      .meta({ description: 'How long the old secret signs beside the new one' }),
  })
  .meta({ id: 'RotateWebhookSecret' });

export const resendRange = z
  .strictObject({
    from: time.transform((text) => new Date(text)),
    to: time.transform((text) => new Date(text)),
  })
  .refine(({ from, to }) => from < to, { message: '`from` must be before `to`.', path: ['from'] })
  .meta({ id: 'ResendEvents' });

export const resendEvent = z
  .strictObject({ endpoint_id: endpointId.optional() })
  .meta({ id: 'ResendEvent' });

export const shownEndpoint = z
  .strictObject({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    events: z.array(z.enum(EVENT_TYPES)).nullable(),
    status: z.enum(ENDPOINT_STATUSES),
    disabled_reason: z.enum(DISABLED_REASONS).nullable().meta({
      description:
        'owner: your own wish; gone: it answered 410; failing: too many events in a row; account_deleted: until the account is restored',
    }),
    consecutive_failures: z.number().int().meta({
      description: 'Events given up on since the last that arrived; at 20 it is disabled',
    }),
    failing_since: z.iso.datetime().nullable().meta({
      description: 'Since when 5 events or more in a row were given up on',
    }),
    previous_secret_until: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'WebhookEndpoint' });

export const newEndpoint = shownEndpoint
  .extend({ secret: z.string().meta({ description: 'Signs what is sent; it is not shown again' }) })
  .meta({ id: 'NewWebhookEndpoint' });

export const shownDelivery = z
  .strictObject({
    id: z.string(),
    event_id: z.string(),
    event_type: z.enum(EVENT_TYPES),
    endpoint_id: z.string(),
    resend: z.number().int().meta({ description: '0 for the first time' }),
    status: z.enum(DELIVERY_STATUSES),
    tries: z.number().int(),
    next_attempt_at: z.iso.datetime().nullable(),
    status_code: z.number().int().nullable().meta({ description: 'What was answered last' }),
    error_code: z.string().nullable(),
    duration_ms: z.number().int().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'WebhookDelivery' });

export function presentEndpoint(row: EndpointRow): z.infer<typeof shownEndpoint> {
  const { previousUntil } = row;
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: row.events,
    status: row.status,
    disabled_reason: row.disabledReason,
    consecutive_failures: row.consecutiveFailures,
    failing_since: row.failingSince?.toISOString() ?? null,
    previous_secret_until:
      previousUntil && previousUntil > new Date() ? previousUntil.toISOString() : null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

export function presentDelivery(row: DeliveryRow): z.infer<typeof shownDelivery> {
  return {
    id: row.id,
    event_id: row.eventId,
    event_type: row.eventType,
    endpoint_id: row.endpointId,
    resend: row.resend,
    status: row.status,
    tries: row.tries,
    next_attempt_at: row.nextAttemptAt?.toISOString() ?? null,
    status_code: row.statusCode,
    error_code: row.errorCode,
    duration_ms: row.durationMs,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
