import { z } from 'zod';
import { CAPTION_STYLES, PRESETS, TRANSITIONS } from '../compose/look.ts';
import { FORMATS } from '../media/formats.ts';
import { MUSIC_MOODS } from '../models/local/music/moods.ts';
import { CONTINUITIES, ideaSchema, MAX_TOPIC_CHARS, plainText } from './contract.ts';

/** What the API takes and gives for videos: the schemas that validate are those of the OpenAPI document. */

export const VIDEO_STATUSES = [
  'draft',
  'queued',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'canceled',
] as const;
export type VideoStatus = (typeof VIDEO_STATUSES)[number];

export const STAGES = [
  'moderate',
  'script',
  'voice',
  'clips',
  'captions',
  'compose',
  'store',
] as const;
export type Stage = (typeof STAGES)[number];

const MUSIC = [...MUSIC_MOODS, 'auto', 'none'] as const;

export const idOf = <P extends string>(prefix: P) =>
  z.templateLiteral([`${prefix}_`, z.string().regex(/^[0-9a-f]{32}$/)]);
export const videoParams = z.object({ id: idOf('vid') });
export const sceneParams = z.object({ id: idOf('vid'), scene_id: idOf('scn') });

const time = z.iso.datetime({ offset: true });
const language = z.string().min(2).max(35).meta({ description: 'BCP 47', example: 'en' });

/** At most 16 KB as JSON; given back as it came. */
export const metadataSchema = z
  .record(
    z.string().min(1).max(64),
    z.union([z.string().max(512), z.number(), z.boolean(), z.null()]),
  )
  .refine((value) => Object.keys(value).length <= 50, 'has more than 50 entries')
  .meta({ description: 'Your own notes: up to 50 short values, given back in answers and events' });

const writtenScene = z.strictObject({
  narration: plainText(20_000).meta({ description: 'What is said; also the caption text' }),
  visual: plainText(4_000)
    .nullish()
    .meta({ description: 'What is seen; written for you when left out' }),
});

const lookFields = {
  format: z.enum(FORMATS),
  style: z.enum(CAPTION_STYLES).meta({ description: 'Caption style' }),
  voice: z.string().min(1).max(64).nullable().meta({ description: 'A voice id of GET /v1/voices' }),
  music: z.enum(MUSIC),
  preset: z.enum(PRESETS),
  transition: z.enum(TRANSITIONS),
  continuity: z
    .enum(CONTINUITIES)
    .meta({ description: '`chain`: each clip begins with the last frame of the one before' }),
  reference_upload_id: idOf('upl')
    .nullable()
    .meta({ description: 'An uploaded picture of what should look the same in every scene' }),
};

const seconds = z.number().min(5).max(180);

export const clientKey = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[\x20-\x7e]+$/, 'has characters other than printable ASCII')
  .meta({ description: 'What you call the video: the same key is the same video, changed or not' });

export const createVideoSchema = z
  .strictObject({
    topic: plainText(MAX_TOPIC_CHARS).optional(),
    idea: ideaSchema.optional(),
    script: plainText(200_000).optional().meta({
      description: 'Plain text, one scene a paragraph; `[visual: …]` lines say what is seen',
    }),
    scenes: z.array(writtenScene).min(1).max(100).optional(),
    title: plainText(200).optional(),
    language: language.default('en'),
    tone: plainText(80).optional(),
    seconds: seconds.default(30).meta({ description: 'Wanted length for a topic' }),
    ...z.object(lookFields).partial().shape,
    max_credits: z.number().int().min(1).max(1_000_000).optional(),
    dry_run: z.boolean().default(false),
    metadata: metadataSchema.optional(),
    client_key: clientKey.optional(),
  })
  .refine(
    ({ topic, script, scenes }) =>
      [topic, script, scenes].filter((wish) => wish !== undefined).length === 1,
    'needs exactly one of topic, script and scenes',
  )
  .meta({ id: 'CreateVideo' });
export type CreateVideo = z.output<typeof createVideoSchema>;

export const patchVideoSchema = z
  .strictObject({
    title: plainText(200).optional(),
    ...z.object(lookFields).partial().shape,
    scenes: z
      .array(writtenScene.extend({ id: idOf('scn').optional() }))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'All scenes in their new order; one without an id is new' }),
    max_credits: z.number().int().min(1).max(1_000_000).nullable().optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'PatchVideo' });
