import { z } from 'zod';
import { pageQuery } from '../platform/http/pages.ts';

/** What dead letters look like, in the browser and at the command line. */

export const LETTER_KINDS = ['webhook_delivery', 'mail', 'job', 'purchase'] as const;
export type LetterKind = (typeof LETTER_KINDS)[number];

/** Begins with what kind it is: `dlv_`, `eml_`, `job_` or `pur_`. */
export const letterId = z.string().regex(/^(?:dlv|eml|job|pur)_[0-9a-f]{32}$/, {
  message: 'The id of a dead letter looks like dlv_…, eml_…, job_… or pur_….',
});

export const letterKind = z.enum(LETTER_KINDS);
export const letterQuery = pageQuery.extend({ kind: letterKind.optional() });

export const shownLetter = z
  .strictObject({
    id: z.string(),
    kind: letterKind,
    what: z.string().meta({
      description: 'Type of the event, kind of the mail, queue of the job, or what was bought',
    }),
    account_id: z.string().nullable(),
    about: z.string().nullable().meta({ description: 'The id of what it tells of or works on' }),
    code: z.string().nullable().meta({ description: 'How it failed the last time' }),
    tries: z.number().int().nullable(),
    cost_micro_usd: z.number().int().nullable().meta({
      description: 'What a vendor may have charged, in millionths of a US dollar',
    }),
    can_be_retried: z.boolean(),
    created_at: z.iso.datetime(),
    failed_at: z.iso.datetime(),
  })
  .meta({ id: 'DeadLetter' });

export const retriedLetter = z
  .strictObject({ id: z.string(), kind: letterKind, retried: z.literal(true) })
  .meta({ id: 'RetriedDeadLetter' });
