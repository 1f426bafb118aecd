import { Problem, type ProblemInit } from '../problem.ts';

/** What the database, or the embedded server behind it, could not do. */
export class DatabaseProblem extends Problem {}

/** The way out that always exists: somebody else's server. */
const BRING_YOUR_OWN = 'set DATABASE_URL to a PostgreSQL 16 or newer server';

const problem = (init: ProblemInit) => new DatabaseProblem(init);

export const unsupportedPlatform = (cause?: unknown) =>
  problem({
    kind: 'invalid',
    code: 'database_unsupported_platform',
    message: 'The embedded database does not run on this operating system.',
    action: `On this platform ${BRING_YOUR_OWN}.`,
    cause,
  });

export const unwritableFolder = (cause?: unknown) =>
  problem({
    kind: 'invalid',
    code: 'database_folder_unwritable',
    message: 'The data folder cannot be written.',
    action: `Make the data folder writable for the user who runs clipt, choose another with CLIPT_DATA_DIR, or ${BRING_YOUR_OWN}.`,
    cause,
  });

export const foreignFolder = (ownerUid?: number) =>
  problem({
    kind: 'invalid',
    code: 'database_folder_foreign',
    message: `The database in the data folder belongs to another user${ownerUid === undefined ? '' : ` (uid ${ownerUid})`}.`,
    action:
      'Run clipt as the user who made the data folder (root, when it was made with sudo), or choose another folder with CLIPT_DATA_DIR.',
  });

export const unreachableFolder = (cause?: unknown) =>
  problem({
    kind: 'invalid',
    code: 'database_folder_unreachable',
    message:
      'clipt runs as root, PostgreSQL may not, and the unprivileged user that runs it instead cannot share this folder with clipt.',
    action: `Move clipt and its data folder out of root's home (to /opt/clipt, say), run clipt as an ordinary user, or ${BRING_YOUR_OWN}.`,
    cause,
  });

export const otherMajorVersion = (found: string, wanted: string) =>
  problem({
    kind: 'invalid',
    code: 'database_other_version',
    message: `The data folder holds a PostgreSQL ${found} database and this clipt brings PostgreSQL ${wanted}.`,
    action: `Start the clipt version that made it and move the data over with pg_dump, choose an empty folder with CLIPT_DATA_DIR, or run a PostgreSQL ${found} server on that folder and set DATABASE_URL to it.`,
  });

export const brokenCluster = () =>
  problem({
    kind: 'invalid',
    code: 'database_folder_broken',
    message: 'The folder `postgres` inside the data folder is not a PostgreSQL database.',
    action:
      'Put the right data folder back from a backup, or move that folder away to begin with an empty database.',
  });

export const diskFull = (cause?: unknown) =>
  problem({
    kind: 'exhausted',
    code: 'disk_full',
    message: 'The disk that holds the database is full.',
    action: 'Free some space (about 200 MB to start with) and run the command again.',
    retryable: true,
    cause,
  });

export const namelessUser = (cause?: unknown) =>
  problem({
    kind: 'invalid',
    code: 'database_nameless_user',
    message: 'PostgreSQL does not run as a user whom this machine has no name for.',
    action: `Run clipt as a user listed in /etc/passwd (in a container: leave \`--user\` out, or add the user to the image), or ${BRING_YOUR_OWN}.`,
    cause,
  });

export const initFailed = (cause?: unknown) =>
  problem({
    kind: 'internal',
    code: 'database_init_failed',
    message: 'A new database could not be created in the data folder.',
    action: `Read postgres.log in the data folder for the reason, or ${BRING_YOUR_OWN}.`,
    retryable: true,
    cause,
  });

export const startFailed = (cause?: unknown) =>
  problem({
    kind: 'internal',
    code: 'database_start_failed',
    message: 'The embedded database did not start.',
    action: `Read the end of postgres.log in the data folder for the reason, or ${BRING_YOUR_OWN}.`,
    retryable: true,
    cause,
  });

export const databaseUnavailable = (cause?: unknown) =>
  problem({
    kind: 'upstream',
    code: 'database_unavailable',
    message: 'The database cannot be reached.',
    action: 'Try again in a moment; if it stays, check DATABASE_URL or run `./clipt doctor`.',
    retryable: true,
    cause,
  });

export const databaseConflict = (cause?: unknown) =>
  problem({
    kind: 'upstream',
    code: 'database_conflict',
    message: 'Two changes to the same data met, and this one gave way.',
    action: 'Try again.',
    retryable: true,
    cause,
  });

export const databaseTimeout = (cause?: unknown) =>
  problem({
    kind: 'upstream',
    code: 'database_timeout',
    message: 'The database took longer than its limit.',
    action: 'Try again in a moment.',
    retryable: true,
    cause,
  });

export const databaseRejected = (cause?: unknown) =>
  problem({
    kind: 'internal',
    code: 'database_rejected',
    message: 'The database refused a statement of clipt.',
    action: 'Run the command again; if it stays, run `./clipt doctor` and report its output.',
    cause,
  });

export const databaseRolledBack = () =>
  problem({
    kind: 'internal',
    code: 'database_rolled_back',
    message: 'A statement of clipt failed, and so nothing of the change was stored.',
    action: 'Run the command again; if it stays, run `./clipt doctor` and report its output.',
  });

export const databaseDenied = (cause?: unknown) =>
  problem({
    kind: 'invalid',
    code: 'database_denied',
    message: 'The database does not accept the name, password or database of DATABASE_URL.',
    action:
      'Correct DATABASE_URL: its form is postgresql://user:password@host:5432/database?sslmode=require.',
    cause,
  });

export const databaseTooOld = (found: string) =>
  problem({
    kind: 'invalid',
    code: 'database_too_old',
    message: `The server of DATABASE_URL is PostgreSQL ${found}; clipt needs 16 or newer.`,
    action: 'Point DATABASE_URL at a newer server, or unset it to use the embedded one.',
  });

export const migrationMisnamed = (file: string) =>
  problem({
    kind: 'internal',
    code: 'migration_misnamed',
    message: `The migration ${file} is not the next one, or not named like 0001-name.sql.`,
    action: 'Number the migrations 0001, 0002, … without a gap or a double.',
  });

export const migrationAltered = (file: string) =>
  problem({
    kind: 'invalid',
    code: 'migration_altered',
    message: `The migration ${file} was changed after this database applied it.`,
    action: 'Restore the file as it was; a change to the tables goes into a new migration.',
  });

export const databaseNewer = (applied: number, known: number) =>
  problem({
    kind: 'invalid',
    code: 'database_newer',
    message: `The database is at migration ${applied} and this clipt knows ${known}: a newer clipt has used it.`,
    action: 'Update clipt to at least the version that used this database last.',
  });

export const migrationFailed = (file: string, cause: unknown) =>
  problem({
    kind: 'internal',
    code: 'migration_failed',
    message: `The migration ${file} failed; the database is as it was before it.`,
    action: 'Report this with the output of `./clipt doctor`.',
    cause,
  });
