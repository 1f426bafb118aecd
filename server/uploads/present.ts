import type { z } from 'zod';
import type { createdUpload, shownUpload } from './contract.ts';
import type { UploadRow } from './schema.ts';
import type { CreatedUpload } from './uploads.ts';

export function presentUpload(upload: UploadRow): z.infer<typeof shownUpload> {
  const { media, rejection } = upload;
  return {
    id: upload.id,
    kind: upload.kind,
    status: upload.status,
    content_type: upload.contentType,
    size_bytes: upload.sizeBytes,
    media: media && {
      seconds: media.seconds,
      width: media.width,
      height: media.height,
      fps: media.fps,
      has_audio: media.hasAudio,
    },
    error: rejection && { ...rejection, retryable: false },
    created_at: upload.createdAt.toISOString(),
    finished_at: upload.finishedAt?.toISOString() ?? null,
  };
}

export function presentCreated(
  { upload, form }: CreatedUpload,
  baseUrl: string,
): z.infer<typeof createdUpload> {
  const { fields, expiresAt } = form;
  const url = new URL(form.url, baseUrl).href;
  return {
    ...presentUpload(upload),
    upload: { url, fields: { ...fields }, expires_at: expiresAt.toISOString() },
  };
}
