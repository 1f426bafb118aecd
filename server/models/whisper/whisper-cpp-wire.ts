import { z } from 'zod';
import type { TimedWord } from '../models.ts';
import { type Piece, wordsOfPieces } from '../timed-words.ts';
import { readJson } from '../vendor-answer.ts';
import { withoutAnnotations } from './annotations.ts';

/** The answers of a whisper.cpp server, as far as we read them. */

const fault = z.object({ error: z.string() });

/** The sentence of a fault; null for an answer that is none, or that somebody else wrote. */
export function readWhisperCppError(bytes: Buffer): string | null {
  return fault.safeParse(readJson(bytes)).data?.error ?? null;
}

const transcription = z.object({
  segments: z.array(
    z.object({
      text: z.string().catch(''),
      /** Pieces of the model's alphabet, not words; a new word begins with a space. Times in seconds. */
      words: z
        .array(z.object({ word: z.string(), start: z.number(), end: z.number() }))
        .nullish()
        .transform((words) => words ?? []),
    }),
  ),
});

/** A segment that ends so, and a next one without a space: two sentences, not one word. */
const SENTENCE_END = /[.!?…]["'”’)]*$/u;

/** The words heard in sound of that length, or null for an answer without word times. */
export function readWhisperCppWords(bytes: Buffer, soundMs: number): TimedWord[] | null {
  const { data } = transcription.safeParse(readJson(bytes));
  if (!data) return null;
  if (data.segments.some(({ text, words }) => words.length === 0 && text.trim() !== ''))
    return null;
  const pieces: Piece[] = [];
  let isApart = false;
  for (const { words } of data.segments) {
    const heard = withoutAnnotations(words.map(pieceOf));
    const before = pieces.at(-1);
    // What was left out between two words parts them.
    isApart ||= heard.length < words.length || SENTENCE_END.test(before?.text ?? '');
    if (heard.length === 0) continue;
    if (before && isApart) pieces.push({ text: ' ', startMs: before.endMs, endMs: before.endMs });
    pieces.push(...heard);
    isApart = false;
  }
  return wordsOfPieces(pieces, soundMs);
}

function pieceOf({ word, start, end }: { word: string; start: number; end: number }): Piece {
  return { text: word, startMs: start * 1000, endMs: Math.max(start, end) * 1000 };
}
