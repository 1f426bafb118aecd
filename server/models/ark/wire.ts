import { z } from 'zod';
import { readJson } from '../vendor-answer.ts';

/**
 * The vendor's answers, as far as we read them. Fields we do not know are let be, and numbers may come as text:
 * the vendor's own pages type them both ways.
 */

const number = z
  .union([z.number(), z.string().trim().min(1).transform(Number)])
  .pipe(z.number().finite())
  .nullish()
  .catch(null);
const word = z.string().nullish().catch(null);

const errorBody = z.object({ code: z.string().min(1), message: z.string().catch('') });
export type ErrorBody = z.infer<typeof errorBody>;
const errorEnvelope = z.object({ error: errorBody });

/** The error of an answer that is the vendor's own; null for what a proxy wrote. */
export function readErrorBody(bytes: Buffer): ErrorBody | null {
  return errorEnvelope.safeParse(readJson(bytes)).data?.error ?? null;
}

export const createdTask = z.object({ id: z.string().min(1).max(200) });

export const videoTask = z.object({
  /** A name we do not know is the caller's to judge. */
  status: z.string(),
  content: z.object({ video_url: word, last_frame_url: word }).nullish().catch(null),
  usage: z.object({ completion_tokens: number }).nullish().catch(null),
  error: errorBody.nullish().catch(null),
});
export type VideoTask = z.infer<typeof videoTask>;

/** What a listed task tells of its order; most of it only once the clip is finished. */
export const listedTask = z.object({
  id: z.string().min(1).max(200),
  status: word,
  /** May carry the version that was used behind the name that was asked for. */
  model: word,
  /** Unix seconds. */
  created_at: number,
  seed: number,
  duration: number,
  ratio: word,
  resolution: word,
});
export type ListedTask = z.infer<typeof listedTask>;

export const taskList = z.object({ items: z.array(listedTask), total: number });

export const chatAnswer = z.object({
  id: word,
  choices: z.tuple(
    [
      z.object({
        finish_reason: word,
        message: z.object({ content: word }),
      }),
    ],
    z.unknown(),
  ),
  usage: z.object({ prompt_tokens: number, completion_tokens: number }).nullish().catch(null),
});
export type ChatAnswer = z.infer<typeof chatAnswer>;
