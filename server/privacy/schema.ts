import type { AccountId } from '../platform/ids.ts';
import {
  bigint,
  boolean,
  integer,
  pgTable,
  text,
  timestamp,
} from '../platform/postgres/drizzle.ts';
import { EXPORT_STATUSES, type ExportId } from './contract.ts';

/** The exports table of 0013-exports.sql. */

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

export type ExportRow = typeof exports.$inferSelect;
