import { SESSION_STAGES } from '../platform/http/endpoint.ts';
import type { AccountId, Id } from '../platform/ids.ts';
import { bytea, integer, pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';

/** Sessions and sign-in links of 0005-keys-and-sessions.sql, 0008-people.sql and 0017-two-factor.sql. */

const time = (name: string) => timestamp(name, { withTimezone: true });

export type SessionId = Id<'ses'>;

export const sessions = pgTable('sessions', {
  id: text().$type<SessionId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  tokenHash: bytea('token_hash').notNull(),
  device: text().notNull(),
  place: text().notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  lastUsedAt: time('last_used_at').notNull().defaultNow(),
  expiresAt: time('expires_at').notNull(),
  revokedAt: time('revoked_at'),
  stage: text({ enum: SESSION_STAGES }).notNull().default('full'),
  provedAt: time('proved_at'),
  wrongCodes: integer('wrong_codes').notNull().default(0),
});

export const signInLinks = pgTable('sign_in_links', {
  tokenHash: bytea('token_hash').primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  expiresAt: time('expires_at').notNull(),
  usedAt: time('used_at'),
});

/** Of 0015-deletion.sql. */
export const purgedSessions = pgTable('purged_sessions', {
  tokenHash: bytea('token_hash').primaryKey(),
  expiresAt: time('expires_at').notNull(),
});

export type SessionRow = typeof sessions.$inferSelect;
