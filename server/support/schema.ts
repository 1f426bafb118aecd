import type { AccountId, Id } from '../platform/ids.ts';
import { bytea, pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';

/** The table of 0018-impersonations.sql. */

export type ImpersonationId = Id<'imp'>;

/** Why a look at an account ended. */
const ENDINGS = ['stopped', 'expired', 'session_over', 'not_staff', 'account_changed'] as const;
export type Ending = (typeof ENDINGS)[number];

const time = (name: string) => timestamp(name, { withTimezone: true });

export const impersonations = pgTable('impersonations', {
  id: text().$type<ImpersonationId>().primaryKey(),
  tokenHash: bytea('token_hash').notNull(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  adminId: text('admin_id').$type<AccountId>().notNull(),
  sessionId: text('session_id').notNull(),
  reason: text().notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  expiresAt: time('expires_at').notNull(),
  endedAt: time('ended_at'),
  ending: text({ enum: ENDINGS }),
});

export type ImpersonationRow = typeof impersonations.$inferSelect;
