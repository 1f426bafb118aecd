import type { AccountId, Id, VideoId } from '../platform/ids.ts';
import { integer, jsonb, pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';

/** The tables of events in 0006-events-and-webhooks.sql. */

export type EventId = Id<'evt'>;

export const EVENT_TYPES = [
  'video.queued',
  'video.running',
  'video.waiting',
  'video.succeeded',
  'video.failed',
  'video.canceled',
  'scene.succeeded',
  'scene.failed',
  'credits.low',
  'ping',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export const events = pgTable('events', {
  id: text().$type<EventId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  videoId: text('video_id').$type<VideoId>(),
  type: text({ enum: EVENT_TYPES }).notNull(),
  sequence: integer().notNull(),
  data: jsonb().$type<unknown>().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

/** The newest number of each video; it goes when the video goes. */
export const eventCounts = pgTable('event_counts', {
  videoId: text('video_id').$type<VideoId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  latest: integer().notNull(),
});

export type EventRow = typeof events.$inferSelect;
