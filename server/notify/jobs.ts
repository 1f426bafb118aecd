import { z } from 'zod';
import { isId } from '../platform/ids.ts';
import { defineQueue } from '../platform/queue/queue-definition.ts';
import type { MailId } from './schema.ts';

/** The bell: a job names a mail and nothing else; whoever answers reads its row, which knows when to try again. */
export const mailBell = defineQueue({
  name: 'mails',
  payload: z.object({ mail_id: z.string().refine((text): text is MailId => isId('eml', text)) }),
  // Ten seconds of exchange, and some for the database.
  expireInSeconds: 60,
});
