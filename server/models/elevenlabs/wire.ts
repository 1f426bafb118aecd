import { z } from 'zod';
import { readJson } from '../vendor-answer.ts';

/** The vendor's answers, as far as we read them. Fields we do not know are let be. */

const word = z.string().nullish().catch(null);

const errorDetail = z.object({ code: word, status: word, type: word, message: word });
const errorBody = z.object({ detail: z.union([errorDetail, z.string()]) });

/** What an error answer says of itself. */
export type ErrorBody = {
  /** The vendor's words for the fault, the most telling first: `code`, the older `status`, the broad `type`. */
  readonly codes: readonly string[];
  /** For judging alone; it may quote the text. */
  readonly message: string;
};

/** The error of an answer that is the vendor's own; null for what a proxy wrote, and for a list of faulty fields. */
export function readErrorBody(bytes: Buffer): ErrorBody | null {
  const detail = errorBody.safeParse(readJson(bytes)).data?.detail;
  if (detail === undefined) return null;
  if (typeof detail === 'string') return { codes: [detail], message: detail };
  const { code, status, type, message } = detail;
  const codes = [code, status, type].filter((one) => typeof one === 'string' && one !== '');
  return { codes: codes.flatMap((one) => one ?? []), message: message ?? '' };
}

const alignment = z
  .object({
    characters: z.array(z.string()),
    character_start_times_seconds: z.array(z.number()),
    character_end_times_seconds: z.array(z.number()),
  })
  .nullish()
  .catch(null);
export type Alignment = z.infer<typeof alignment>;

/** Of a narration with its times. */
export const spokenAnswer = z.object({
  audio_base64: z.string().min(1),
  alignment,
  normalized_alignment: alignment,
});

const voice = z.object({
  voice_id: z.string().min(1).max(100),
  name: z.string().min(1),
  category: word,
  description: word,
  labels: z.record(z.string(), z.unknown()).nullish().catch(null),
  preview_url: word,
  verified_languages: z
    .array(z.object({ language: word, locale: word, model_id: word }).nullable().catch(null))
    .nullish()
    .catch(null),
});
export type ListedVoice = z.infer<typeof voice>;

export const voicesPage = z.object({
  /** A voice we cannot read is left out. */
  voices: z
    .array(voice.nullable().catch(null))
    .transform((voices) => voices.filter((one) => one !== null)),
  has_more: z.boolean().catch(false),
  next_page_token: word,
});
