import { z } from 'zod';
import { defineQueue } from '../platform/queue/queue-definition.ts';
import { transcriptId } from './contract.ts';

/** Twenty minutes of large video, captioned on a slow, busy machine. */
const LONGEST_SECONDS = 8 * 3600;

/** The bell: a job names a transcript and nothing else; whoever answers reads its row. */
export const transcriptBell = defineQueue({
  name: 'transcripts',
  payload: z.object({ transcript_id: transcriptId }),
  expireInSeconds: LONGEST_SECONDS,
});
