import { z } from 'zod';
import { isId } from '../platform/ids.ts';
import { defineQueue } from '../platform/queue/queue-definition.ts';
import type { DeliveryId } from './schema.ts';

/** The bell: a job names a delivery and nothing else; whoever answers reads its row, which knows when to try again. */
export const deliveryBell = defineQueue({
  name: 'webhooks',
  payload: z.object({
    delivery_id: z.string().refine((text): text is DeliveryId => isId('dlv', text)),
  }),
  // Ten seconds of exchange, and some for the database.
  expireInSeconds: 60,
});
