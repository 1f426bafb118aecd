import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/database.ts';
import { silentLog } from '../log.ts';
import { defineQueue, openQueue } from './queue.ts';

/** Another worker has a killed worker's job within this. */
const TAKEOVER_LIMIT_MS = 30_000;

const steps = defineQueue({
  name: 'takeover',
  payload: z.object({ step: z.string() }),
  retryDelaySeconds: 0,
});

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.close());

/** A worker in a process of its own that takes one job, says so, and never ends it. */
const endlessWorker = (url: string) => `
  const at = ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '..')).href)};
  const { openDatabase } = await import(at + '/postgres/database.ts');
  const { openQueue } = await import(at + '/queue/queue.ts');
  const { silentLog: log } = await import(at + '/log.ts');
  const database = await openDatabase({ url: ${JSON.stringify(url)}, dataDir: '', log });
  const payload = { safeParse: (data) => ({ success: true, data }) };
  const steps = { ...${JSON.stringify(steps)}, payload };
  const queue = await openQueue({ database, log, queues: [steps] });
  await queue.work(steps, { concurrency: 1 }, () => {
    console.log('took it');
    return new Promise(() => undefined);
  });
`;

test('a job of a worker killed with -9 is taken over by another worker within 30 s', async () => {
  const queue = await openQueue({ database, log: silentLog, queues: [steps] });
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', endlessWorker(database.url)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await queue.send(steps, { step: 'clip' });
    await once(child.stdout, 'data');
    const killed = performance.now();
    child.kill('SIGKILL');
    const taken = Promise.withResolvers<number>();
    await queue.work(steps, { concurrency: 1 }, async ({ attempt }) => taken.resolve(attempt));
    expect(await taken.promise).toBe(2);
    expect(performance.now() - killed).toBeLessThan(TAKEOVER_LIMIT_MS);
  } finally {
    child.kill('SIGKILL');
    await queue.stop({ timeoutMs: 1_000 });
  }
});
