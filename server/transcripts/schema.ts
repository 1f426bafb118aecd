import { CAPTION_STYLES } from '../compose/look.ts';
import type { AccountId, UploadId } from '../platform/ids.ts';
import { boolean, integer, jsonb, pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';
import type { Failure, TranscriptFiles, TranscriptId } from './contract.ts';
import type { HeardFootage } from './hear-footage.ts';

/** The transcripts table of 0007-uploads-and-transcripts.sql. */

const time = (name: string) => timestamp(name, { withTimezone: true });

export const transcripts = pgTable('transcripts', {
  id: text().$type<TranscriptId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  uploadId: text('upload_id').$type<UploadId>().notNull(),
  status: text({ enum: ['queued', 'running', 'succeeded', 'failed'] }).notNull(),
  waitingFor: text('waiting_for', { enum: ['provider', 'capacity'] }),
  script: text(),
  style: text({ enum: CAPTION_STYLES }).notNull(),
  language: text(),
  burn: boolean().notNull(),
  heard: jsonb().$type<HeardFootage>(),
  filesPrefix: text('files_prefix'),
  files: jsonb().$type<TranscriptFiles>(),
  error: jsonb().$type<Failure>(),
  attempt: integer().notNull().default(0),
  failures: integer().notNull().default(0),
  losses: integer().notNull().default(0),
  outageSince: time('outage_since'),
  leaseExpiresAt: time('lease_expires_at'),
  runAfter: time('run_after').notNull().defaultNow(),
  deletedAt: time('deleted_at'),
  createdAt: time('created_at').notNull().defaultNow(),
  startedAt: time('started_at'),
  finishedAt: time('finished_at'),
});

export type TranscriptRow = typeof transcripts.$inferSelect;
