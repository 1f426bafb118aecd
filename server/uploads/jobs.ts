import { z } from 'zod';
import { defineQueue } from '../platform/queue/queue-definition.ts';
import { uploadId } from './contract.ts';

/** Twenty minutes of large video on a slow, busy machine. */
const LONGEST_SECONDS = 4 * 3600;

/** The bell: a job names an upload and nothing else; whoever answers reads its row. */
export const uploadBell = defineQueue({
  name: 'uploads',
  payload: z.object({ upload_id: uploadId }),
  expireInSeconds: LONGEST_SECONDS,
});
