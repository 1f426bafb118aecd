import type { AccountId, Id } from '../platform/ids.ts';
import { bytea, pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';

/** The api_keys table of 0005-keys-and-sessions.sql. */

const time = (name: string) => timestamp(name, { withTimezone: true });

export type KeyId = Id<'key'>;

export const apiKeys = pgTable('api_keys', {
  id: text().$type<KeyId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  publicId: text('public_id').notNull(),
  keyHash: bytea('key_hash').notNull(),
  formerHash: bytea('former_hash'),
  formerPublicId: text('former_public_id'),
  formerUntil: time('former_until'),
  name: text().notNull(),
  scopes: text().array().$type<string[]>().notNull(),
  expiresAt: time('expires_at'),
  lastUsedAt: time('last_used_at'),
  revokedAt: time('revoked_at'),
  createdAt: time('created_at').notNull().defaultNow(),
});

export type KeyRow = typeof apiKeys.$inferSelect;
