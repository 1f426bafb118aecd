import { z } from 'zod';
import { ideaSchema, plainText } from '../videos/contract.ts';

/** What the API takes and gives before there is a video: ideas, scripts, prompts, and what can be chosen from. */

const language = z.string().min(2).max(35).default('en').meta({ description: 'BCP 47' });

export const ideasRequest = z
  .strictObject({
    topic: plainText(500),
    count: z.number().int().min(1).max(10).default(5),
    language,
  })
  .meta({ id: 'IdeasRequest' });
export const ideasAnswer = z.strictObject({ data: z.array(ideaSchema) }).meta({ id: 'Ideas' });

export const scriptRequest = z
  .strictObject({
    topic: plainText(500).optional(),
    idea: ideaSchema.optional(),
    seconds: z.number().min(5).max(180).default(30),
    language,
    tone: plainText(80).optional(),
  })
  .refine(
    ({ topic, idea }) => topic !== undefined || idea !== undefined,
    'needs a topic or an idea',
  )
  .meta({ id: 'ScriptRequest' });
export const scriptAnswer = z
  .strictObject({
    title: z.string(),
    scenes: z.array(z.strictObject({ narration: z.string(), visual: z.string() })),
    notice: z.string().nullable(),
  })
  .meta({ id: 'Script' });

export const enhanceRequest = z
  .strictObject({ prompt: plainText(4_000) })
  .meta({ id: 'EnhanceRequest' });
export const enhanceAnswer = z
  .strictObject({ prompt: z.string(), original: z.string() })
  .meta({ id: 'EnhancedPrompt' });

export const voicesAnswer = z
  .strictObject({
    data: z.array(
      z
        .strictObject({
          id: z.string(),
          name: z.string(),
          languages: z.array(z.string()),
          description: z.string(),
          preview_url: z.string().nullable(),
          is_default: z.boolean(),
        })
        .meta({ id: 'Voice' }),
    ),
  })
  .meta({ id: 'Voices' });

export const choicesAnswer = z
  .strictObject({
    data: z.array(
      z
        .strictObject({ id: z.string(), name: z.string(), description: z.string() })
        .meta({ id: 'Choice' }),
    ),
  })
  .meta({ id: 'Choices' });

export const formatsAnswer = z
  .strictObject({
    data: z.array(
      z
        .strictObject({
          id: z.string(),
          width: z.number().int(),
          height: z.number().int(),
          fps: z.number(),
        })
        .meta({ id: 'Format' }),
    ),
    models: z
      .strictObject({
        text: z.string(),
        speech: z.string(),
        video: z.string(),
        transcription: z.string(),
        first_frame: z.boolean(),
        reference_pictures: z.number().int(),
        transcribes_without_script: z.boolean(),
      })
      .meta({ id: 'Models', description: 'The models in use, and what they can' }),
  })
  .meta({ id: 'Formats' });
