import { z } from 'zod';
import type { Body } from '../body.ts';
import { Refused } from '../route.ts';

/** The part of a chat request that OpenAI and those who speak its protocol have in common. */
export const commonFields = {
  model: z.string().min(1),
  messages: z
    .array(
      z.strictObject({
        role: z.enum(['system', 'developer', 'user', 'assistant']),
        content: z.string(),
        name: z.string().optional(),
      }),
    )
    .min(1),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).optional(),
  reasoning_effort: z.enum(['minimal', 'low', 'medium', 'high']).optional(),
  user: z.string().optional(),
  /** Answers in pieces are not stood in for. */
  stream: z.literal(false).optional(),
  response_format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text') }),
      z.strictObject({ type: z.literal('json_object') }),
      z.strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({
          name: z.string().regex(/^[\w-]{1,64}$/),
          description: z.string().optional(),
          strict: z.boolean().optional(),
          schema: z.record(z.string(), z.unknown()),
        }),
      }),
    ])
    .optional(),
};
const common = z.strictObject(commonFields);
export type ChatRequest = z.infer<typeof common>;

/** The request in a body, by the form of that vendor. Throws `Refused` with `code` for one that is none. */
export function readChat<Form extends ChatRequest>(
  body: Body,
  form: z.ZodType<Form>,
  code: string | null,
): Form {
  const read = form.safeParse(body.kind === 'json' ? body.value : undefined);
  if (!read.success) {
    const [issue] = read.error.issues;
    const param = issue?.path.join('.') ?? '';
    throw new Refused(400, code, `${param}: ${issue?.message}`, param);
  }
  const { max_tokens: most, max_completion_tokens: mostInAll } = read.data;
  if (most !== undefined && mostInAll !== undefined) {
    const message = 'max_tokens and max_completion_tokens cannot be set together.';
    throw new Refused(400, code, message, 'max_tokens');
  }
  return read.data;
}
