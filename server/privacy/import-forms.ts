import { z } from 'zod';
import { storedObject } from '../uploads/contract.ts';
import {
  briefSchema,
  failureSchema,
  filmOrderSchema,
  lookSchema,
  namedFileSchema,
  objectRefSchema,
} from '../videos/contract.ts';

/** What the JSON columns of an archive must look like: the forms that they are read in. */

/** A thousand dollars for one thing is more than any model takes. */
const MOST_MICRO_USD = 1_000_000_000;
const text = z.string().max(200);

const listedFile = z.strictObject({
  key: z.string(),
  sizeBytes: z.int().nonnegative(),
  contentType: text,
});
const shortProblem = z.strictObject({
  code: text,
  message: z.string().max(1_000),
  retryable: z.boolean().optional(),
  action: z.string().max(1_000).nullable(),
});

const FORMS: Readonly<Record<string, z.ZodType>> = {
  'videos.metadata': z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  'videos.estimated_micro_usd': z
    .int()
    .min(0)
    .max(MOST_MICRO_USD * 100),
  'revisions.brief': briefSchema,
  'revisions.look': lookSchema,
  'scenes.first_frame': objectRefSchema,
  'takes.request': filmOrderSchema,
  'takes.object': objectRefSchema,
  'takes.last_frame': objectRefSchema,
  'runs.error': failureSchema,
  'steps.error': failureSchema,
  'steps.depends_on': z.array(z.string().regex(/^stp_[0-9a-f]{32}$/)).max(1_000),
  'renders.files': z.array(namedFileSchema).max(100),
  'purchases.cost_micro_usd': z.int().min(0).max(MOST_MICRO_USD),
  'events.data': z.record(z.string(), z.unknown()),
  'uploads.object': storedObject,
  'uploads.media': z.strictObject({
    seconds: z.number().nullable(),
    width: z.number().nullable(),
    height: z.number().nullable(),
    fps: z.number().nullable(),
    hasAudio: z.boolean(),
  }),
  'uploads.rejection': shortProblem,
  'transcripts.heard': z.looseObject({
    text: z.string(),
    words: z.array(z.unknown()),
    frames: z.int().nonnegative(),
  }),
  'transcripts.files': z.strictObject({
    srt: listedFile,
    vtt: listedFile,
    words: listedFile,
    mp4: listedFile.nullable(),
  }),
  'transcripts.error': shortProblem,
};

/** True also for columns whose form the database itself judges. */
export function hasItsForm(column: string, value: unknown): boolean {
  return FORMS[column]?.safeParse(value).success ?? true;
}
