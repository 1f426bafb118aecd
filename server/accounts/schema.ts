import type { AccountId } from '../platform/ids.ts';
import { pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';

/** One person's account (0001-accounts.sql). */
export const accounts = pgTable('accounts', {
  id: text().$type<AccountId>().primaryKey(),
  kind: text({ enum: ['owner'] }).notNull(),
  storagePrefix: text('storage_prefix').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});
