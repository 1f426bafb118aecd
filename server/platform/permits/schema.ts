import { pgTable, text, timestamp } from '../postgres/drizzle.ts';

/** Permits under way (0003-vendors.sql). */
export const permits = pgTable('permits', {
  lane: text().notNull(),
  holder: text().notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true }),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});
