import { newId, type RunId, type StepId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import { asProblem, type Problem } from '../platform/problem.ts';
import { objectsIn, type StepKind } from './contract.ts';
import { describeFailure } from './failure.ts';
import type { FilmState } from './film-state.ts';
import type { Lifecycle, RunEnd } from './lifecycle.ts';
import { stepOutputs } from './outputs.ts';
import { planScenes } from './plan.ts';
import { readFilm } from './read-film.ts';
import { makeReceipt } from './receipt.ts';
import * as resultStore from './result-store.ts';
import * as runStore from './run-store.ts';
import { identifyScenes } from './scenes.ts';
import type { RunRow, StepRow } from './schema.ts';
import type { PreparedStep, Step } from './step.ts';
import * as stepStore from './step-store.ts';
import * as videoStore from './video-store.ts';

/** Wakes whoever runs steps, as part of the caller's transaction. */
export type Ring = (tx: Database, steps: readonly StepId[], afterMs: number) => Promise<void>;

export type AdvanceDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly steps: { readonly [Kind in StepKind]: Step };
  readonly ring: Ring;
  readonly lifecycle: Lifecycle;
  readonly log: Log;
};

/** A plan is at most moderate, script, voice, 100 chained clips and 5 more deep; each turn moves at least one level. */
const MAX_TURNS = 128;

type Prepared = { readonly step: StepRow; readonly prepared: PreparedStep };
type Preparation =
  | { readonly steps: readonly Prepared[] }
  | { readonly step: StepRow; readonly problem: Problem };
type Ready = Prepared & { readonly earlier: unknown };

/**
 * Moves a run on as far as it goes without working: steps whose inputs are known take an earlier
 * result of the same input, or become ready and are rung for; a run whose steps have all succeeded
 * ends. Safe to call at any time, by several processes at once, and again after dying half-way.
 */
