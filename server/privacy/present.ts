import type { z } from 'zod';
import type { AccountRow } from '../accounts/accounts.ts';
import type { shownAccount, shownExport } from './contract.ts';
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

/** What is kept of the person of an account. */
export function presentAccount(row: AccountRow): z.infer<typeof shownAccount> {
  const { id, kind, email, name, deletedAt, purgeAfter } = row;
  return {
    ...{ id, kind, email, name },
    created_at: row.createdAt.toISOString(),
    telemetry_opt_out: row.telemetryOptOut,
    deletion:
      deletedAt === null || purgeAfter === null
        ? null
        : { deleted_at: deletedAt.toISOString(), restorable_until: purgeAfter.toISOString() },
  };
}
