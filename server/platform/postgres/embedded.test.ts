import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog as log } from '../log.ts';
import { openDatabase, retryOnLostConnection } from './database.ts';
import { sql } from './drizzle.ts';
import { openEmbeddedPostgres } from './embedded.ts';
import { readPidFile } from './pid-file.ts';

let root: string;

beforeEach(async () => {
  // 0700 and, for root, owned by root: what the server's unprivileged user cannot enter by itself.
  root = await realpath(await mkdtemp(join(tmpdir(), 'clipt-embedded-')));
});

afterEach(() => rm(root, { recursive: true, force: true }));

const serverPid = async (dataDir: string) =>
  (await readPidFile(join(dataDir, 'postgres', 'postmaster.pid')))?.pid;

const MODULE_URL = pathToFileURL(join(import.meta.dirname, 'database.ts')).href;
const LOG_URL = pathToFileURL(join(import.meta.dirname, '..', 'log.ts')).href;

/** Another clipt: opens the database of `dataDir`, runs `body` with `database`, prints what that returns. */
function startProcess(dataDir: string, body: string): ChildProcessByStdio<null, Readable, null> {
  const code = `
    const { openDatabase } = await import(${JSON.stringify(MODULE_URL)});
    const { silentLog: log } = await import(${JSON.stringify(LOG_URL)});
    const database = await openDatabase({ dataDir: ${JSON.stringify(dataDir)}, log });
    ${body}
    await database.close();
  `;
  return spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function runProcess(dataDir: string, body: string): Promise<number> {
  const [code] = await once(startProcess(dataDir, body), 'exit');
  return Number(code);
}

describe('one process', () => {
  test('the server starts with the first open, keeps its data, and is stopped by the close', async () => {
    for (const expected of [[], [{ word: 'kept' }]]) {
      const database = await openDatabase({ dataDir: root, log });
      const { db } = database;
      await db.execute(sql`create table if not exists mark (word text)`);
      expect((await db.execute(sql`select word from mark`)).rows).toEqual(expected);
      await db.execute(sql`insert into mark values ('kept')`);
      await database.close();
      expect(await serverPid(root)).toBeUndefined();
    }
  });

  test('the server syncs to disk, listens on no network, and logs neither statements nor values', async () => {
    const database = await openDatabase({ dataDir: root, log });
    try {
      const { rows } = await database.pool.query(
        `select current_setting('fsync') as fsync, current_setting('listen_addresses') as listen,
                current_setting('server_version_num')::int >= 180000 as recent`,
      );
      expect(rows).toEqual([{ fsync: 'on', listen: '', recent: true }]);
      await database.pool.query("select 'a secret'::int").catch(() => undefined);
      await database.pool.query('select $1::int', ['a secret']).catch(() => undefined);
    } finally {
      await database.close();
    }
    expect(await readFile(join(root, 'postgres.log'), 'utf8')).not.toContain('secret');
  });

  test.each([
    ['with spaces, quotes and a comma', `it's a "data", folder`],
    ['longer than a socket path may be', 'long/'.repeat(25)],
    ['open to everybody', '.'],
  ])('a data folder %s works', async (_, name) => {
    await chmod(root, 0o755);
    const dataDir = join(root, name);
    const server = await openEmbeddedPostgres({ dataDir, log });
    const client = new pg.Client({ ...server.connection, ssl: false });
    await client.connect();
    await client.end();
    await server.close();
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  test('an aborted opening leaves neither a server nor half a cluster', async () => {
    const signal = AbortSignal.timeout(150);
    await expect(openEmbeddedPostgres({ dataDir: root, log, signal })).rejects.toThrow();
    expect(await readdir(root)).toEqual([]);
  });
});

describe('several processes', () => {
  test('all that open a new folder at once work, and the last one stops the server', async () => {
    const note = `
      await database.pool.query('create table if not exists mark (pid int)').catch(() => undefined);
      await database.pool.query('insert into mark values ($1)', [process.pid]);
    `;
    const codes = await Promise.all([1, 2, 3].map(() => runProcess(root, note)));
    expect(codes).toEqual([0, 0, 0]);
    expect(await serverPid(root)).toBeUndefined();
    const database = await openDatabase({ dataDir: root, log });
    const { rows } = await database.pool.query('select count(*)::int as count from mark');
    await database.close();
    expect(rows).toEqual([{ count: 3 }]);
    expect((await readdir(root)).sort()).toEqual(['postgres', 'postgres.log']);
  });

  test('one that leaves while another comes does not take the server from it', async () => {
    for (let round = 0; round < 8; round++) {
      const first = await openDatabase({ dataDir: root, log });
      const leaving = first.close();
      const second = await openDatabase({ dataDir: root, log });
      await leaving;
      const { rows } = await second.pool.query('select 1 as one');
      expect(rows).toEqual([{ one: 1 }]);
      await second.close();
    }
  });

  test('a server that outlived a killed process is adopted with what was committed, and stopped', async () => {
    const killed = startProcess(
      root,
      `await database.pool.query('create table mark as select 1 as one');
       console.log('ready');
       await new Promise((resolve) => setTimeout(resolve, 60_000));`,
    );
    await once(killed.stdout, 'data');
    const pid = await serverPid(root);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const database = await openDatabase({ dataDir: root, log });
    expect(await serverPid(root)).toBe(pid);
    expect((await database.pool.query('select one from mark')).rows).toEqual([{ one: 1 }]);
    await database.close();
    expect(await serverPid(root)).toBeUndefined();
  });
});

describe('a server that dies', () => {
  test('is started again while it is in use, with everything committed, again and again', async () => {
    const database = await openDatabase({ dataDir: root, log });
    const heard: string[] = [];
    await database.listen('news', { onMessage: (payload) => heard.push(payload) });
    await database.pool.query('create table mark (round int)');
    for (const round of [1, 2, 3]) {
      const pid = (await serverPid(root)) ?? 0;
      process.kill(pid, 'SIGKILL');
      await retryOnLostConnection(() =>
        database.db.execute(sql`insert into mark values (${round})`),
      );
      await expect
        .poll(() => serverPid(root), { timeout: 20_000, interval: 20 })
        .not.toBeOneOf([pid, undefined]);
    }
    const { rows } = await database.pool.query(
      'select array_agg(round order by round) as rounds from mark',
    );
    expect(rows).toEqual([{ rounds: [1, 2, 3] }]);
    // The listener comes back by itself.
    await expect
      .poll(
        async () => {
          await database.pool.query("notify news, 'hello'");
          return heard.length;
        },
        { timeout: 20_000, interval: 50 },
      )
      .toBeGreaterThan(0);
    await database.close();
    expect(await serverPid(root)).toBeUndefined();
  });

  test('does not keep the next from starting by a session that is still busy', async () => {
    const database = await openDatabase({ dataDir: root, log });
    const busy = database.pool
      .query('select count(*) from generate_series(1, 300000000)')
      .catch(() => 'ended');
    await expect
      .poll(
        async () => {
          const active = await database.pool.query(
            "select 1 from pg_stat_activity where state = 'active' and query like '%300000000%' and pid <> pg_backend_pid()",
          );
          return active.rowCount;
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    process.kill((await serverPid(root)) ?? 0, 'SIGKILL');
    const killed = performance.now();
    expect(await busy).toBe('ended');
    await retryOnLostConnection(() => database.db.execute(sql`select 1`));
    expect(performance.now() - killed).toBeLessThan(25_000);
    await database.close();
  });

  test('leaves a lock file that names another program, which does not keep the next from starting', async () => {
    const first = await openEmbeddedPostgres({ dataDir: root, log });
    await first.close();
    const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const other = spawn('sleep', ['60'], { stdio: 'ignore', cwd: '/', ...account });
    try {
      await once(other, 'spawn');
      const pidFile = join(root, 'postgres', 'postmaster.pid');
      await writeFile(pidFile, `${other.pid}\n${root}/postgres\n1700000000\n5432\n/nowhere\n`);
      const second = await openEmbeddedPostgres({ dataDir: root, log });
      expect(await serverPid(root)).not.toBe(other.pid);
      await second.close();
    } finally {
      other.kill('SIGKILL');
    }
  });
});

describe('a server that was killed while it started', () => {
  test.each(['postmaster.pid', '.s.PGSQL.5432.lock'])(
    'leaves %s empty, which does not keep the next from starting',
    async (name) => {
      const first = await openEmbeddedPostgres({ dataDir: root, log });
      await first.close();
      const lock = join(root, 'postgres', name);
      await writeFile(lock, '');
      const second = await openEmbeddedPostgres({ dataDir: root, log });
      expect(await readFile(lock, 'utf8')).toContain(String(await serverPid(root)));
      await second.close();
    },
  );
});

describe('what the operator must put right', () => {
  test('a cluster of another major version is left alone and named', async () => {
    await mkdir(join(root, 'postgres'));
    await writeFile(join(root, 'postgres', 'PG_VERSION'), '15\n');

    await expect(openEmbeddedPostgres({ dataDir: root, log })).rejects.toMatchObject({
      code: 'database_other_version',
      message: expect.stringContaining('PostgreSQL 15'),
    });
    expect(await readFile(join(root, 'postgres', 'PG_VERSION'), 'utf8')).toBe('15\n');
  });

  test('a folder of something else is left alone', async () => {
    await mkdir(join(root, 'postgres'));
    await writeFile(join(root, 'postgres', 'diary.txt'), 'mine');
    await expect(openEmbeddedPostgres({ dataDir: root, log })).rejects.toMatchObject({
      code: 'database_folder_broken',
    });
    expect(await readdir(join(root, 'postgres'))).toEqual(['diary.txt']);
  });

  test('a data folder that cannot be made says so', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(
      openEmbeddedPostgres({ dataDir: join(root, 'file', 'data'), log }),
    ).rejects.toMatchObject({ code: 'database_folder_unwritable' });
  });

  test('a server setting it does not know ends the start with where to look, not a loop', async () => {
    await expect(
      openEmbeddedPostgres({ dataDir: root, log, settings: { no_such_setting: '1' } }),
    ).rejects.toMatchObject({
      code: 'database_start_failed',
      action: expect.stringContaining('postgres.log'),
    });
  });
});
