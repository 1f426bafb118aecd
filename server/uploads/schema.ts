import type { AccountId, UploadId } from '../platform/ids.ts';
import { bigint, integer, jsonb, pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';
import {
  CONTENT_TYPES,
  type Rejection,
  type StoredObject,
  UPLOAD_KINDS,
  type UploadMedia,
} from './contract.ts';

/** The uploads table of 0007-uploads-and-transcripts.sql. */

const time = (name: string) => timestamp(name, { withTimezone: true });

export const uploads = pgTable('uploads', {
  id: text().$type<UploadId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  kind: text({ enum: UPLOAD_KINDS }).notNull(),
  status: text({ enum: ['created', 'processing', 'ready', 'rejected'] }).notNull(),
  contentType: text('content_type', { enum: CONTENT_TYPES }).notNull(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  quarantineKey: text('quarantine_key'),
  targetKey: text('target_key'),
  object: jsonb().$type<StoredObject>(),
  media: jsonb().$type<UploadMedia>(),
  rejection: jsonb().$type<Rejection>(),
  attempt: integer().notNull().default(0),
  failures: integer().notNull().default(0),
  leaseExpiresAt: time('lease_expires_at'),
  runAfter: time('run_after').notNull().defaultNow(),
  expiresAt: time('expires_at').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  finishedAt: time('finished_at'),
});

export type UploadRow = typeof uploads.$inferSelect;
