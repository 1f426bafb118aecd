import { z } from 'zod';
import { namedFileSchema, objectRefSchema, type StepKind, timedWordSchema } from './contract.ts';

const shapes = {
  moderate: z.strictObject({}),
  script: z.strictObject({
    title: z.string(),
    /** What the maker should know about how the script was written. */
    notice: z.string().nullable(),
    scenes: z
      .array(z.strictObject({ narration: z.string(), visual: z.string() }))
      .min(1)
      .max(100),
  }),
  voice: z.strictObject({
    audio: objectRefSchema,
    seconds: z.number().nonnegative(),
    words: z.array(timedWordSchema).nullable(),
  }),
  /** The caption words of the scene, timed from the start of its narration. */
  words: z.strictObject({ words: z.array(timedWordSchema) }),
  clip: z.strictObject({
    clip: objectRefSchema,
    seconds: z.number().positive(),
    takeId: z.string(),
    /** Where it is wanted: what the next clip begins with. */
    lastFrame: objectRefSchema.nullable(),
  }),
  segment: z.strictObject({
    /** In film order: with a crossfade the passage from the scene before comes first. */
    pieces: z
      .array(z.strictObject({ file: objectRefSchema, frames: z.number().int().positive() }))
      .min(1),
  }),
  soundtrack: z.strictObject({
    audio: objectRefSchema,
    /** What its loudness can be held to; tracks of before this was told are held to the target. */
    goal: z.enum(['target', 'quieter', 'undefined']).default('target'),
  }),
  finish: z.strictObject({ film: objectRefSchema, frames: z.number().int().positive() }),
  check: z.strictObject({ report: z.unknown() }),
  store: z.strictObject({ files: z.array(namedFileSchema).min(1) }),
} satisfies { readonly [Kind in StepKind]: z.ZodType };

type StepOutputs = { [Kind in StepKind]: z.infer<(typeof shapes)[Kind]> };
export type StepOutput<Kind extends StepKind> = StepOutputs[Kind];

/** What each kind of step leaves behind. Stored as JSON; read back only through these shapes. */
export const stepOutputs: { readonly [Kind in StepKind]: z.ZodType<StepOutputs[Kind]> } = shapes;
