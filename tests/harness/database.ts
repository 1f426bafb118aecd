import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { silentLog } from '../../server/platform/log.ts';
import { type OpenDatabase, openDatabase } from '../../server/platform/postgres/database.ts';
import {
  type EmbeddedConnection,
  openEmbeddedPostgres,
} from '../../server/platform/postgres/embedded.ts';
import { migrate } from '../../server/platform/postgres/migrate.ts';

const MIGRATIONS_DIR = join(import.meta.dirname, '..', '..', 'server', 'migrations');
const TEMPLATE = 'clipt_template';
/** Serialises the making of the template between test files: "tmpl" in ASCII. */
const TEMPLATE_LOCK = 0x74_6d_70_6c;

/** Nothing of a test outlives it, so nothing is worth a sync. */
const TEST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
};

/** A database of one test file's own, with every migration applied. */
export type TestDatabase = Pick<OpenDatabase, 'db' | 'pool' | 'listen'> & {
  /** For code that opens the database itself: what DATABASE_URL would hold. */
  readonly url: string;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
};

/**
 * Clones the migrated template for the calling test file (about 50 ms; the first file of a run
 * starts the server too). Call it in `beforeAll` and `close` it in `afterAll`.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = await openAdmin();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await admin.run(async (client) => {
    await ensureTemplate(client, admin.connection);
    await client.query(`create database ${name} template ${TEMPLATE}`);
  });
  const url = makeUrl(admin.connection, name);
  const { db, pool, listen, close } = await openDatabase({ url, dataDir: '', log: silentLog });
  return {
    db,
    pool,
    listen,
    url,
    async close() {
      await close();
      await admin.run((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

type Admin = {
  readonly connection: EmbeddedConnection;
  run(work: (client: pg.Client) => Promise<unknown>): Promise<void>;
};

let opened: Promise<Admin> | undefined;

/** The run's server; never closed here, so that it stays up for the files that follow. */
function openAdmin(): Promise<Admin> {
  opened ??= (async () => {
    const { connection } = await openEmbeddedPostgres({
      dataDir: inject('testDataDir'),
      log: silentLog,
      settings: TEST_SETTINGS,
    });
    return {
      connection,
      run: (work) => withClient({ ...connection, ssl: false }, work),
    };
  })();
  return opened;
}

async function withClient(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Migrates the template once in a run, under another name until it is complete. */
async function ensureTemplate(client: pg.Client, connection: EmbeddedConnection): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [
      TEMPLATE,
    ]);
    if (rowCount === 1) return;
    const draft = `${TEMPLATE}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}`);
    const pool = new pg.Pool({ ...connection, database: draft, ssl: false, max: 1 });
    try {
      await migrate({ pool, dir: MIGRATIONS_DIR, log: silentLog });
    } finally {
      await pool.end();
    }
    await client.query(`alter database ${draft} rename to ${TEMPLATE}`);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

function makeUrl({ host, user }: EmbeddedConnection, database: string): string {
  const query = new URLSearchParams({ host });
  return `postgresql://${user}@/${database}?${query}`;
}
