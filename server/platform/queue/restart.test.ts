import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { silentLog as log } from '../log.ts';
import { type OpenDatabase, openDatabase, retryOnLostConnection } from '../postgres/database.ts';
import { defineQueue, openQueue } from './queue.ts';

const steps = defineQueue({
  name: 'restart',
  payload: z.object({ step: z.string() }),
  retryDelaySeconds: 0,
});

let dataDir: string;
let database: OpenDatabase;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'clipt-queue-'));
  database = await openDatabase({ dataDir, log });
});

afterEach(async () => {
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** What a crash of the machine's database looks like from here. */
async function killServer(): Promise<void> {
  const { rows } = await database.pool.query<{ pid: number }>(
    `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`,
  );
  for (const { pid } of rows) process.kill(pid, 'SIGKILL');
}

test('workers go on by themselves after the database was killed, and no sent job is lost', async () => {
  const queue = await openQueue({ database, log, queues: [steps] });
  const ran = new Set<string>();
  await queue.work(steps, { concurrency: 2 }, async ({ payload }) => {
    ran.add(payload.step);
  });
  const sent: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (const step of [`${round} before`, `${round} after`]) {
      await retryOnLostConnection(() => queue.send(steps, { step }));
      sent.push(step);
      if (step.endsWith('before')) await killServer().catch(() => undefined);
    }
  }
  await expect
    .poll(() => [...ran].sort(), { timeout: 45_000, interval: 100 })
    .toEqual(sent.toSorted());
  await queue.stop({ timeoutMs: 1_000 });
});
