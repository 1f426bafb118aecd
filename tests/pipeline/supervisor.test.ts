import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../server/platform/log.ts';
import { ownIdentity } from '../../server/platform/process-identity.ts';
import * as stepStore from '../../server/videos/step-store.ts';
import { makeSupervisor } from '../../server/videos/supervisor.ts';
import { enrol } from '../../server/videos/worker-store.ts';
import { openToyPipeline, scriptOf } from './toy-pipeline.ts';

let toy: Awaited<ReturnType<typeof openToyPipeline>>;

beforeEach(async () => {
  toy = await openToyPipeline();
});

afterEach(async () => {
  await toy.end();
});

async function supervisorHere() {
  const { host, pid, started } = await ownIdentity();
  const identity = { id: 'supervising', host, pid, processStarted: started };
  const ring = async (_: unknown, ids: readonly (typeof toy.rung)[number][]) => {
    toy.rung.push(...ids);
  };
  const { db, advance, lifecycle } = toy;
  const deps = { db, identity, advance, lifecycle, ring, log: silentLog };
  const lookAfterStragglers = async () => undefined;
  return { host, supervisor: makeSupervisor({ ...deps, lookAfterStragglers }) };
}

/** A step that a worker of this host holds with a long lease. */
async function holdFirstStep(worker: { id: string; pid: number; processStarted: string }) {
  const { supervisor, host } = await supervisorHere();
  await enrol(toy.db, { ...worker, host });
  const { runId } = await toy.make(scriptOf('One.'));
  const id = toy.rung.shift();
  if (!id) throw new Error('no step was rung for');
  await stepStore.claimStep(toy.db, id, { id: worker.id, leaseMs: 3_600_000 });
  return { supervisor, id, runId };
}

test('a dead worker of this machine hands its step on at once, whatever its lease', async () => {
  const dead = { id: 'dead', pid: process.pid, processStarted: 'another start of this pid' };
  const { supervisor, id, runId } = await holdFirstStep(dead);
  await supervisor.start();
  expect(toy.rung).toEqual([id]);
  await toy.workOff();
  expect((await toy.view(runId)).status).toBe('succeeded');
  await supervisor.stop();
});

test('a living worker keeps its step', async () => {
  const { started } = await ownIdentity();
  const living = { id: 'living', pid: process.pid, processStarted: started };
  const { supervisor } = await holdFirstStep(living);
  await supervisor.start();
  expect(toy.rung).toEqual([]);
  await supervisor.stop();
});

test('a run whose mover died between two steps goes on', async () => {
  const { supervisor } = await supervisorHere();
  const { runId } = await toy.make(scriptOf('One.'));
  const id = toy.rung.shift();
  if (!id) throw new Error('no step was rung for');
  const step = await stepStore.claimStep(toy.db, id, { id: 'mover', leaseMs: 60_000 });
  if (!step) throw new Error('the step was not free');
  // Its result was stored, and then the process died.
  const result = { inputHash: step.inputHash ?? '', output: {}, cached: false, cpuMs: 0 };
  await stepStore.completeStep(toy.db, step, result);
  await supervisor.start();
  await toy.workOff();
  expect((await toy.view(runId)).status).toBe('succeeded');
  await supervisor.stop();
});

test('a step whose bell was lost is rung for again, but not in every round', async () => {
  const { supervisor } = await supervisorHere();
  const { runId } = await toy.make(scriptOf('One.'));
  const lost = toy.rung.splice(0);
  await toy.pool.query(
    "update steps set run_after = now() - interval '1 minute' where status = 'ready'",
  );
  await supervisor.start();
  expect(toy.rung).toEqual(lost);
  const rounds = "select seen_at from workers where id = 'supervising'";
  const seen = async () => (await toy.pool.query<{ seen_at: Date }>(rounds)).rows[0]?.seen_at;
  const first = await seen();
  await expect.poll(seen, { timeout: 60_000 }).not.toEqual(first);
  await supervisor.stop();
  expect(toy.rung).toEqual(lost);
  await toy.workOff();
  expect((await toy.view(runId)).status).toBe('succeeded');
});
