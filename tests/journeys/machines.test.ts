import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { S3_BUCKET, S3_KEYS, type S3Server, startS3Server } from '../harness/s3-server.ts';
import { clipt, hasSaid, readReport, startClipt } from './command.ts';

/** Machines that share nothing but a database server and a bucket. */
let dir: string;
let database: TestDatabase;
let s3: S3Server;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-machines-'));
  await mkdir(join(dir, 's3'));
  [database, s3] = await Promise.all([createTestDatabase(), startS3Server(join(dir, 's3'))]);
});

afterAll(async () => {
  await database.close();
  await s3.close();
  await rm(dir, { recursive: true, force: true });
});

test('a worker killed on one machine is replaced by another, and nothing lies in a data folder', async () => {
  const env = {
    DATABASE_URL: database.url,
    S3_ENDPOINT: s3.endpoint,
    S3_REGION: 'us-east-1',
    S3_BUCKET,
    S3_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
    S3_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
  };
  const script = join(dir, 'shared.txt');
  await writeFile(script, 'The heron waits.\n\nThe fish does not.');
  const film = join(dir, 'shared.mp4');
  const cheap = ['--format', '1:1', '--preset', 'draft', '--json'];
  const args = ['make', '--script', script, '-o', film, ...cheap];

  const doomed = startClipt(join(dir, 'first'), args, env);
  await hasSaid(doomed, 'speak');
  doomed.child.kill('SIGKILL');
  await doomed.ended;

  // The second machine joins the run that the first one left.
  const report = readReport(await clipt(join(dir, 'second'), args, env));
  expect(report).toMatchObject({ status: 'succeeded', check: { ok: true } });
  expect((await stat(film)).size).toBeGreaterThan(10_000);
  for (const machine of ['first', 'second']) {
    const kept = await readdir(join(dir, machine));
    expect(kept).not.toContain('postgres');
    expect(kept).not.toContain('objects');
  }
});
