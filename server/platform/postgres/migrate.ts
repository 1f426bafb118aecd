import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Log } from '../log.ts';
import { asDatabaseProblem } from './driver-problems.ts';
import { hasErrorCode } from './error-codes.ts';
import { databaseNewer, migrationAltered, migrationFailed, migrationMisnamed } from './errors.ts';

/** One migration file: `number` from its name, `hash` the SHA-256 of its text in hex. */
export type Migration = {
  readonly number: number;
  readonly file: string;
  readonly text: string;
  readonly hash: string;
};

/** A migration that a database has had, as it remembers it. */
export type AppliedMigration = {
  readonly number: number;
  readonly file: string;
  readonly hash: string;
};

export type MigrateOptions = {
  readonly pool: pg.Pool;
  /** Folder of `0001-name.sql` files; a missing folder has none. */
  readonly dir: string;
  readonly log: Log;
};

/** Serialises migrations of one database: "migr" in ASCII, our own choice. */
const MIGRATION_LOCK = 0x6d_69_67_72;

const LONGEST_MIGRATION_MS = 3_600_000;

const CREATE_TABLE = `create table if not exists applied_migration (
  number integer primary key,
  file text not null,
  hash text not null,
  applied_at timestamptz not null default now()
)`;
const READ_APPLIED = 'select number, file, hash from applied_migration order by number';

/**
 * Brings the database to the newest migration: each file in its own transaction, one process at a
 * time. A database that is there already costs one query.
 *
 * @returns how many were applied now.
 * @throws DatabaseProblem when a file was altered after it was applied, when the database is newer
 *   than the files, when the files are misnumbered, or when one fails.
 */
export async function migrate({ pool, dir, log }: MigrateOptions): Promise<number> {
  const migrations = await readMigrations(dir);
  try {
    if (pendingMigrations(migrations, await readApplied(pool)).length === 0) return 0;
    return await migrateLocked(pool, migrations, log);
  } catch (error) {
    throw asDatabaseProblem(error);
  }
}

/** Reads and checks the files of `dir`, in order. */
export async function readMigrations(dir: string): Promise<readonly Migration[]> {
  const names = await readdir(dir).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(file)?.[1]);
      if (number !== index + 1) throw migrationMisnamed(file);
      const text = await readFile(join(dir, file), 'utf8');
      return { number, file, text, hash: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/** The migrations still to apply; throws when what was applied is not a beginning of what we have. */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  const newest = applied.at(-1);
  if (newest !== undefined && newest.number > migrations.length) {
    throw databaseNewer(newest.number, migrations.length);
  }
  for (const { number, hash } of applied) {
    const known = migrations[number - 1];
    if (known !== undefined && known.hash !== hash) throw migrationAltered(known.file);
  }
  const done = new Set(applied.map(({ number }) => number));
  return migrations.filter(({ number }) => !done.has(number));
}

async function readApplied(
  client: Pick<pg.ClientBase, 'query'>,
): Promise<readonly AppliedMigration[]> {
  try {
    return (await client.query<AppliedMigration>(READ_APPLIED)).rows;
  } catch (error) {
    // A database that has had none.
    if (hasErrorCode(error, '42P01')) return [];
    throw error;
  }
}

async function migrateLocked(
  pool: pg.Pool,
  migrations: readonly Migration[],
  log: Log,
): Promise<number> {
  const client = await pool.connect();
  let broken = true;
  try {
    // A migration, and the wait for another process's, may take longer than a query may.
    await client.query('set statement_timeout = 0; set lock_timeout = 0');
    await client.query(unhurried(`select pg_advisory_lock(${MIGRATION_LOCK})`));
    await client.query(CREATE_TABLE);
    const pending = pendingMigrations(migrations, await readApplied(client));
    for (const migration of pending) await apply(client, migration, log);
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await client.query('reset statement_timeout; reset lock_timeout');
    broken = false;
    return pending.length;
  } finally {
    // A closed connection gives its locks back.
    client.release(broken);
  }
}

/** The driver's own limit on a query, lifted for one that may take long (see pg's client.js). */
function unhurried(text: string): pg.QueryConfig & { readonly query_timeout: number } {
  return { text, query_timeout: LONGEST_MIGRATION_MS };
}

async function apply(client: pg.PoolClient, migration: Migration, log: Log): Promise<void> {
  const started = performance.now();
  const { number, file, text, hash } = migration;
  try {
    await client.query('begin');
    await client.query(unhurried(text));
    await client.query('insert into applied_migration (number, file, hash) values ($1, $2, $3)', [
      number,
      file,
      hash,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    const problem = asDatabaseProblem(error);
    throw problem.code === 'database_rejected' ? migrationFailed(file, error) : problem;
  }
  log.info('migration applied', {
    count: number,
    duration_ms: Math.round(performance.now() - started),
  });
}
