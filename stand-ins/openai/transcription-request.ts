import { z } from 'zod';
import type { Body, FormFile } from '../body.ts';
import { isLanguage } from '../hearing/languages.ts';
import { Refused } from '../route.ts';

/** The vendor counts in binary megabytes, and says so (OpenAI, speech-to-text guide, 2026-08). */
const MAX_FILE_BYTES = 26_214_400;
const ENDINGS = /\.(?:flac|mp3|mp4|mpeg|mpga|m4a|ogg|wav|webm)$/i;

/** `whisper-1` alone gives times; the others give text. */
const MODELS = {
  'whisper-1': ['json', 'text', 'srt', 'verbose_json', 'vtt'],
  'gpt-4o-transcribe': ['json'],
  'gpt-4o-mini-transcribe': ['json'],
} as const;

const form = z.strictObject({
  model: z.enum(['whisper-1', 'gpt-4o-transcribe', 'gpt-4o-mini-transcribe']),
  language: z.string().refine(isLanguage, 'Invalid language').optional(),
  prompt: z.string().optional(),
  response_format: z.enum(['json', 'text', 'srt', 'verbose_json', 'vtt']).default('json'),
  temperature: z.coerce.number().min(0).max(1).optional(),
  'timestamp_granularities[]': z.array(z.enum(['word', 'segment'])).default([]),
});

export type TranscriptionRequest = {
  readonly file: FormFile;
  readonly model: string;
  readonly language: string | null;
  readonly prompt: string | null;
  readonly format: z.infer<typeof form>['response_format'];
  readonly granularities: readonly ('word' | 'segment')[];
};

/** What is to be heard, by the vendor's rules. Throws `Refused`. */
export function readTranscriptionRequest(body: Body): TranscriptionRequest {
  if (body.kind !== 'form') throw refused('The request is not multipart/form-data.', null);
  const [file] = body.files.filter((one) => one.field === 'file');
  if (!file) throw refused('file: field required', 'file');
  if (file.bytes.length > MAX_FILE_BYTES) {
    const message = `Maximum content size limit (${MAX_FILE_BYTES}) exceeded (${file.bytes.length} bytes read)`;
    throw new Refused(413, null, message);
  }
  if (!ENDINGS.test(file.name ?? '')) throw refused('Unrecognized file format.', 'file');
  const read = form.safeParse(fieldsOf(body.fields));
  if (!read.success) {
    const [issue] = read.error.issues;
    const param = issue?.path.join('.') ?? '';
    const status = param === 'model' ? 404 : 400;
    throw new Refused(status, null, `${param}: ${issue?.message}`, param);
  }
  const { model, response_format: format, 'timestamp_granularities[]': granularities } = read.data;
  if (!MODELS[model].some((one) => one === format)) {
    const message = `response_format '${format}' is not compatible with model '${model}'.`;
    throw refused(message, 'response_format');
  }
  if (granularities.length > 0 && format !== 'verbose_json') {
    throw refused('Timestamps need response_format verbose_json.', 'timestamp_granularities[]');
  }
  return {
    ...{ file, model, format },
    language: read.data.language ?? null,
    prompt: read.data.prompt ?? null,
    granularities: granularities.length > 0 ? granularities : ['segment'],
  };
}

/** Names that end in brackets are lists. */
function fieldsOf(fields: readonly (readonly [string, string])[]): Record<string, unknown> {
  const read: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    const before = read[name];
    if (name.endsWith('[]')) read[name] = [...(Array.isArray(before) ? before : []), value];
    else read[name] = value;
  }
  return read;
}

const refused = (message: string, param: string | null) => new Refused(400, null, message, param);
