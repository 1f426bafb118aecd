import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSentry } from '../../stand-ins/sentry.ts';
import { formsOf, newCanary } from '../harness/canary.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { hasSaid, startClipt } from './command.ts';

let database: TestDatabase;
let dir: string;
beforeAll(async () => {
  database = await createTestDatabase();
  dir = await mkdtemp(join(tmpdir(), 'clipt-last-words-'));
});
afterAll(async () => {
  await database.close();
  await rm(dir, { recursive: true, force: true });
});

/** How a process comes to an end that nobody foresaw, once it gets the signal. */
const escapes = {
  'an exception that nobody catches': (canary: string) => `throw new Error('${canary}')`,
  'a promise that nobody looks after': (canary: string) =>
    `void Promise.reject(Object.assign(new Error('${canary}'), { code: '${canary}' }))`,
};

/** A worker that ends so, and how: what it said, its status, and how long it took from the signal on. */
async function endWorker(fault: string, env: Readonly<Record<string, string>>) {
  const onSignal = `process.on('SIGUSR2', () => { ${fault} })`;
  const running = startClipt(dir, ['worker'], {
    ...{ DATABASE_URL: database.url, ...env },
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(onSignal)}`,
  });
  await hasSaid(running, 'Ctrl');
  const started = performance.now();
  running.child.kill('SIGUSR2');
  const ended = await running.ended;
  return { ...ended, tookMs: performance.now() - started };
}

test.for(Object.entries(escapes))(
  '%s is reported by its code alone, and ends the process',
  async ([, faultOf]) => {
    await using sentry = await startSentry();
    const canary = newCanary();
    const { status, stderr } = await endWorker(faultOf(canary), { SENTRY_DSN: sentry.dsn });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^clipt: .+$/m);
    expect(sentry.received.map(({ payload }) => payload['tags'])).toEqual([
      { code: 'internal', stage: 'process.failed' },
    ]);
    const sent = JSON.stringify([sentry.received, sentry.journal.entries, stderr]);
    expect(formsOf(canary).filter((form) => sent.includes(form))).toEqual([]);
  },
);

test('a Sentry that never answers keeps no process for longer than it may', async () => {
  await using sentry = await startSentry();
  sentry.faults.add({ route: 'envelope', fault: { kind: 'silence', when: 'before' } });
  const thrown = escapes['an exception that nobody catches']('x');
  const { status, tookMs } = await endWorker(thrown, { SENTRY_DSN: sentry.dsn });
  expect(status).toBe(1);
  expect(tookMs).toBeLessThan(8_000);
});

test('without a Sentry it ends as well', async () => {
  const { status } = await endWorker(escapes['a promise that nobody looks after']('x'), {});
  expect(status).toBe(1);
});