export function makeAdvance(deps: AdvanceDeps) {
  const { db } = deps;
  return advance;

  async function advance(runId: RunId): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const reading = await readFilm(db, runId);
      if (reading?.run.status !== 'running') return;
      const { run, steps, film } = reading;

      if (await expandScript(run, steps, film)) continue;
      const open = steps.filter((step) => step.status === 'pending').filter(allDone(steps));
      const prepared = prepareAll(film, open);
      if ('problem' in prepared) {
        await failRun(run, film, prepared);
        return;
      }
      const candidates = await withEarlier(prepared.steps);
      if (candidates.length > 0) {
        await db.transaction((tx) => settle(tx, candidates));
        continue;
      }
      await db.transaction((tx) => deps.lifecycle.progressed(tx, [run.id]));
      if (steps.every((step) => step.status === 'succeeded')) await finishRun(run, film);
      return;
    }
  }

  /** Plans the steps of the scenes once the script is there; true when it did. */
  async function expandScript(
    run: RunRow,
    steps: readonly StepRow[],
    film: FilmState,
  ): Promise<boolean> {
    const script = steps.find((step) => step.kind === 'script');
    if (script?.status !== 'succeeded' || steps.some((step) => step.kind === 'store')) return false;
    const { title, scenes } = film.output('script');
    const former = await videoStore.listFormerScenes(
      db,
      run.accountId,
      run.videoId,
      run.revisionId,
    );
    const rows = identifyScenes(film.brief, scenes, former).map((scene, position) => ({
      ...scene,
      position,
      revisionId: run.revisionId,
      accountId: run.accountId,
      videoId: run.videoId,
    }));
    await db.transaction(async (tx) => {
      await videoStore.insertScenes(tx, rows);
      // Another worker may have been first: its scenes are the ones that count.
      const stored = await videoStore.listScenes(tx, run.accountId, run.revisionId);
      const planned = planScenes(
        script.id,
        stored.map((scene) => scene.id),
        {
          crossfade: film.look.transition === 'crossfade',
          chain: film.look.continuity === 'chain',
        },
      );
      if (!(await runStore.lockOpenRun(tx, run.id))) return;
      const now = await stepStore.listSteps(tx, run.id);
      if (now.some((step) => step.kind === 'store')) return;
      await stepStore.insertSteps(tx, run, planned);
      await videoStore.setTitle(tx, run.accountId, run.videoId, title);
    });
    return true;
  }

  /** The inputs of steps; or the first problem in making one, such as a voice that does not exist. */
  function prepareAll(film: FilmState, open: readonly StepRow[]): Preparation {
    const steps: Prepared[] = [];
    for (const step of open) {
      try {
        steps.push({ step, prepared: deps.steps[step.kind].prepare(film, step.sceneId) });
      } catch (error) {
        return { step, problem: asProblem(error) };
      }
    }
    return { steps };
  }

  async function withEarlier(steps: readonly Prepared[]): Promise<readonly Ready[]> {
    return await Promise.all(
      steps.map(async ({ step, prepared }) => {
        return { step, prepared, earlier: await findEarlier(step, prepared.inputHash) };
      }),
    );
  }

  async function failRun(
    run: RunRow,
    film: FilmState,
    { step, problem }: { readonly step: StepRow; readonly problem: Problem },
  ): Promise<void> {
    const error = describeFailure(film, step, problem);
    deps.log.warn('step.unprepared', { step_id: step.id, step_kind: step.kind, code: error.code });
    await endRun(run, { status: 'failed', error }, async (tx) => {
      await stepStore.failPending(tx, step.id, error);
    });
  }

  /** Ends the run together with `write`, and moves on the runs that may begin in its place. */
  async function endRun(run: RunRow, end: RunEnd, write: (tx: Database) => Promise<void>) {
    const ended = await db.transaction(async (tx) => {
      // What is told of the end shows what was written.
      if (!(await runStore.lockOpenRun(tx, run.id))) return null;
      await write(tx);
      return await deps.lifecycle.end(tx, run, end);
    });
    for (const next of ended?.admitted ?? []) await advance(next);
  }

  /** An earlier result that is still whole: readable, with every object it names in the store. */
  async function findEarlier(step: StepRow, inputHash: string): Promise<unknown> {
    const output = await resultStore.findResult(db, step.accountId, step.kind, inputHash);
    if (output === null) return null;
    const readable = stepOutputs[step.kind].safeParse(output).success;
    if (readable && (await allObjectsThere(output))) return output;
    await resultStore.forgetResult(db, step.accountId, step.kind, inputHash);
    return null;
  }

  async function allObjectsThere(output: unknown): Promise<boolean> {
    const heads = await Promise.all(
      objectsIn(output).map(async (object) => {
        const info = await deps.objects.head(object.key);
        return info?.sizeBytes === object.sizeBytes;
      }),
    );
    return heads.every(Boolean);
  }

  async function settle(tx: Database, candidates: readonly Ready[]): Promise<void> {
    const rung: StepId[] = [];
    for (const { step, prepared, earlier } of candidates) {
      const { inputHash } = prepared;
      const model = deps.steps[step.kind].model ?? null;
      if (earlier !== null) {
        await stepStore.markCached(tx, step.id, { inputHash, output: earlier, model });
        await deps.lifecycle.stepEnded(tx, step, 'succeeded');
      } else if (await stepStore.markReady(tx, step.id, { inputHash, model })) {
        rung.push(step.id);
      }
    }
    await deps.ring(tx, rung, 0);
  }

  async function finishRun(run: RunRow, film: FilmState): Promise<void> {
    const { files } = film.output('store');
    const { report } = film.output('check');
    await endRun(run, { status: 'succeeded' }, async (tx) => {
      const { accountId, videoId, revisionId } = run;
      const render = { id: newId('ren'), accountId, videoId, revisionId, runId: run.id };
      const receipt = await makeReceipt(tx, run);
      await videoStore.insertRender(tx, { ...render, files, report, receipt });
    });
    deps.log.info('run.succeeded', { run_id: run.id, video_id: run.videoId });
  }
}

function allDone(steps: readonly StepRow[]): (step: StepRow) => boolean {
  const done = new Set(steps.filter((s) => s.status === 'succeeded').map((s) => s.id));
  return (step) => step.dependsOn.every((id) => done.has(id));
}
