import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { eq, sql } from '../../server/platform/postgres/drizzle.ts';
import { Problem } from '../../server/platform/problem.ts';
import { DEFAULT_LOOK } from '../../server/videos/contract.ts';
import * as runStore from '../../server/videos/run-store.ts';
import { steps as stepTable } from '../../server/videos/schema.ts';
import * as stepStore from '../../server/videos/step-store.ts';
import { openToyPipeline, scriptOf, type ToyOptions } from './toy-pipeline.ts';

let opened: Awaited<ReturnType<typeof openToyPipeline>> | null = null;

async function open(options: ToyOptions = {}) {
  opened = await openToyPipeline(options);
  return opened;
}

afterEach(async () => {
  await opened?.end();
  opened = null;
});

const never = new AbortController().signal;

describe('a run', () => {
  test('performs every step once and ends with its files', async () => {
    const toy = await open();
    const { runId } = await toy.make(scriptOf('One.', 'Two.', 'Three.'));
    await toy.workOff();
    const view = await toy.view(runId);
    expect(view.status).toBe('succeeded');
    expect(view.progress).toBe(1);
    expect(view.render?.files).toHaveLength(1);
    expect(toy.performed).toHaveLength(2 + 3 * 4 + 4);
    expect(new Set(toy.performed.map((p) => `${p.kind} ${p.scene}`)).size).toBe(18);
  });

  test('of a topic plans its scenes when the script is there', async () => {
    const toy = await open();
    const { runId } = await toy.make({
      kind: 'topic',
      topic: 'Toys',
      seconds: 30,
      language: 'en',
    });
    expect((await toy.view(runId)).steps).toHaveLength(2);
    await toy.workOff();
    const view = await toy.view(runId);
    expect(view.scenes.map((scene) => scene.narration)).toEqual(['Toys one.', 'Toys two.']);
    expect(view.status).toBe('succeeded');
  });

  test('has progress that never falls', async () => {
    const toy = await open();
    const { runId } = await toy.make(scriptOf('One.', 'Two.', 'Three.', 'Four.', 'Five.'));
    const runner = toy.openRunner('worker');
    let last = 0;
    for (let id = toy.rung.shift(); id; id = toy.rung.shift()) {
      await runner.perform(id, never);
      const { progress } = await toy.view(runId);
      expect(progress).toBeGreaterThanOrEqual(last);
      last = progress;
    }
    expect(last).toBe(1);
  });
});

describe('making again', () => {
  test('the same wish takes every result over and performs nothing', async () => {
    const toy = await open();
    await toy.make(scriptOf('One.', 'Two.'));
    await toy.workOff();
    const before = toy.performed.length;
    const { runId } = await toy.make(scriptOf('One.', 'Two.'));
    const view = await toy.view(runId);
    expect(view.status).toBe('succeeded');
    expect(view.steps.every((step) => step.cached)).toBe(true);
    expect(toy.performed).toHaveLength(before);
  });

  test('one changed sentence redoes one voice, one segment, the soundtrack and what follows', async () => {
    const toy = await open();
    await toy.make(scriptOf('The first sentence.', 'The second sentence.', 'The third sentence.'));
    await toy.workOff();
    toy.performed.length = 0;
    const changed = scriptOf('The first sentence.', 'The second phrase.', 'The third sentence.');
    const { runId } = await toy.make(changed);
    await toy.workOff();
    expect((await toy.view(runId)).status).toBe('succeeded');
    expect(toy.performed.map((p) => p.kind).sort()).toEqual(
      [
        'moderate',
        'script',
        'voice',
        'words',
        'segment',
        'soundtrack',
        'finish',
        'check',
        'store',
      ].sort(),
    );
  });

  test('a result whose file was lost is made again', async () => {
    const toy = await open();
    await toy.make(scriptOf('One.', 'Two.'));
    await toy.workOff();
    for await (const object of toy.objects.list('')) await toy.objects.delete(object.key);
    toy.performed.length = 0;
    const { runId } = await toy.make(scriptOf('One.', 'Two.'));
    await toy.workOff();
    expect((await toy.view(runId)).status).toBe('succeeded');
    expect(toy.performed.some((p) => p.kind === 'voice')).toBe(true);
  });

  test('joins the run that is under way', async () => {
    const toy = await open();
    const first = await toy.make(scriptOf('One.'));
    expect(await toy.make(scriptOf('One.'))).toEqual(first);
  });

  test('a changed wish ends the run of the old one', async () => {
    const toy = await open();
    const first = await toy.make(scriptOf('One.'));
    const second = await toy.make(scriptOf('Two.'));
    expect((await toy.view(first.runId)).status).toBe('canceled');
    await toy.workOff();
    expect((await toy.view(second.runId)).status).toBe('succeeded');
  });
});

