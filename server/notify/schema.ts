import type { AccountId, Id } from '../platform/ids.ts';
import { integer, jsonb, pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';
import { MAIL_KINDS } from './message.ts';

/** The mails table of 0010-mails.sql. */

export type MailId = Id<'eml'>;

const time = (name: string) => timestamp(name, { withTimezone: true });

export const mails = pgTable('mails', {
  id: text().$type<MailId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>(),
  kind: text({ enum: MAIL_KINDS }).notNull(),
  address: text(),
  details: jsonb(),
  status: text({ enum: ['pending', 'sent', 'failed'] })
    .notNull()
    .default('pending'),
  attempt: integer().notNull().default(0),
  tries: integer().notNull().default(0),
  firstTriedAt: time('first_tried_at'),
  nextAttemptAt: time('next_attempt_at'),
  leaseExpiresAt: time('lease_expires_at'),
  lookAfter: time('look_after').notNull().defaultNow(),
  errorCode: text('error_code'),
  vendorId: text('vendor_id'),
  retriedAt: time('retried_at'),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

export type MailRow = typeof mails.$inferSelect;
