/**
 * What every table holds of a person: the one place that export, import, purge and the sweep of orphans are derived from.
 * A check compares it with the migrated database and fails on a column that is not here.
 *
 * - `export`: belongs to the person, and goes into the export.
 * - `secret`: opens something, such as the hash of a key; never leaves.
 * - `internal`: of the machinery; means nothing elsewhere.
 */
export type TableEntry = {
  /** How a row belongs to an account; null for what belongs to the installation. */
  readonly owner: Owner | null;
  /** The primary key, which the rows of an export are ordered by. */
  readonly primaryKey: readonly [string, ...string[]];
  readonly export: readonly string[];
  readonly secret: readonly string[];
  readonly internal: readonly string[];
  /** Exported JSON columns that may name stored objects, as `{ "key": … }` at any depth. */
  readonly objects: readonly string[];
  /** Exported text columns that hold a storage key, or the beginning of one. */
  readonly storageKeys: readonly string[];
  /** A condition for rows that are as good as gone. */
  readonly without: string | null;
  /** False for what an import leaves out: who may enter and where things go is made anew. */
  readonly imported: boolean;
  /** A column of which an account has each value once, though its rows have ids; an import makes it distinct. */
  readonly distinct: string | null;
};

/** The column that names the account, or a column that names a row of another table that does. */
export type Owner = {
  readonly column: string;
  readonly through: { readonly table: string; readonly key: string } | null;
};

type Given = Pick<TableEntry, 'primaryKey'> & Partial<TableEntry>;

/** A table whose rows are the account's of that column. */
function owned(given: Given & { readonly column?: string }): TableEntry {
  const { column = 'account_id', internal = [], ...rest } = given;
  const hidden = column === 'account_id' ? [column, ...internal] : internal;
  return { ...entry(rest), owner: { column, through: null }, internal: hidden };
}

/** A table of the installation, which knows no person. */
function ofInstallation({ primaryKey, ...rest }: Given): TableEntry {
  return { ...entry({ primaryKey, ...rest }), owner: null };
}

function entry(given: Given): TableEntry {
  return {
    ...{ owner: null, export: [], secret: [], internal: [], objects: [], storageKeys: [] },
    ...{ without: null, imported: false, distinct: null },
    ...given,
  };
}

const LEASED = ['attempt', 'failures', 'lease_expires_at', 'run_after'] as const;