describe('a worker', () => {
  test('that lost its step to another cannot write its result', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let first = true;
    const toy = await open({
      onPerform: async () => {
        if (!first) return;
        first = false;
        await held;
      },
    });
    const { runId } = await toy.make(scriptOf('One.'));
    const id = toy.rung.shift();
    if (!id) throw new Error('no step was rung for');
    const slow = toy.openRunner('slow').perform(id, never);
    await expect.poll(() => toy.performed.length).toBe(1);
    await stepStore.reclaimSteps(toy.db, ['slow']);
    await toy.openRunner('quick').perform(id, never);
    const [winner] = await toy.db.select().from(stepTable).where(eq(stepTable.id, id));
    release();
    await slow;
    const [after] = await toy.db.select().from(stepTable).where(eq(stepTable.id, id));
    expect(after).toEqual(winner);
    await toy.workOff();
    expect((await toy.view(runId)).status).toBe('succeeded');
  });

  test('that can make nothing of what it bought leaves nothing held: it was charged', async () => {
    const usage = { unit: 'tokens', units: 7, costMicroUsd: 70_000, reference: 'toy' } as const;
    const toy = await open({
      onPerform: async ({ kind }, work) => {
        if (kind !== 'voice') return;
        await work.buy({ kind: 'narration', model: 'toy' }, usage, async (bought) => bought(usage));
        throw new Problem({ kind: 'invalid', code: 'toy_of_no_use', message: 'Of no use.' });
      },
    });
    const { runId } = await toy.make(scriptOf('One.'));
    await toy.workOff();
    const view = await toy.view(runId);
    expect(view).toMatchObject({ status: 'failed', error: { code: 'toy_of_no_use' } });
    const { rows } = await toy.pool.query('select status, units from purchases');
    expect(rows).toEqual([{ status: 'settled', units: 7 }]);
  });

  test('that stops gives its step back without counting a failure', async () => {
    const stop = new AbortController();
    const toy = await open({
      onPerform: (_, work) => {
        stop.abort();
        work.signal.throwIfAborted();
      },
    });
    await toy.make(scriptOf('One.'));
    const id = toy.rung.shift();
    if (!id) throw new Error('no step was rung for');
    await toy.openRunner('stopping').perform(id, stop.signal);
    const [step] = await toy.db.select().from(stepTable).where(eq(stepTable.id, id));
    expect(step).toMatchObject({ status: 'ready', failures: 0, workerId: null });
    expect(toy.rung).toEqual([id]);
  });
});

describe('a failing step', () => {
  const failing = (retryable: boolean) => () => {
    throw new Problem({
      kind: 'upstream',
      code: 'toy_broken',
      message: 'The toy is broken.',
      action: 'Mend it.',
      retryable,
    });
  };

  test('with a final problem ends its run with code, stage and what to do', async () => {
    const toy = await open({ onPerform: failing(false) });
    const { runId } = await toy.make(scriptOf('One.'));
    await toy.workOff();
    const view = await toy.view(runId);
    expect(view.status).toBe('failed');
    expect(view.error).toMatchObject({ code: 'toy_broken', stage: 'moderate', action: 'Mend it.' });
    expect(toy.performed).toHaveLength(1);
  });

  test('whose input cannot be made ends its run the same way, without being performed', async () => {
    const toy = await open({
      onPrepare: (kind) => {
        if (kind === 'voice') failing(false)();
      },
    });
    const { runId } = await toy.make(scriptOf('One.', 'Two.'));
    await toy.workOff();
    const view = await toy.view(runId);
    expect(view.status).toBe('failed');
    expect(view.error).toMatchObject({ code: 'toy_broken', stage: 'voice', sceneNumber: 1 });
    expect(toy.performed.map((p) => p.kind)).toEqual(['moderate', 'script']);
  });

  test('with a passing problem is tried again, a bounded number of times', async () => {
    const toy = await open({ onPerform: failing(true) });
    const { runId } = await toy.make(scriptOf('One.'));
    await expect
      .poll(
        async () => {
          await toy.db.execute(sql`update steps set run_after = now() where status = 'ready'`);
          toy.rung.push(...(await stepStore.listOverdueSteps(toy.db, 0, 10)));
          await toy.workOff();
          return (await toy.view(runId)).status;
        },
        { timeout: 10_000 },
      )
      .toBe('failed');
    expect(toy.performed).toHaveLength(3);
  });
});

