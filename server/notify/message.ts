import { z } from 'zod';
import type { AccountId } from '../platform/ids.ts';

/** What people are told of by mail. */
export const MAIL_KINDS = [
  'new_sign_in',
  'two_factor_changed',
  'key_created',
  'export_ready',
  'deletion_scheduled',
  'deletion_done',
  'staff_access',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

const short = z.string().max(200);

/** All that a mail may tell besides its kind and its time. None of it is what somebody made with clipt. */
export const mailDetails = z.strictObject({
  /** Such as `Firefox 145 on Linux`. */
  device: short.optional(),
  /** The network it was done from, such as `192.0.2.0/24`. */
  place: short.optional(),
  /** What became of the second factor. */
  change: z
    .enum(['turned_on', 'turned_off', 'codes_renewed', 'recovery_code_used', 'locked', 'reset'])
    .optional(),
  /** How a key begins, never the whole of it. */
  key: short.optional(),
  /** Until when it can be undone or fetched, as RFC 3339. */
  until: z.iso.datetime({ offset: true }).optional(),
  /** When it began, as RFC 3339. */
  since: z.iso.datetime({ offset: true }).optional(),
  /** How long it went on, such as `12 minutes`. */
  lasted: short.optional(),
  /** What staff gave as their reason. */
  reason: z.string().max(500).optional(),
  /** By which staff can say what was done, such as `imp_…`. */
  reference: short.optional(),
});
export type MailDetails = z.infer<typeof mailDetails>;

export type MailMessage = {
  readonly accountId: AccountId;
  readonly kind: MailKind;
  readonly data?: MailDetails;
};
