import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../harness/database.ts';
import { CLI, clipt, hasSaid, startClipt } from './command.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-start-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const hosted = {
  CLIPT_URL: 'https://clipt.example/',
  CLIPT_SECURITY_CONTACT: 'security@clipt.example',
  ...{ AUTH_GOOGLE_ID: 'id', AUTH_GOOGLE_SECRET: 'secret' },
};

test('an installation for everybody says where it listens, and what Google has to know', async () => {
  await using stack = new AsyncDisposableStack();
  const database = await createTestDatabase();
  stack.defer(() => database.close());
  const env = { ...hosted, DATABASE_URL: database.url, CLIPT_PORT: '0', CLIPT_ROLE: 'web' };
  const { child, ended } = startClipt(dir, ['start'], env);
  const said = new Promise((resolve) => child.stdout?.once('data', resolve));
  await Promise.race([said, ended]);
  child.kill();
  const { stdout, stderr, status } = await ended;
  expect([status, stderr]).toEqual([0, 'Stopping …\n']);
  expect(stdout).toMatch(
    /^clipt is running at https:\/\/clipt\.example, and listens on http:\/\/127\.0\.0\.1:\d+\n/,
  );
  expect(stdout).toContain('https://clipt.example/auth/callback/google\n');
});

test('a service logs what goes wrong without being asked to', async () => {
  await using stack = new AsyncDisposableStack();
  const database = await createTestDatabase();
  stack.defer(() => database.close());
  const env = { DATABASE_URL: database.url, CLIPT_PORT: '0', CLIPT_ROLE: 'web' };
  const running = startClipt(dir, ['start'], env);
  const said = new Promise((resolve) => running.child.stdout?.once('data', resolve));
  await Promise.race([said, running.ended]);
  const logged = hasSaid(running, '"msg":"database connection lost"');
  await database.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'clipt' and pid <> pg_backend_pid()`);
  await logged;
  running.child.kill();
  expect((await running.ended).status).toBe(0);
});

test('an installation of one’s own that is stopped says so, and nothing of connections that end with it', async () => {
  const { child, ended } = startClipt(dir, ['start'], { CLIPT_PORT: '0' });
  const said = new Promise((resolve) => child.stdout?.once('data', resolve));
  await Promise.race([said, ended]);
  child.kill();
  const { stdout, stderr, status } = await ended;
  expect([status, stderr]).toEqual([0, 'Stopping …\n']);
  expect(stdout).toMatch(/^clipt is running at http:\/\/localhost:\d+\n/);
});

test('nothing starts without https where everybody may sign in, and the sentence says what to do', async () => {
  const { status, stderr } = await clipt(dir, ['start'], {
    ...{ ...hosted, CLIPT_URL: 'http://clipt.example' },
  });
  expect([status, stderr]).toEqual([
    1,
    'clipt: CLIPT_URL has to be the https address that people reach this installation at. Correct CLIPT_URL in the environment or in .env, or remove it.\n',
  ]);
});

test('a reader who has read enough is no fault', async () => {
  const child = spawn(process.execPath, [CLI, 'make', '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const [[status], said] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  expect([status, said]).toEqual([0, '']);
});
