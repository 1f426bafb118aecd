import type { z } from 'zod';
import type { shownExport } from './contract.ts';
import type { ExportRow } from './exports.ts';

/** An export as the API shows it. */
export function presentExport(row: ExportRow): z.infer<typeof shownExport> {
  const { id, status, errorCode } = row;
  return {
    id,
    status,
    include_media: row.includeMedia,
    size_bytes: row.sizeBytes,
    sha256: row.sha256,
    error:
      errorCode === null
        ? null
        : { code: errorCode, message: 'The export could not be made. Ask for another one.' },
    file: status === 'ready' ? `/app/exports/${id}/file` : null,
    created_at: row.createdAt.toISOString(),
    finished_at: row.finishedAt?.toISOString() ?? null,
    expires_at: row.expiresAt?.toISOString() ?? null,
  };
}
