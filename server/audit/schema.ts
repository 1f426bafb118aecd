import type { AccountId } from '../platform/ids.ts';
import { bigint, bytea, pgSchema, text, timestamp } from '../platform/postgres/drizzle.ts';

/** What can be read of 0009-audit.sql. */

const audit = pgSchema('audit');

/** Everything that goes on record. */
export const AUDIT_ACTIONS = [
  'account.created',
  'account.deletion_scheduled',
  'account.restored',
  'account.purged',
  'export.requested',
  'export.downloaded',
  'import.finished',
  'session.began',
  'session.ended',
  'session.revoked',
  'session.stepped_up',
  'sign_in.refused',
  'two_factor.enabled',
  'two_factor.disabled',
  'two_factor.failed',
  'two_factor.locked',
  'two_factor.recovery_codes_made',
  'two_factor.recovery_code_used',
  'two_factor.reset',
  'key.created',
  'key.rotated',
  'key.revoked',
  'impersonation.started',
  'impersonation.stopped',
  'impersonation.mutated',
  'impersonation.refused',
  'support.accounts_searched',
  'support.account_viewed',
  'support.account_changed',
  'support.record_read',
  'credits.granted',
  'dead_letter.retried',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const ACTOR_KINDS = ['user', 'admin', 'system', 'operator'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

export const entries = audit.table('entries', {
  seq: bigint({ mode: 'number' }).primaryKey(),
  at: timestamp({ withTimezone: true }).notNull(),
  entry: text().notNull(),
  hash: bytea().notNull(),
  action: text({ enum: AUDIT_ACTIONS }).notNull(),
  actorKind: text('actor_kind', { enum: ACTOR_KINDS }).notNull(),
  actorId: text('actor_id').$type<AccountId>(),
  subject: text().$type<AccountId>(),
});

export const checkpoint = audit.table('checkpoint', {
  seq: bigint({ mode: 'number' }).notNull(),
  at: timestamp({ withTimezone: true }),
  hash: bytea().notNull(),
});

export type EntryRow = typeof entries.$inferSelect;
