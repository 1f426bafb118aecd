import type { AccountId } from '../platform/ids.ts';
import {
  bigint,
  bytea,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from '../platform/postgres/drizzle.ts';

/** The tables of 0017-two-factor.sql. */

const time = (name: string) => timestamp(name, { withTimezone: true });

export const secondFactors = pgTable('second_factors', {
  accountId: text('account_id').$type<AccountId>().primaryKey(),
  secret: bytea().notNull(),
  confirmedAt: time('confirmed_at'),
  lastStep: bigint('last_step', { mode: 'number' }).notNull().default(0),
  failedAt: time('failed_at').array().notNull().default([]),
  lockedUntil: time('locked_until'),
  createdAt: time('created_at').notNull(),
});

export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    accountId: text('account_id').$type<AccountId>().notNull(),
    codeHash: bytea('code_hash').notNull(),
    usedAt: time('used_at'),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.codeHash] })],
);

export type SecondFactorRow = typeof secondFactors.$inferSelect;
