import { z } from 'zod';
import type { TimedWord } from '../models.ts';
import { readJson } from '../vendor-answer.ts';

/** OpenAI's answers, as far as we read them. Fields we do not know are let be. */

const word = z.string().nullish().catch(null);

const errorBody = z.object({ error: z.object({ code: word, type: word }) });
export type OpenAiError = z.infer<typeof errorBody>['error'];

/** The error of an answer that is the vendor's own; null for what a proxy wrote. */
export function readOpenAiError(bytes: Buffer): OpenAiError | null {
  return errorBody.safeParse(readJson(bytes)).data?.error ?? null;
}

const transcription = z.object({
  text: word,
  /** Times in seconds; no punctuation, no space. Missing where nothing was heard. */
  words: z.array(z.object({ word: z.string(), start: z.number(), end: z.number() })).nullish(),
  segments: z
    .array(z.object({ text: z.string() }))
    .nullish()
    .catch(null),
  usage: z.object({ seconds: z.number().nonnegative() }).nullish().catch(null),
});

export type OpenAiHearing = {
  readonly words: readonly TimedWord[];
  /** The same words with their punctuation. */
  readonly text: string;
  /** What was charged for, where the vendor said so. */
  readonly billedSeconds: number | null;
};

/** What was heard, or null for an answer without word times. */
export function readOpenAiHearing(bytes: Buffer): OpenAiHearing | null {
  const { data } = transcription.safeParse(readJson(bytes));
  if (!data) return null;
  const text = data.text ?? data.segments?.map((segment) => segment.text).join('') ?? null;
  if (text === null || (!data.words && text.trim() !== '')) return null;
  const words = (data.words ?? []).map(({ word, start, end }) => ({
    text: word.trim(),
    startMs: start * 1000,
    endMs: end * 1000,
  }));
  return {
    words: words.filter((word) => word.text !== ''),
    text,
    billedSeconds: data.usage?.seconds ?? null,
  };
}
