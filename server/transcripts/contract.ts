import { z } from 'zod';
import { CAPTION_STYLES } from '../compose/look.ts';
import { type Id, isId } from '../platform/ids.ts';
import type { ObjectInfo } from '../platform/objects/objects.ts';
import { uploadId } from '../uploads/contract.ts';

export type TranscriptId = Id<'trn'>;

export const transcriptId = z
  .string()
  .refine((text): text is TranscriptId => isId('trn', text), 'is no id of a transcript')
  .meta({ description: 'Such as `trn_019aa1…`.' });

/** Twenty minutes of fast speech are about 24,000 characters. */
const MAX_SCRIPT_CHARACTERS = 30_000;

export const FILES = ['srt', 'vtt', 'words', 'mp4'] as const;
export type FileName = (typeof FILES)[number];

/** The stored files; `mp4` is null for sound alone and where none was wanted. */
export type TranscriptFiles = {
  readonly [Name in Exclude<FileName, 'mp4'>]: ObjectInfo;
} & { readonly mp4: ObjectInfo | null };

/** Why a transcript failed, and what can be done about it. */
export type Failure = {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly action: string | null;
};

export const createTranscript = z
  .strictObject({
    upload_id: uploadId.meta({ description: 'A ready upload of a video or a sound.' }),
    script: z
      .string()
      .trim()
      .min(1)
      .max(MAX_SCRIPT_CHARACTERS)
      .optional()
      .meta({ description: 'What is said, word for word. Without it, the words are recognised.' }),
    style: z.enum(CAPTION_STYLES).default('pop'),
    language: z
      .string()
      .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}$/)
      .optional()
      .meta({ description: 'BCP 47, such as `en`.' }),
    burn: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether an MP4 with the captions in its picture is wanted.' }),
  })
  .meta({ id: 'TranscriptRequest' });
export type CreateTranscript = z.output<typeof createTranscript>;

const link = z.string().meta({ description: 'Path that redirects to a short-lived download.' });

export const shownTranscript = z
  .object({
    id: z.string(),
    status: z.enum(['queued', 'running', 'succeeded', 'failed']),
    waiting_for: z
      .enum(['provider', 'capacity'])
      .nullable()
      .meta({ description: 'Why nothing moves at the moment; it goes on by itself.' }),
    upload_id: z.string(),
    style: z.enum(CAPTION_STYLES),
    language: z.string().nullable(),
    burn: z.boolean(),
    text: z
      .string()
      .nullable()
      .meta({ description: 'The script or, without one, what was heard, once it was.' }),
    files: z
      .object({ srt: link, vtt: link, words: link, mp4: link.nullable() })
      .nullable()
      .meta({ description: 'There once `succeeded`.' }),
    error: z
      .object({
        code: z.string(),
        message: z.string(),
        retryable: z.boolean(),
        action: z.string().nullable(),
      })
      .nullable(),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Transcript' });
