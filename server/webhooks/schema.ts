import type { EventId, EventType } from '../events/events.ts';
import type { AccountId, Id } from '../platform/ids.ts';
import { bytea, integer, pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';

/** The tables of webhooks in 0006-events-and-webhooks.sql. */

export type EndpointId = Id<'whk'>;
export type DeliveryId = Id<'dlv'>;

export const ENDPOINT_STATUSES = ['active', 'disabled'] as const;
export const DISABLED_REASONS = ['owner', 'gone', 'failing', 'account_deleted'] as const;
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;

const time = (name: string) => timestamp(name, { withTimezone: true });

export const endpoints = pgTable('webhook_endpoints', {
  id: text().$type<EndpointId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  url: text().notNull(),
  description: text().notNull(),
  events: text().array().$type<EventType[]>(),
  secret: bytea().notNull(),
  previousSecret: bytea('previous_secret'),
  previousUntil: time('previous_until'),
  status: text({ enum: ENDPOINT_STATUSES }).notNull().default('active'),
  disabledReason: text('disabled_reason', { enum: DISABLED_REASONS }),
  consecutiveFailures: integer('consecutive_failures').notNull().default(0),
  failingSince: time('failing_since'),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

export const deliveries = pgTable('webhook_deliveries', {
  id: text().$type<DeliveryId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  endpointId: text('endpoint_id').$type<EndpointId>().notNull(),
  eventId: text('event_id').$type<EventId>().notNull(),
  eventType: text('event_type').$type<EventType>().notNull(),
  resend: integer().notNull().default(0),
  status: text({ enum: DELIVERY_STATUSES }).notNull().default('pending'),
  attempt: integer().notNull().default(0),
  tries: integer().notNull().default(0),
  nextAttemptAt: time('next_attempt_at'),
  leaseExpiresAt: time('lease_expires_at'),
  lookAfter: time('look_after').notNull().defaultNow(),
  statusCode: integer('status_code'),
  durationMs: integer('duration_ms'),
  errorCode: text('error_code'),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

export type EndpointRow = typeof endpoints.$inferSelect;
export type DeliveryRow = typeof deliveries.$inferSelect;
