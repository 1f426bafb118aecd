import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import {
  S3_BUCKET,
  S3_KEYS,
  type S3Server,
  startGuardedS3,
  startS3Server,
} from '../harness/s3-server.ts';
import { clipt } from './command.ts';

/** What `doctor` says of a bucket, by what somebody without a key may do in it. */

let dir: string;
let database: TestDatabase;
let open: S3Server;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-storage-'));
  await mkdir(join(dir, 's3'));
  [database, open] = await Promise.all([createTestDatabase(), startS3Server(join(dir, 's3'))]);
});
afterAll(async () => {
  await database.close();
  await open.close();
  await rm(dir, { recursive: true, force: true });
});

const report = z.object({
  findings: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});

async function examine(endpoint: string) {
  const { stdout } = await clipt(join(dir, 'data'), ['doctor', '--json'], {
    ...{ DATABASE_URL: database.url, S3_ENDPOINT: endpoint, S3_REGION: 'us-east-1' },
    ...{ S3_BUCKET, S3_ACCESS_KEY_ID: S3_KEYS.accessKeyId },
    S3_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
  });
  const { findings } = report.parse(JSON.parse(stdout));
  return findings.find(({ name }) => name === 'Objects');
}

async function examineBehind(policy: 'private' | 'reads') {
  const guarded = await startGuardedS3(open.endpoint, policy);
  try {
    return await examine(guarded.endpoint);
  } finally {
    await guarded.close();
  }
}

test('a bucket that anybody can list fails, with the fix', async () => {
  const found = await examine(open.endpoint);
  expect(found?.ok).toBe(false);
  expect(found?.detail).toMatch(/^anybody can list the bucket .*make it private/);
});

test('a bucket whose objects anybody can read fails, although it is not listed', async () => {
  const found = await examineBehind('reads');
  expect(found?.ok).toBe(false);
  expect(found?.detail).toMatch(/^anybody can read the objects .*make it private/);
});

test('a private bucket passes, and nothing is left in it', async () => {
  expect(await examineBehind('private')).toEqual({
    ...{ name: 'Objects', ok: true, detail: `bucket ${S3_BUCKET}, closed to everybody else` },
  });
  const left = await readdir(join(dir, 's3', S3_BUCKET), { recursive: true });
  expect(left.filter((name) => name.includes('doctor/'))).toEqual([]);
});

test('a storage that cannot be reached is not taken for private', async () => {
  const found = await examine('http://127.0.0.1:9');
  expect(found?.ok).toBe(false);
});
