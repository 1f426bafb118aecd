import { z } from 'zod';
import { MUSIC_MOODS } from './moods.ts';

/** What the child is told to make. */
export const musicOrder = z.object({
  mood: z.enum(MUSIC_MOODS),
  seconds: z.number().min(0.5).max(600),
  seed: z.int(),
  file: z.string(),
});
export type MusicOrder = z.infer<typeof musicOrder>;
