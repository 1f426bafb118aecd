import { z } from 'zod';
import { isId, type UploadId } from '../platform/ids.ts';

export const UPLOAD_KINDS = ['video', 'audio', 'image'] as const;
export type UploadKind = (typeof UPLOAD_KINDS)[number];

/** What may be sent, by the type that its sender states; what it is, its decoded content tells. */
export const CONTENT_TYPES = [
  'video/mp4',
  'video/quicktime',
  'video/webm',
  'audio/mpeg',
  'audio/wav',
  'audio/mp4',
  'audio/ogg',
  'audio/flac',
  'image/png',
  'image/jpeg',
  'image/webp',
] as const;
export type UploadContentType = (typeof CONTENT_TYPES)[number];

/** The largest file of each kind, in bytes. */
export const MAX_BYTES: { readonly [Kind in UploadKind]: number } = {
  video: 500_000_000,
  audio: 50_000_000,
  image: 30_000_000,
};

export function kindOf(contentType: UploadContentType): UploadKind {
  const family = contentType.slice(0, contentType.indexOf('/'));
  return UPLOAD_KINDS.find((kind) => kind === family) ?? 'video';
}

export const uploadId = z
  .string()
  .refine((text): text is UploadId => isId('upl', text), 'is no id of an upload')
  .meta({ description: 'Such as `upl_019aa1…`.' });

/** What is stored of a file, under a key that names nothing and cannot be guessed. */
export const storedObject = z.object({
  key: z.string(),
  sha256: z.string(),
  sizeBytes: z.int().nonnegative(),
  contentType: z.string(),
});
export type StoredObject = z.infer<typeof storedObject>;

/** What is in a file; pictures have no length, sounds no size. */
export type UploadMedia = {
  readonly seconds: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  readonly hasAudio: boolean;
};

/** Why a file was not taken. */
export type Rejection = {
  readonly code: string;
  readonly message: string;
  readonly action: string | null;
};

const createUploadFields = z.strictObject({
  content_type: z.enum(CONTENT_TYPES).meta({ description: 'The type that the form will send.' }),
  size_bytes: z.int().min(1).max(MAX_BYTES.video).meta({
    description:
      'Size of the file; the form takes no more. Video 500 MB, audio 50 MB, image 30 MB.',
  }),
});

export const createUpload = createUploadFields
  .refine(({ content_type, size_bytes }) => size_bytes <= MAX_BYTES[kindOf(content_type)], {
    path: ['size_bytes'],
    error: 'is more than a file of this type may have',
  })
  .meta({ id: 'UploadRequest' });
export type CreateUpload = z.infer<typeof createUpload>;

const shownError = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  action: z.string().nullable(),
});

export const shownUpload = z
  .object({
    id: z.string(),
    kind: z.enum(UPLOAD_KINDS),
    status: z.enum(['created', 'processing', 'ready', 'rejected']).meta({
      description: '`created` until completed; `ready` can be used; `rejected` is final.',
    }),
    content_type: z.enum(CONTENT_TYPES),
    size_bytes: z.int(),
    media: z
      .object({
        seconds: z.number().nullable(),
        width: z.int().nullable(),
        height: z.int().nullable(),
        fps: z.number().nullable(),
        has_audio: z.boolean(),
      })
      .nullable()
      .meta({ description: 'What is in the file, once it was looked at.' }),
    error: shownError.nullable(),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Upload' });

export const createdUpload = shownUpload
  .extend({
    upload: z
      .object({
        url: z.url(),
        fields: z.record(z.string(), z.string()),
        expires_at: z.iso.datetime(),
      })
      .meta({
        description:
          'Send a multipart form to `url` with every field as it is, and the file last, in a field named `file`.',
      }),
  })
  .meta({ id: 'CreatedUpload' });
