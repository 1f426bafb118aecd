import { z } from 'zod';
import { type Id, isId } from '../platform/ids.ts';

/** Shapes of exports over HTTP, and of the archive itself (docs/export-format.md). */

export type ExportId = Id<'exp'>;

export const exportId = z
  .string()
  .refine((text): text is ExportId => isId('exp', text), 'is no id of an export')
  .meta({ description: 'Such as `exp_019aa1…`.' });

export const requestExport = z
  .strictObject({
    include_media: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether films, clips, sounds and pictures go in too.' }),
  })
  .meta({ id: 'ExportRequest' });

export const EXPORT_STATUSES = ['queued', 'running', 'ready', 'failed'] as const;

export const shownExport = z
  .strictObject({
    id: z.string(),
    status: z.enum(EXPORT_STATUSES),
    include_media: z.boolean(),
    size_bytes: z.int().nullable(),
    sha256: z.string().nullable().meta({ description: 'Of the archive, in hex.' }),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    file: z
      .string()
      .nullable()
      .meta({ description: 'Path that redirects to a short-lived download, once `ready`.' }),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
    expires_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Export' });

export const shownImport = z
  .strictObject({
    rows: z.record(z.string(), z.int()).meta({ description: 'New rows by table.' }),
    files: z.int().meta({ description: 'New stored files.' }),
  })
  .meta({ id: 'Import' });

/** What has to be written out before an account is given up. */
const CONFIRMATION = 'delete my account';

export const deleteAccount = z
  .strictObject({ confirmation: z.literal(CONFIRMATION) })
  .meta({ id: 'AccountDeletion' });

const deletion = z.strictObject({
  deleted_at: z.iso.datetime(),
  restorable_until: z.iso.datetime().meta({ description: 'Then everything is removed.' }),
});

export const shownAccount = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['owner', 'user']),
    email: z.string().nullable(),
    name: z.string().nullable(),
    created_at: z.iso.datetime(),
    telemetry_opt_out: z.boolean(),
    deletion: deletion.nullable().meta({ description: 'Null while the account is not given up.' }),
  })
  .meta({ id: 'OwnAccount' });

/** The version of the archive's form: another one is not read. */
export const FORMAT = 'clipt-export/1';
export const MANIFEST = 'manifest.json';
/** Where the rows of a table and the stored files are in an archive. */
export const TABLES_FOLDER = 'tables/';
export const MEDIA_FOLDER = 'media/';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  made_at: z.iso.datetime(),
  account_id: z.string().max(64),
  include_media: z.boolean(),
  files: z.array(
    z.strictObject({
      name: z.string().min(1).max(600),
      size_bytes: z.int().nonnegative(),
      sha256,
      /** Of stored files alone: what they were stored as. */
      content_type: z.string().max(100).optional(),
    }),
  ),
  /** Stored files that rows name and that were gone when the archive was made. */
  missing: z.array(z.string().max(600)),
});
export type Manifest = z.infer<typeof manifestSchema>;
