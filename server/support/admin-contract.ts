import { z } from 'zod';
import { readAccountQuery } from '../accounts/accounts.ts';
import type { AuditRecord } from '../audit/audit.ts';
import { ACTOR_KINDS, AUDIT_ACTIONS } from '../audit/schema.ts';
import type { MatchRow } from '../moderation/schema.ts';
import { pageQuery } from '../platform/http/pages.ts';
import { type AccountId, isId } from '../platform/ids.ts';
import type { FoundAccount, ViewedAccount } from './desk.ts';

/** What staff send and see, in the browser and at the command line. */

export const accountId = z.string().refine((text): text is AccountId => isId('acc', text), {
  message: 'An account id looks like acc_….',
});
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** Three letters at least: nobody lists everybody by accident. */
export const accountQuery = z.string().trim().min(3).max(320).meta({
  description: 'An account id, or how the e-mail address begins; its case does not matter',
});

export const searchBody = z
  .strictObject({
    query: accountQuery.transform(readAccountQuery),
    limit: z.number().int().min(1).max(100).default(20),
    cursor: z.string().optional().meta({ description: 'The `next_cursor` of the page before' }),
  })
  .meta({ id: 'SearchAccounts' });

const auditFilter = {
  account_id: accountId.optional().meta({ description: 'Whose account it touches' }),
  actor_id: accountId.optional().meta({ description: 'Who did it' }),
  action: z.enum(AUDIT_ACTIONS).optional(),
  from: time.optional().meta({ description: 'From this time on' }),
  to: time.optional().meta({ description: 'Before this time' }),
};
export const auditFilterSchema = z.object(auditFilter);
export const auditQuery = pageQuery.extend(auditFilter);
export const moderationQuery = pageQuery.extend({ account_id: accountId.optional() });

export const foundAccount = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['owner', 'user']),
    email: z.string().nullable(),
    state: z.enum(['active', 'deletion_scheduled']),
    is_staff: z
      .boolean()
      .meta({ description: 'Named in the settings, with two-factor or without' }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'FoundAccount' });

export const viewedAccount = foundAccount
  .extend({
    two_factor_since: z.iso.datetime().nullable().meta({ description: 'Null while it is off' }),
    deletion_asked_at: z.iso.datetime().nullable(),
    purge_after: z.iso.datetime().nullable().meta({
      description: 'When it is removed for good, unless its person restores it before',
    }),
    videos: z.number().int(),
    keys: z.number().int().meta({ description: 'That work now' }),
    sessions: z.number().int().meta({ description: 'That go on now' }),
  })
  .meta({ id: 'ViewedAccount' });

export const shownRecord = z
  .strictObject({
    id: z.string(),
    at: z.iso.datetime(),
    action: z.enum(AUDIT_ACTIONS),
    actor_kind: z.enum(ACTOR_KINDS),
    actor_id: z.string().nullable(),
    account_id: z.string().nullable().meta({ description: 'Whose account it touches' }),
    target: z.string().nullable(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'AuditRecord' });

export const shownMatch = z
  .strictObject({
    id: z.string(),
    account_id: z.string(),
    category: z.string(),
    rule_id: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'ModerationMatch' });

export function presentFound({ row, isNamedStaff }: FoundAccount): z.infer<typeof foundAccount> {
  return {
    ...{ id: row.id, kind: row.kind, email: row.email },
    state: row.deletedAt === null ? 'active' : 'deletion_scheduled',
    is_staff: isNamedStaff,
    created_at: row.createdAt.toISOString(),
  };
}

export function presentViewed(viewed: ViewedAccount): z.infer<typeof viewedAccount> {
  const { row, twoFactorSince, counts } = viewed;
  return {
    ...presentFound(viewed),
    two_factor_since: twoFactorSince?.toISOString() ?? null,
    deletion_asked_at: row.deletedAt?.toISOString() ?? null,
    purge_after: row.purgeAfter?.toISOString() ?? null,
    ...counts,
  };
}

export function presentRecord(record: AuditRecord): z.infer<typeof shownRecord> {
  const { id, at, action, actor, subject, target, detail } = record;
  return {
    ...{ id, at: at.toISOString(), action },
    ...{ actor_kind: actor.kind, actor_id: actor.accountId, account_id: subject },
    ...{ target, detail },
  };
}

export function presentMatch(row: MatchRow): z.infer<typeof shownMatch> {
  const { id, category } = row;
  return {
    ...{ id, account_id: row.accountId, category, rule_id: row.ruleId },
    at: row.createdAt.toISOString(),
  };
}
