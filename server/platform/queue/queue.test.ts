import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/database.ts';
import { silentLog } from '../log.ts';
import { openDatabase } from '../postgres/database.ts';
import { sql } from '../postgres/drizzle.ts';
import { Problem } from '../problem.ts';
import { defineQueue, openQueue, type Queue, type QueueDefinition } from './queue.ts';

type Step = { readonly step: string };
const stepPayload = z.object({ step: z.string() });

/** Where pg-boss announces jobs, by the name of its schema. */
const CHANNEL = `pgboss_${createHash('sha224').update('pgboss').digest('hex').slice(0, 24)}`;

const FIRST = { before: null, limit: 10 };

let database: TestDatabase;
let names = 0;
const open: Queue[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((queue) => queue.stop({ timeoutMs: 1_000 })));
});

afterAll(() => database.close());

/** A queue of this test's own, so that no test sees another's jobs. */
function makeDefinition(rules: Partial<QueueDefinition<Step>> = {}): QueueDefinition<Step> {
  names += 1;
  return defineQueue({ name: `test-${names}`, payload: stepPayload, ...rules });
}

async function openFor(definition: QueueDefinition<Step>, works = true): Promise<Queue> {
  const queue = await openQueue({ database, log: silentLog, queues: [definition], works });
  open.push(queue);
  return queue;
}

test('processes that install the queue at once all get it', async () => {
  const fresh = await createTestDatabase();
  const steps = makeDefinition();
  const { url } = fresh;
  const processes = await Promise.all(
    [1, 2, 3, 4].map(() => openDatabase({ url, dataDir: '', log: silentLog })),
  );
  // They meet within a millisecond or two, so they are let meet often.
  for (let round = 0; round < 10; round += 1) {
    await fresh.pool.query('drop schema if exists pgboss cascade');
    const queues = await Promise.all(
      processes.map((process) =>
        openQueue({ database: process, log: silentLog, queues: [steps], works: false }),
      ),
    );
    for (const queue of queues) expect(await queue.send(steps, { step: 'voice' })).toBeDefined();
    await Promise.all(queues.map((queue) => queue.stop({ timeoutMs: 0 })));
  }
  await Promise.all(processes.map((process) => process.close()));
  await fresh.close();
});