describe('a step that ends while somebody ends its run', () => {
  const broken = (retryable: boolean) =>
    new Problem({ kind: 'upstream', code: 'toy_broken', message: 'It is broken.', retryable });

  test.each([
    ['given back', true],
    ['given up', false],
  ])(
    'and is %s waits for the run first, holding nothing that the other needs',
    async (_, retryable) => {
      const isEnding = Promise.withResolvers<void>();
      const toy = await open({
        async onPerform() {
          await isEnding.promise;
          throw broken(retryable);
        },
      });
      const { runId } = await toy.make(scriptOf('One.'));
      const id = toy.rung.shift();
      if (!id) throw new Error('no step was rung for');
      const working = toy.openRunner('worker').perform(id, never);
      await expect.poll(() => toy.performed.length).toBe(1);
      await toy.db.transaction(async (tx) => {
        await runStore.lockOpenRun(tx, runId);
        isEnding.resolve();
        await expect
          .poll(async () => {
            const { rows } = await toy.pool.query(
              `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            );
            return rows.length;
          })
          .toBe(1);
        // Refused at once if the other held it.
        await tx.execute(sql`select 1 from steps where id = ${id} for update nowait`);
        await runStore.endRun(tx, runId, { status: 'canceled' });
      });
      await working;
      const view = await toy.view(runId);
      expect(view.status).toBe('canceled');
      expect(view.steps.map((step) => step.status)).toEqual(['canceled', 'canceled']);
    },
  );
});

describe('canceling', () => {
  test('ends the run, its steps, and the work under way', async () => {
    let aborted = false;
    const toy = await open({
      onPerform: async (_, work) => {
        await new Promise((_resolve, reject) => {
          work.signal.addEventListener('abort', () => {
            aborted = true;
            reject(work.signal.reason);
          });
        });
      },
    });
    const { runId, videoId } = await toy.make(scriptOf('One.'));
    const id = toy.rung.shift();
    if (!id) throw new Error('no step was rung for');
    const runner = toy.openRunner('worker');
    const working = runner.perform(id, never);
    await expect.poll(() => toy.performed.length).toBe(1);
    expect(await toy.videos.cancel(toy.accountId, videoId)).toMatchObject({
      willStop: 2,
      cannotStop: 0,
    });
    runner.stopRun(runId);
    await working;
    const view = await toy.view(runId);
    expect(aborted).toBe(true);
    expect(view.status).toBe('canceled');
    expect(view.steps.map((step) => step.status)).toEqual(['canceled', 'canceled']);
    await expect(toy.videos.cancel(toy.accountId, videoId)).rejects.toMatchObject({
      code: 'already_terminal',
    });
  });
});

test('however often workers die, a run completes and no step succeeds twice', async () => {
  const toy = await open();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('dies holding', 'works', 'dies before the bell'), {
        minLength: 1,
        maxLength: 40,
      }),
      fc.uuid(),
      async (fates, text) => {
        toy.performed.length = 0;
        toy.rung.length = 0;
        const { runId } = await toy.make(scriptOf(`${text} one.`, `${text} two.`));
        const runner = toy.openRunner('survivor');
        for (const fate of fates) {
          const id = toy.rung.shift();
          if (!id) break;
          if (fate === 'works') await runner.perform(id, never);
          // A worker that dies holding a step leaves the row running and nothing else.
          if (fate === 'dies holding') {
            await stepStore.claimStep(toy.db, id, { id: 'doomed', leaseMs: 60_000 });
          }
          const reclaimed = await stepStore.reclaimSteps(toy.db, ['doomed']);
          const overdue = await stepStore.listOverdueSteps(toy.db, 0, 100);
          toy.rung.push(...new Set([...reclaimed, ...overdue]));
        }
        await toy.workOff(runner);
        for (const run of await runStore.listStalledRuns(toy.db, 10)) await toy.advance(run);
        await toy.workOff(runner);
        expect((await toy.view(runId)).status).toBe('succeeded');
        const done = toy.performed.map((p) => `${p.kind} ${p.scene}`);
        expect(new Set(done).size).toBe(done.length);
      },
    ),
    { numRuns: 15 },
  );
});

test('more videos than an account may have at once are queued, and begin as others end', async () => {
  const toy = await open({ maxRunning: 1 });
  const first = await toy.make(scriptOf('One.'));
  const wish = scriptOf('Two.');
  const second = await toy.videos.make(toy.accountId, {
    ...{ clientKey: 'second', wish, look: DEFAULT_LOOK },
  });
  expect(await toy.view(second.runId)).toMatchObject({
    ...{ status: 'queued', waits: 'Other videos come first.' },
  });
  await toy.workOff();
  expect((await toy.view(first.runId)).status).toBe('succeeded');
  expect((await toy.view(second.runId)).status).toBe('succeeded');
  expect(toy.told.filter((tiding) => tiding.startsWith('video.'))).toEqual([
    ...['video.running', 'video.queued', 'video.succeeded', 'video.running', 'video.succeeded'],
  ]);
});