/** Every table, in an order in which each comes after those that it refers to. */
export const REGISTRY: Readonly<Record<string, TableEntry>> = {
  applied_migration: ofInstallation({
    primaryKey: ['number'],
    internal: ['number', 'file', 'hash', 'applied_at'],
  }),
  job_runs: ofInstallation({
    primaryKey: ['name', 'period'],
    internal: ['name', 'period', 'started_at', 'ended_at', 'outcome', 'counts', 'error_code'],
  }),
  // That an account was purged, in an opaque id and figures.
  purges: ofInstallation({
    primaryKey: ['account_id'],
    internal: [...['account_id', 'deleted_at', 'purged_at', 'rows', 'objects', 'size_bytes']],
  }),
  purged_sessions: ofInstallation({
    primaryKey: ['token_hash'],
    secret: ['token_hash'],
    internal: ['expires_at'],
  }),
  workers: ofInstallation({
    primaryKey: ['id'],
    internal: ['id', 'host', 'pid', 'process_started', 'seen_at'],
  }),
  accounts: owned({
    column: 'id',
    primaryKey: ['id'],
    export: ['id', 'kind', 'email', 'name', 'telemetry_opt_out', 'created_at'],
    internal: ['storage_prefix', 'deleted_at', 'purge_after', 'swept_at'],
  }),
  identities: owned({
    primaryKey: ['issuer', 'subject'],
    export: ['issuer', 'subject', 'created_at', 'last_used_at'],
  }),
  sessions: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'device', 'place', 'stage', 'created_at', 'last_used_at', 'expires_at'],
      ...['revoked_at', 'proved_at'],
    ],
    secret: ['token_hash'],
    internal: ['wrong_codes'],
  }),
  second_factors: owned({
    primaryKey: ['account_id'],
    export: ['confirmed_at', 'created_at'],
    secret: ['secret'],
    internal: ['last_step', 'failed_at', 'locked_until'],
  }),
  recovery_codes: owned({
    primaryKey: ['account_id', 'code_hash'],
    secret: ['code_hash'],
    internal: ['used_at'],
  }),
  sign_in_links: owned({
    primaryKey: ['token_hash'],
    secret: ['token_hash'],
    internal: ['created_at', 'expires_at', 'used_at'],
  }),
  api_keys: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'public_id', 'name', 'scopes', 'expires_at', 'last_used_at', 'revoked_at'],
      'created_at',
    ],
    secret: ['key_hash', 'former_hash'],
    internal: ['former_public_id', 'former_until'],
  }),
  idempotency_keys: owned({
    primaryKey: ['account_id', 'route', 'key'],
    internal: ['route', 'key', 'body_hash', 'holder', 'locked_until', 'answer', 'created_at'],
  }),
  videos: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'client_key', 'title', 'seed', 'current_revision_id', 'metadata', 'max_credits'],
      ...['estimated_micro_usd', 'created_at', 'updated_at'],
    ],
    imported: true,
    distinct: 'client_key',
  }),
  revisions: owned({
    primaryKey: ['id'],
    export: ['id', 'video_id', 'number', 'brief', 'look', 'content_hash', 'created_at'],
    objects: ['brief', 'look'],
    imported: true,
  }),
  scenes: owned({
    primaryKey: ['revision_id', 'scene_id'],
    export: [
      ...['revision_id', 'scene_id', 'video_id', 'position', 'narration', 'visual', 'take_id'],
      ...['variant', 'first_frame'],
    ],
    objects: ['first_frame'],
    imported: true,
  }),
  takes: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'video_id', 'scene_id', 'source', 'model', 'clip_key', 'seconds', 'status'],
      ...[
        'request',
        'ordered_at',
        'object',
        'last_frame',
        'error_code',
        'created_at',
        'updated_at',
      ],
    ],
    secret: ['callback_hash'],
    internal: ['task_id', 'looks', 'check_after'],
    objects: ['request', 'object', 'last_frame'],
    imported: true,
    distinct: 'clip_key',
  }),
  permits: {
    ...entry({
      primaryKey: ['lane', 'holder'],
      internal: ['lane', 'holder', 'expires_at', 'created_at'],
    }),
    owner: { column: 'holder', through: { table: 'takes', key: 'id' } },
  },
  runs: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'video_id', 'revision_id', 'status', 'progress', 'error', 'created_at'],
      ...['started_at', 'finished_at'],
    ],
    internal: ['waiting_for'],
    imported: true,
  }),
  steps: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'run_id', 'kind', 'scene_id', 'position', 'depends_on', 'status', 'cached'],
      ...['progress', 'input_hash', 'output', 'error', 'cpu_ms', 'model', 'take_id'],
      ...['started_at', 'finished_at'],
    ],
    internal: [
      ...LEASED,
      ...['losses', 'worker_id', 'waiting_for', 'waiting_lane', 'outage_since'],
    ],
    objects: ['output'],
    imported: true,
  }),
  step_results: owned({
    primaryKey: ['account_id', 'kind', 'input_hash'],
    export: ['kind', 'input_hash', 'output', 'created_at'],
    objects: ['output'],
    imported: true,
  }),
  renders: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'video_id', 'revision_id', 'run_id', 'files', 'report', 'receipt', 'created_at'],
    ],
    objects: ['files'],
    imported: true,
  }),
  purchases: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'video_id', 'run_id', 'scene_id', 'step_id', 'take_id', 'kind', 'model', 'status'],
      ...['unit', 'units', 'cost_micro_usd', 'created_at', 'ended_at'],
    ],
    internal: ['reference'],
    imported: true,
  }),
  events: owned({
    primaryKey: ['id'],
    export: ['id', 'video_id', 'type', 'sequence', 'data', 'created_at'],
    imported: true,
  }),
  event_counts: owned({
    primaryKey: ['video_id'],
    export: ['video_id', 'latest'],
    imported: true,
  }),
  webhook_endpoints: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'url', 'description', 'events', 'status', 'disabled_reason'],
      ...['consecutive_failures', 'failing_since', 'created_at', 'updated_at'],
    ],
    secret: ['secret', 'previous_secret'],
    internal: ['previous_until'],
  }),
  webhook_deliveries: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'endpoint_id', 'event_id', 'event_type', 'resend', 'status', 'tries'],
      ...['status_code', 'duration_ms', 'error_code', 'created_at', 'updated_at'],
    ],
    internal: ['attempt', 'next_attempt_at', 'lease_expires_at', 'look_after'],
  }),
  uploads: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'kind', 'status', 'content_type', 'size_bytes', 'object', 'media', 'rejection'],
      ...['expires_at', 'created_at', 'finished_at'],
    ],
    internal: [...LEASED, 'quarantine_key', 'target_key'],
    objects: ['object'],
    imported: true,
  }),
  transcripts: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'upload_id', 'status', 'script', 'style', 'language', 'burn', 'heard'],
      ...['files_prefix', 'files', 'error', 'created_at', 'started_at', 'finished_at'],
    ],
    internal: [...LEASED, 'losses', 'outage_since', 'waiting_for', 'deleted_at'],
    objects: ['files'],
    storageKeys: ['files_prefix'],
    without: 'deleted_at is not null',
    imported: true,
  }),
  moderation_matches: owned({
    primaryKey: ['id'],
    export: ['id', 'category', 'created_at'],
    // Which word it was would tell how to get round it.
    internal: ['rule_id'],
  }),
  mails: owned({
    primaryKey: ['id'],
    export: ['id', 'kind', 'address', 'details', 'status', 'created_at', 'updated_at'],
    internal: [
      ...['attempt', 'tries', 'first_tried_at', 'next_attempt_at', 'lease_expires_at'],
      ...['look_after', 'error_code', 'vendor_id', 'retried_at'],
    ],
  }),
  exports: owned({
    primaryKey: ['id'],
    export: [
      ...['id', 'status', 'include_media', 'size_bytes', 'sha256', 'error_code', 'created_at'],
      ...['finished_at', 'expires_at'],
    ],
    internal: [...LEASED, 'object_key'],
  }),
  // Of who of the staff it was the person is not told.
  impersonations: owned({
    primaryKey: ['id'],
    export: ['id', 'reason', 'created_at', 'expires_at', 'ended_at', 'ending'],
    secret: ['token_hash'],
    internal: ['admin_id', 'session_id'],
  }),
  // What was done to accounts, in opaque ids; it outlives them.
  'audit.checkpoint': ofInstallation({
    primaryKey: ['only_row'],
    internal: ['only_row', 'seq', 'at', 'hash'],
  }),
  'audit.entries': ofInstallation({
    primaryKey: ['seq'],
    internal: ['seq', 'at', 'entry', 'hash', 'action', 'actor_kind', 'actor_id', 'subject'],
  }),
  'audit.inbox': ofInstallation({ primaryKey: ['id'], internal: ['id', 'entry'] }),
};

export type OwnedTable = TableEntry & { readonly name: string; readonly owner: Owner };

/** The tables that hold rows of accounts, each after those that it refers to. */
export const OWNED_TABLES: readonly OwnedTable[] = Object.entries(REGISTRY).flatMap(
  ([name, { owner, ...table }]) => (owner === null ? [] : [{ ...table, name, owner }]),
);

/** The tables that an export tells of. */
export const EXPORTED_TABLES = OWNED_TABLES.filter((table) => table.export.length > 0);

/** The tables that an import fills, each after those that it refers to. */
export const IMPORTED_TABLES = EXPORTED_TABLES.filter((table) => table.imported);
