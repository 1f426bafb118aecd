import { z } from 'zod';

/**
 * What may be said to Ark, by its own page (ModelArk, create-task page and chat page, 2026-08), as strictly as it can
 * be put: a key that is not listed does not fit. Written apart from the stand-in, so that one checks the other.
 */

const picture = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: z.string().regex(/^data:image\/(?:png|jpeg|webp);base64,|^https:\/\/|^asset:\/\/|^data:/),
  }),
  role: z.enum(['first_frame', 'last_frame', 'reference_image']),
});
const text = z.strictObject({
  type: z.literal('text'),
  // Settings in the text are obeyed still.
  text: z
    .string()
    .min(1)
    .refine((prompt) => !/(?:^|\s)--[a-z]/i.test(prompt), 'holds a setting')
    .refine((prompt) => prompt.split(/\s+/).length <= 1_000, 'is too long'),
});

const CHAT_MODELS_HELD =
  /^(?:dola-seed-2-1-turbo-260628|seed-2-0-pro-260328|seed-2-0-lite-260228|seed-2-0-mini-260215|seed-1-8-251228|seed-1-6-250(?:915|615)|seed-1-6-flash-250(?:715|615)|glm-5-2-260617)$/;

const anyTask = {
  content: z
    .tuple([text], picture)
    .refine(
      (items) => new Set(items.slice(1).map((item) => 'role' in item && item.role)).size <= 1,
      {
        error: 'mixes frames with references',
      },
    ),
  ratio: z.enum(['16:9', '9:16', '4:3', '3:4', '1:1', '21:9', 'adaptive']),
  seed: z.int().min(0).max(2_147_483_647),
  watermark: z.literal(false),
  return_last_frame: z.literal(true).optional(),
  callback_url: z.url().optional(),
};

/** By the family of the model. Our films bring their own sound, so models that film with sound are told not to. */
const tasks = z.discriminatedUnion('model', [
  z.strictObject({
    ...anyTask,
    model: z.enum(['dreamina-seedance-2-0-260128']),
    resolution: z.enum(['480p', '720p', '1080p', '4k']),
    duration: z.int().min(4).max(15),
    generate_audio: z.literal(false),
  }),
  z.strictObject({
    ...anyTask,
    model: z.enum(['dreamina-seedance-2-0-fast-260128', 'dreamina-seedance-2-0-mini-260615']),
    resolution: z.enum(['480p', '720p']),
    duration: z.int().min(4).max(15),
    generate_audio: z.literal(false),
  }),
  z.strictObject({
    ...anyTask,
    model: z.enum(['dreamina-seedance-2-5-260628']),
    resolution: z.enum(['480p', '720p', '1080p']),
    duration: z.int().min(4).max(30),
    generate_audio: z.literal(false),
  }),
  z.strictObject({
    ...anyTask,
    model: z.enum(['seedance-1-5-pro-251215']),
    resolution: z.enum(['480p', '720p', '1080p']),
    duration: z.int().min(4).max(12),
    generate_audio: z.literal(false),
  }),
  z.strictObject({
    ...anyTask,
    model: z.enum(['seedance-1-0-pro-250528', 'seedance-1-0-pro-fast-251015']),
    resolution: z.enum(['480p', '720p', '1080p']),
    duration: z.int().min(2).max(12),
  }),
]);

export const createTaskRules = tasks.superRefine(({ model, content, ratio }, context) => {
  const roles = content.slice(1).map((item) => ('role' in item ? item.role : null));
  const most = /-2-5-/.test(model) ? 30 : /-2-0-/.test(model) ? 9 : 0;
  const hasFrames = roles.includes('first_frame');
  const faults = [
    roles.filter((role) => role === 'reference_image').length > most && 'too many references',
    roles.filter((role) => role === 'first_frame').length > 1 && 'two first frames',
    hasFrames && /-2-5-/.test(model) && ratio !== 'adaptive' && 'a ratio besides a first frame',
  ];
  for (const fault of faults) {
    if (fault) context.addIssue({ code: 'custom', message: fault });
  }
});

export const listTasksRules = z.strictObject({
  page_num: z.coerce.number().int().min(1).max(500),
  page_size: z.coerce.number().int().min(1).max(500),
});

export const chatRules = z
  .strictObject({
    model: z.string(),
    messages: z
      .array(
        z.strictObject({
          role: z.enum(['system', 'user', 'assistant']),
          content: z.string().min(1),
        }),
      )
      .min(2),
    // Seed models think first unless told not to, at the price of what they think.
    thinking: z.strictObject({ type: z.literal('disabled') }),
    max_tokens: z.int().min(1).max(32_000),
    temperature: z.number().min(0).max(2),
    response_format: z
      .strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({
          name: z.string().regex(/^\w{1,64}$/),
          strict: z.literal(true),
          schema: z.looseObject({
            type: z.literal('object'),
            additionalProperties: z.literal(false),
          }),
        }),
      })
      .optional(),
  })
  .refine(({ model, response_format }) => !response_format || CHAT_MODELS_HELD.test(model), {
    error: 'asks a model for a form that it is not held to',
  });