export type PatchVideo = z.output<typeof patchVideoSchema>;

export const patchSceneSchema = z
  .strictObject({
    narration: plainText(20_000).optional(),
    visual: plainText(4_000).optional(),
    first_frame_upload_id: idOf('upl')
      .nullable()
      .optional()
      .meta({ description: 'An uploaded picture that the clip begins with' }),
  })
  .meta({ id: 'PatchScene' });
export type PatchScene = z.output<typeof patchSceneSchema>;

const sceneSchema = z
  .strictObject({
    id: z.string(),
    position: z.number().int().min(0),
    narration: z.string(),
    visual: z.string(),
    status: z.enum(VIDEO_STATUSES),
    attempt: z.number().int().min(0),
    model: z.string().nullable(),
    seconds: z.number().nullable(),
    credits: z.number(),
    take_id: z.string().nullable(),
    take_chosen: z.boolean().meta({ description: 'True when you chose the take' }),
  })
  .meta({ id: 'Scene' });

const errorSchema = z
  .strictObject({
    code: z.string(),
    message: z.string(),
    stage: z.enum(STAGES),
    scene_id: z.string().nullable(),
    retryable: z.boolean(),
    action: z.string().nullable(),
    vendor_code: z.string().nullable(),
  })
  .meta({ id: 'VideoError' });

export const videoSchema = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    status: z.enum(VIDEO_STATUSES),
    waiting_for: z.enum(['provider', 'credits', 'capacity']).nullable(),
    stage: z.enum(STAGES).nullable(),
    progress: z.number().min(0).max(1),
    eta_seconds: z.number().nullable(),
    queue_position: z.number().int().min(1).nullable(),
    revision: z.number().int().min(1),
    format: z.enum(FORMATS),
    language: z.string(),
    style: z.enum(CAPTION_STYLES),
    voice: z.string().nullable(),
    music: z.enum(MUSIC),
    preset: z.enum(PRESETS),
    transition: z.enum(TRANSITIONS),
    continuity: z.enum(CONTINUITIES),
    notice: z.string().nullable(),
    scenes: z.array(sceneSchema),
    error: errorSchema.nullable(),
    credits: z.strictObject({
      estimated: z.number(),
      held: z.number(),
      settled: z.number(),
      released: z.number(),
      uncertain: z.number(),
    }),
    max_credits: z.number().nullable(),
    render_id: z.string().nullable(),
    urls: z.strictObject({
      self: z.string(),
      events: z.string(),
      cancel: z.string(),
      files: z.string(),
    }),
    metadata: metadataSchema,
    client_key: z.string().nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Video' });
export type VideoObject = z.infer<typeof videoSchema>;

export const estimateSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        kind: z.enum(['script', 'narration', 'clip', 'transcription']),
        model: z.string(),
        count: z.number().int(),
        unit: z.enum(['tokens', 'characters', 'seconds']),
        units: z.number(),
        cost_usd: z.number(),
        credits: z.number().int(),
      }),
    ),
    scenes: z.number().int(),
    seconds: z.number(),
    credits: z.number().int(),
  })
  .meta({ id: 'Estimate' });
export type Estimate = z.infer<typeof estimateSchema>;

export const takeSchema = z
  .strictObject({
    id: z.string(),
    scene_id: z.string(),
    source: z.enum(['model', 'upload']),
    model: z.string(),
    status: z.enum([
      'intended',
      'ordering',
      'filming',
      'stored',
      'failed',
      'unresolved',
      'canceled',
    ]),
    seconds: z.number(),
    error_code: z.string().nullable(),
    url: z.string().nullable().meta({ description: 'Answers 302 to a signed link, ≤ 300 s' }),
    created_at: time,
  })
  .meta({ id: 'Take' });

export const cancelSchema = z
  .strictObject({
    will_stop: z.number().int().meta({ description: 'Steps that stop now' }),
    cannot_stop: z
      .number()
      .int()
      .meta({ description: 'Clips that the model goes on filming; they are kept if they arrive' }),
    credits_released: z.number(),
    credits_settled: z.number(),
  })
  .meta({ id: 'CancelAnswer' });

export const filesSchema = z
  .strictObject({
    render_id: z.string().nullable(),
    files: z.array(
      z.strictObject({
        name: z.string(),
        url: z.string(),
        content_type: z.string(),
        size_bytes: z.number().int().nullable(),
      }),
    ),
  })
  .meta({ id: 'VideoFiles' });