describe('sending', () => {
  test('a sent job runs with its payload', async () => {
    const steps = makeDefinition();
    const queue = await openFor(steps);
    const ran = Promise.withResolvers<string>();
    await queue.work(steps, { concurrency: 1 }, async ({ payload, attempt }) => {
      ran.resolve(`${payload.step} ${attempt}`);
    });
    await queue.send(steps, { step: 'voice' });
    expect(await ran.promise).toBe('voice 1');
  });

  test('a job sent in a transaction that rolls back never runs, and one that commits does', async () => {
    const steps = makeDefinition();
    const queue = await openFor(steps);
    const ran: string[] = [];
    const last = Promise.withResolvers<void>();
    await queue.work(steps, { concurrency: 1 }, async ({ payload }) => {
      ran.push(payload.step);
      if (payload.step === 'last') last.resolve();
    });
    const failing = database.db.transaction(async (tx) => {
      await queue.send(steps, { step: 'lost' }, { tx });
      throw new Problem({ kind: 'conflict', code: 'changed_mind', message: 'No.' });
    });
    await expect(failing).rejects.toThrow('No.');
    await database.db.transaction(async (tx) => {
      await queue.send(steps, { step: 'kept' }, { tx });
    });
    await queue.send(steps, { step: 'last' }, { priority: -1 });
    await last.promise;
    expect(ran).toEqual(['kept', 'last']);
  });

  test('of waiting jobs with one key there is one, and a running one does not count', async () => {
    const steps = makeDefinition();
    const queue = await openFor(steps);
    const send = () => queue.send(steps, { step: 'clip' }, { singletonKey: 'clip' });
    expect(await send()).toBeDefined();
    expect(await send()).toBeUndefined();
    const sent = Promise.withResolvers<string | undefined>();
    await queue.work(steps, { concurrency: 1 }, async () => sent.resolve(await send()));
    expect(await sent.promise).toBeDefined();
  });

  test('a payload of another form is refused', async () => {
    const steps = makeDefinition();
    const queue = await openFor(steps, false);
    const strict = { ...steps, payload: stepPayload.refine(({ step }) => step !== 'x') };
    await expect(queue.send(strict, { step: 'x' })).rejects.toMatchObject({
      code: 'queue_payload_invalid',
    });
  });

  test('a job for now that is sent in a transaction is announced when that commits', async () => {
    const steps = makeDefinition();
    const queue = await openFor(steps, false);
    const announced: string[] = [];
    const close = await database.listen(CHANNEL, { onMessage: (name) => announced.push(name) });
    await database.db.transaction(async (tx) => {
      // The transaction's time is its first statement's, which the job comes well after.
      await tx.execute(sql`select pg_sleep(0.05)`);
      await queue.send(steps, { step: 'voice' }, { tx, startAfterMs: 0 });
    });
    await expect.poll(() => announced, { timeout: 30_000 }).toEqual([steps.name]);
    await close();
  });

  test('jobs whose delay is over are run at once on every idle slot, whichever slots are busy', async () => {
    const steps = makeDefinition();
    const queue = await openFor(steps);
    const blocked = Promise.withResolvers<void>();
    const running = new Set<string>();
    const begun = new Map([1, 2, 3, 4].map((n) => [`${n}`, Promise.withResolvers<number>()]));
    await queue.work(steps, { concurrency: 4 }, async ({ payload }) => {
      running.add(payload.step);
      begun.get(payload.step)?.resolve(performance.now());
      await blocked.promise;
    });
    await queue.send(steps, { step: '1' });
    await begun.get('1')?.promise;
    const sent = performance.now();
    for (const step of ['2', '3', '4']) await queue.send(steps, { step }, { startAfterMs: 1_000 });
    const times = await Promise.all([...begun.values()].map(({ promise }) => promise));
    expect(running.size).toBe(4);
    // A slot that waited for its own backstop would begin ten seconds after the last look.
    expect(Math.max(...times) - sent).toBeLessThan(9_000);
    blocked.resolve();
  });

  test('short jobs follow one another without waiting for the poll', async () => {
    const steps = makeDefinition();
    const queue = await openFor(steps);
    const jobCount = 40;
    for (let index = 0; index < jobCount; index++) await queue.send(steps, { step: `${index}` });
    const done = Promise.withResolvers<void>();
    let count = 0;
    const started = performance.now();
    await queue.work(steps, { concurrency: 1 }, async () => {
      count += 1;
      if (count === jobCount) done.resolve();
    });
    await done.promise;
    // With the poll between them they would take 20 s.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('failing', () => {
  test('a job that keeps failing becomes a dead letter with its code alone, and can be retried', async () => {
    const steps = makeDefinition({ retryLimit: 1, retryDelaySeconds: 0 });
    const queue = await openFor(steps);
    const again = Promise.withResolvers<void>();
    let healed = false;
    await queue.work(steps, { concurrency: 1 }, async () => {
      if (healed) return again.resolve();
      throw new Error('a secret prompt');
    });
    await queue.send(steps, { step: 'clip' });
    const [letter] = await expect
      .poll(() => queue.deadLetters(FIRST), { timeout: 20_000, interval: 100 })
      .toHaveLength(1)
      .then(() => queue.deadLetters(FIRST));
    if (!letter) throw new Error('There is no dead letter.');
    expect(letter).toMatchObject({
      ...{ queue: steps.name, payload: { step: 'clip' }, attempts: 2, code: 'internal' },
      place: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    const kept = await database.pool.query(
      "select count(*)::int as count from pgboss.job where output::text like '%secret%'",
    );
    expect(kept.rows).toEqual([{ count: 0 }]);
    healed = true;
    const retry = () => database.db.transaction((tx) => queue.retryDeadLetter(tx, letter.id));
    const undone = database.db.transaction(async (tx) => {
      expect(await queue.retryDeadLetter(tx, letter.id)).toBe(true);
      throw new Problem({ kind: 'conflict', code: 'changed_mind', message: 'No.' });
    });
    await expect(undone).rejects.toThrow('No.');
    expect(await queue.deadLetters(FIRST)).toEqual([letter]);
    const ends = await Promise.all(Array.from({ length: 5 }, retry));
    expect(ends.filter((end) => end)).toHaveLength(1);
    await again.promise;
    expect(await retry()).toBe(false);
    expect(await queue.deadLetters(FIRST)).toEqual([]);
  });

  test('a job whose payload this version does not know goes to the dead letters at once', async () => {
    const steps = makeDefinition({ retryLimit: 3 });
    const queue = await openFor(steps);
    await queue.send({ ...steps, payload: z.any() }, { step: 'x' });
    const stricter = { ...steps, payload: stepPayload.extend({ added: z.string() }) };
    await queue.work(stricter, { concurrency: 1 }, async () => undefined);
    await expect
      .poll(() => queue.deadLetters(FIRST), { timeout: 20_000, interval: 100 })
      .toHaveLength(1);
  });
});

test('dead letters of all queues come newest first, page by page, and another’s do not come', async () => {
  const [one, two, other] = [makeDefinition(), makeDefinition(), makeDefinition()];
  const queue = await openQueue({ database, log: silentLog, queues: [one, two], works: false });
  open.push(queue, await openFor(other, false));
  await database.pool.query(
    `insert into pgboss.job (name, data, source_name, source_retry_count, created_on)
     select name || '.dead', json_build_object('step', n), name, 3, now() - n * interval '1 second'
     from unnest($1::text[]) name, generate_series(1, 3) n`,
    [[one.name, two.name, other.name]],
  );
  const all = await queue.deadLetters({ before: null, limit: 100 });
  expect(all.map(({ payload }) => payload)).toEqual([1, 1, 2, 2, 3, 3].map((step) => ({ step })));
  expect(new Set(all.map(({ queue: name }) => name))).toEqual(new Set([one.name, two.name]));
  const first = await queue.deadLetters({ before: null, limit: 3 });
  const rest = await queue.deadLetters({ before: first.at(-1)?.place ?? null, limit: 100 });
  expect([...first, ...rest]).toEqual(all);
});

describe('stopping', () => {
  test('stop fires the signal of a run that outlasts it, and the job runs elsewhere as if for the first time', async () => {
    const steps = makeDefinition();
    const first = await openFor(steps);
    const started = Promise.withResolvers<void>();
    await first.work(steps, { concurrency: 1 }, async ({ signal }) => {
      started.resolve();
      await once(signal, 'abort');
      signal.throwIfAborted();
    });
    await first.send(steps, { step: 'clip' });
    await started.promise;
    const stopped = performance.now();
    await first.stop({ timeoutMs: 50 });
    expect(performance.now() - stopped).toBeLessThan(2_000);
    const second = await openFor(steps);
    const attempt = Promise.withResolvers<number>();
    await second.work(steps, { concurrency: 1 }, async (job) => attempt.resolve(job.attempt));
    expect(await attempt.promise).toBe(1);
  });
});
