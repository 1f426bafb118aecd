import type { AccountId, Id } from '../platform/ids.ts';
import { pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';
import { CATEGORIES } from './terms.ts';

/** The moderation_matches table of 0012-moderation-matches.sql. */

export type MatchId = Id<'mod'>;

export const moderationMatches = pgTable('moderation_matches', {
  id: text().$type<MatchId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  category: text({ enum: CATEGORIES }).notNull(),
  ruleId: text('rule_id').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

export type MatchRow = typeof moderationMatches.$inferSelect;
