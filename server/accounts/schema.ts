import type { AccountId } from '../platform/ids.ts';
import { boolean, pgTable, primaryKey, text, timestamp } from '../platform/postgres/drizzle.ts';

/** Accounts and identities of 0001-accounts.sql and 0008-people.sql. */

const time = (name: string) => timestamp(name, { withTimezone: true });

export const accounts = pgTable('accounts', {
  id: text().$type<AccountId>().primaryKey(),
  kind: text({ enum: ['owner', 'user'] }).notNull(),
  storagePrefix: text('storage_prefix').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  email: text(),
  name: text(),
  telemetryOptOut: boolean('telemetry_opt_out').notNull().default(false),
  deletedAt: time('deleted_at'),
  purgeAfter: time('purge_after'),
  sweptAt: time('swept_at'),
});

export const identities = pgTable(
  'identities',
  {
    issuer: text().notNull(),
    subject: text().notNull(),
    accountId: text('account_id').$type<AccountId>().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    lastUsedAt: time('last_used_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.subject] })],
);

export type AccountRow = typeof accounts.$inferSelect;
