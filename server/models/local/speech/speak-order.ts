import { z } from 'zod';

/** What the speaking process is asked: ASCII text, the same text word by word, and the voice. */
export const speakOrder = z.object({
  text: z.string().min(1),
  says: z.array(z.string().min(1)).min(1),
  voice: z.string(),
});

/** What it answers: the sound is in `speech.wav`, a time for each of `says`. */
export const spoken = z.object({
  seconds: z.number().positive(),
  /** False when the words were timed in proportion to their letters because the phones did not match. */
  exact: z.boolean(),
  times: z.array(z.object({ startMs: z.number().nonnegative(), endMs: z.number().nonnegative() })),
});
