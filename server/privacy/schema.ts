import type { AccountId } from '../platform/ids.ts';
import {
  bigint,
  boolean,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
} from '../platform/postgres/drizzle.ts';
import { EXPORT_STATUSES, type ExportId } from './contract.ts';

/** The tables of 0013-exports.sql and 0015-deletion.sql. */

const time = (name: string) => timestamp(name, { withTimezone: true });

export const exports = pgTable('exports', {
  id: text().$type<ExportId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  status: text({ enum: EXPORT_STATUSES }).notNull(),
  includeMedia: boolean('include_media').notNull(),
  objectKey: text('object_key'),
  sizeBytes: bigint('size_bytes', { mode: 'number' }),
  sha256: text(),
  errorCode: text('error_code'),
  attempt: integer().notNull().default(0),
  failures: integer().notNull().default(0),
  leaseExpiresAt: time('lease_expires_at'),
  runAfter: time('run_after').notNull().defaultNow(),
  createdAt: time('created_at').notNull().defaultNow(),
  finishedAt: time('finished_at'),
  expiresAt: time('expires_at'),
});

export const purges = pgTable('purges', {
  accountId: text('account_id').$type<AccountId>().primaryKey(),
  deletedAt: time('deleted_at').notNull(),
  purgedAt: time('purged_at').notNull().defaultNow(),
  rows: jsonb().$type<Readonly<Record<string, number>>>().notNull(),
  objects: integer().notNull(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
});

export type ExportRow = typeof exports.$inferSelect;
