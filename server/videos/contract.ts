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
const plainText = (maxChars: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxChars)
    .regex(/^(?:[\t\n\r]|\P{Cc})*$/u, 'holds a control character; remove it');

export const lookSchema = z.strictObject({
  format: z.enum(FORMATS),
  captionStyle: z.enum(CAPTION_STYLES),
  /** A voice id of the speech model; null takes its first. */
  voice: z.string().max(64).nullable(),
  music: z.enum([...MUSIC_MOODS, 'auto', 'none']),
  preset: z.enum(PRESETS),
  transition: z.enum(TRANSITIONS),
});
export type Look = z.infer<typeof lookSchema>;

export const DEFAULT_LOOK: Look = {
  format: '9:16',
  captionStyle: 'pop',
  voice: null,
  music: 'auto',
  preset: 'default',
  transition: 'cut',
};

export const briefSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('topic'),
    topic: plainText(MAX_TOPIC_CHARS),
    seconds: z.number().min(5).max(180),
    language: z.string().min(2).max(35),
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
        }),
      )
      .min(1)
      .max(100),
  }),
]);
export type Brief = z.infer<typeof briefSchema>;

/** A stored object by what it holds. `sha256` alone enters input hashes: where it lies changes nothing. */
export const objectRefSchema = z.strictObject({
  key: z.string(),
  sha256: z.string().length(64),
  sizeBytes: z.number().int().nonnegative(),
  contentType: z.string(),
});
export type ObjectRef = z.infer<typeof objectRefSchema>;

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
});
export type Failure = z.infer<typeof failureSchema>;
