import { z } from 'zod';
import { CAPTION_STYLES, PRESETS, TRANSITIONS } from '../compose/look.ts';
import { FORMATS } from '../media/formats.ts';
import { MUSIC_MOODS } from '../models/local/music/music.ts';

/** Shapes of a video's wish, its steps and its results; every stored JSON value is parsed by these. */

export const STEP_KINDS = [
  'moderate',
  'script',
  'voice',
  'words',
  'clip',
  'segment',
  'soundtrack',
  'finish',
  'check',
  'store',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export const MAX_TOPIC_CHARS = 500;

/** Text for a person: no control characters but line breaks and tabs (Postgres refuses NUL). */
export const plainText = (maxChars: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxChars)
    .regex(/^(?:[\t\n\r]|\P{Cc})*$/u, 'holds a control character; remove it');

/** A stored object by what it holds. `sha256` alone enters input hashes: where it lies changes nothing. */
export const objectRefSchema = z.strictObject({
  key: z.string(),
  sha256: z.string().length(64),
  sizeBytes: z.number().int().nonnegative(),
  contentType: z.string(),
});
export type ObjectRef = z.infer<typeof objectRefSchema>;

export const CONTINUITIES = ['none', 'chain'] as const;

export const lookSchema = z.strictObject({
  format: z.enum(FORMATS),
  captionStyle: z.enum(CAPTION_STYLES),
  /** A voice id of the speech model; null takes its first. */
  voice: z.string().max(64).nullable(),
  music: z.enum([...MUSIC_MOODS, 'auto', 'none']),
  preset: z.enum(PRESETS),
  transition: z.enum(TRANSITIONS),
  /** `chain`: each clip begins with the last frame of the one before, so the clips are filmed in turn. */
  continuity: z.enum(CONTINUITIES).default('none'),
  /** A picture of what should look the same in every scene. */
  reference: objectRefSchema.nullable().default(null),
});
export type Look = z.infer<typeof lookSchema>;

export const DEFAULT_LOOK: Look = {
  format: '9:16',
  captionStyle: 'pop',
  voice: null,
  music: 'auto',
  preset: 'default',
  transition: 'cut',
  continuity: 'none',
  reference: null,
};

export const ideaSchema = z
  .strictObject({ title: plainText(200), hook: plainText(500), angle: plainText(500) })
  .meta({ id: 'Idea' });

export const briefSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('topic'),
    topic: plainText(MAX_TOPIC_CHARS),
    seconds: z.number().min(5).max(180),
    language: z.string().min(2).max(35),
    tone: plainText(80).nullable().default(null),
    idea: ideaSchema.nullable().default(null),
  }),
  z.strictObject({
    kind: z.literal('script'),
    title: plainText(200),
    language: z.string().min(2).max(35),
    scenes: z
      .array(
        z.strictObject({
          /** The scene of the former revision that this one continues; null for a new scene. */
          sceneId: z.templateLiteral(['scn_', z.string()]),
          narration: plainText(20_000),
          visual: plainText(4_000).nullable(),
          /** The take that the maker chose; null lets the pipeline film or find one. */
          takeId: z.templateLiteral(['tak_', z.string()]).nullable().default(null),
          /** Raised by every wish for a new take of the same scene. */
          variant: z.number().int().min(0).max(1000).default(0),
          /** A picture that the clip begins with. */
          firstFrame: objectRefSchema.nullable().default(null),
        }),
      )
      .min(1)
      .max(100),
  }),
]);
export type Brief = z.infer<typeof briefSchema>;

/** What a video model was asked for, as a take keeps it: pictures by what they hold. */
export const filmOrderSchema = z.strictObject({
  prompt: z.string(),
  seconds: z.number().positive(),
  format: z.enum(FORMATS),
  seed: z.number().int().min(0),
  firstFrame: objectRefSchema.nullable(),
  references: z.array(objectRefSchema),
  wantsLastFrame: z.boolean(),
});
export type FilmOrder = z.infer<typeof filmOrderSchema>;

export const timedWordSchema = z.strictObject({
  text: z.string(),
  startMs: z.number().nonnegative(),
  endMs: z.number().nonnegative(),
});

export const namedFileSchema = z.strictObject({
  /** What it is, as the ending of the delivered file's name, such as `.mp4` or `-contact.jpg`. */
  suffix: z.string(),
  object: objectRefSchema,
});
export type NamedFile = z.infer<typeof namedFileSchema>;

/** Why a run or step failed: safe to show. */
export const failureSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  action: z.string().nullable(),
  retryable: z.boolean(),
  stage: z.enum(STEP_KINDS),
  sceneNumber: z.number().int().positive().nullable(),
  sceneId: z.templateLiteral(['scn_', z.string()]).nullable().default(null),
  /** What the vendor called it, where a vendor was asked. */
  vendorCode: z.string().nullable().default(null),
});
export type Failure = z.infer<typeof failureSchema>;

/** The maker's own notes on a video; what was stored is an object, or nothing is shown. */
const storedMetadataSchema = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);

export function metadataOf(stored: unknown): z.infer<typeof storedMetadataSchema> {
  return storedMetadataSchema.safeParse(stored).data ?? {};
}

/** Every stored object that a result names, wherever in it. */
export function objectsIn(value: unknown): readonly ObjectRef[] {
  if (typeof value !== 'object' || value === null) return [];
  const object = objectRefSchema.safeParse(value);
  if (object.success) return [object.data];
  return Object.values(value).flatMap(objectsIn);
}
