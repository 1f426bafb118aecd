import { z } from 'zod';
import { defineQueue } from '../platform/queue/queue-definition.ts';
import { exportId } from './contract.ts';

/** Many films at the pace of a slow storage. */
const LONGEST_SECONDS = 6 * 3600;

/** The bell: a job names an export and nothing else; whoever answers reads its row. */
export const exportBell = defineQueue({
  name: 'exports',
  payload: z.object({ export_id: exportId }),
  expireInSeconds: LONGEST_SECONDS,
});
