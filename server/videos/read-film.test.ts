import { afterEach, expect, test } from 'vitest';
import { openToyPipeline, scriptOf } from '../../tests/pipeline/toy-pipeline.ts';
import { newId } from '../platform/ids.ts';
import { sql } from '../platform/postgres/drizzle.ts';
import { planScenes } from './plan.ts';
import { readFilm } from './read-film.ts';
import { lockRunning } from './run-store.ts';
import { insertSteps } from './step-store.ts';
import { insertScenes } from './video-store.ts';

let toy: Awaited<ReturnType<typeof openToyPipeline>>;

afterEach(() => toy.end());

/** A run whose script is still to be written. */
async function openRun() {
  toy = await openToyPipeline();
  const { runId } = await toy.make(scriptOf('One.', 'Two.'));
  const reading = await readFilm(toy.db, runId);
  const script = reading?.steps.find(({ kind }) => kind === 'script');
  if (!reading || !script) throw new Error('The run begins with its script.');
  return { run: reading.run, script };
}

const blocked = `select 1 from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`;

test('every step that is read has its scene, also while another process plans them', async () => {
  const { run, script } = await openRun();
  const { accountId, videoId, revisionId } = run;
  const reading = await toy.db.transaction(async (tx) => {
    // Whatever is read of the steps from here on waits for the plan; the scenes can be read at once.
    await tx.execute(sql`lock table steps in access exclusive mode`);
    const read = readFilm(toy.db, run.id);
    await expect.poll(async () => (await toy.pool.query(blocked)).rowCount).toBeGreaterThan(0);
    const sceneId = newId('scn');
    await insertScenes(tx, [
      {
        ...{
          sceneId,
          accountId,
          videoId,
          revisionId,
          position: 0,
          narration: 'One.',
          visual: 'One',
        },
        ...{ takeId: null, variant: 0, firstFrame: null },
      },
    ]);
    await lockRunning(tx, [run.id]);
    await insertSteps(
      tx,
      run,
      planScenes(script.id, [sceneId], { crossfade: false, chain: false }),
    );
    return { read };
  });
  const { steps, film } = (await reading.read) ?? {};
  const wanted = (steps ?? []).flatMap(({ sceneId }) => sceneId ?? []);
  expect(wanted.length).toBeGreaterThan(0);
  const known = film?.scenes.map(({ id }) => id);
  for (const id of wanted) expect(known).toContain(id);
});
