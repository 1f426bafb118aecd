import { afterEach, expect, test, vi } from 'vitest';
import { makeToyFilms } from '../../tests/pipeline/toy-films.ts';
import { openToyPipeline, scriptOf } from '../../tests/pipeline/toy-pipeline.ts';
import type { TakeId } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { makeTakeWatch, type TakeWatchDeps } from './take-watch.ts';

let stack = new AsyncDisposableStack();

afterEach(async () => {
  vi.restoreAllMocks();
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** A run whose clip steps all wait: scenes with the same picture for one take. */
async function openWaiting(
  narrations: readonly string[],
  pictureOf = (sceneId: string) => sceneId,
) {
  const films = makeToyFilms({ pictureOf });
  const toy = await openToyPipeline({ film: films.film });
  stack.defer(() => toy.end());
  const { runId } = await toy.make(scriptOf(...narrations));
  await toy.workOff();
  const { rows } = await toy.pool.query<{ id: TakeId }>('select id from takes order by id');

  const start = (glance: TakeWatchDeps['filming']['glance'], pauseMs = 60_000) => {
    const { db, lifecycle, ringTake } = toy;
    const filming = { glance, pauseMs: async () => pauseMs };
    const deps = { db, filming, lifecycle, ringTake, log: silentLog };
    const watch = makeTakeWatch(deps);
    watch.start();
    stack.defer(() => watch.stop());
  };
  return { toy, films, runId, takes: rows.map(({ id }) => id), start };
}

const eventually = { timeout: 30_000, interval: 50 };

test('a film that goes on moves the progress of its run and wakes no step', async () => {
  const { toy, runId, start } = await openWaiting(['One.', 'Two.']);
  const before = (await toy.view(runId)).progress;
  let filmed = 0;
  start(async () => {
    filmed += 0.1;
    return filmed;
  }, 100);
  await expect.poll(() => filmed, eventually).toBeGreaterThan(0.5);
  await expect
    .poll(async () => (await toy.view(runId)).progress, eventually)
    .toBeGreaterThan(before);
  expect(toy.rung).toEqual([]);
});

test('a film is asked for once in every pause, however many watches there are', async () => {
  const { takes, start } = await openWaiting(['One.', 'Two.', 'Three.', 'Four.']);
  const asked: TakeId[] = [];
  const glance: TakeWatchDeps['filming']['glance'] = async ({ id }) => {
    asked.push(id);
    return 0;
  };
  for (let watch = 0; watch < 3; watch += 1) start(glance);
  await expect.poll(() => asked.toSorted(), eventually).toEqual(takes);
});

test('a film that is over wakes every step that waits for it, and its run goes on', async () => {
  const { toy, films, runId, takes, start } = await openWaiting(['One.', 'Two.'], () => 'the same');
  expect(takes).toHaveLength(1);
  for (const id of takes) films.over.add(id);
  start(async ({ id }) => (films.over.has(id) ? null : 0));
  await expect.poll(() => toy.rung.length, eventually).toBe(2);
  await toy.workOff();
  expect((await toy.view(runId)).status).toBe('succeeded');
});

test('a film that the vendor does not tell of is its step’s to judge', async () => {
  const { toy, start } = await openWaiting(['One.']);
  start(() => Promise.reject(new Error('The vendor is out.')));
  await expect.poll(() => toy.rung.length, eventually).toBe(1);
});

test('a question that the vendor leaves open holds up no other film, and ends at its deadline', async () => {
  const deadline = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal);
  const { toy, films, takes, start } = await openWaiting(['One.', 'Two.']);
  const [hanging, over] = takes;
  if (over) films.over.add(over);
  timeout.mockClear();
  start(async ({ id }, { signal }) => {
    if (id !== hanging) return null;
    return await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  });
  await expect.poll(() => toy.rung.length, eventually).toBe(1);
  expect(timeout).toHaveBeenCalledWith(30_000);
  deadline.abort();
  await expect.poll(() => toy.rung.length, eventually).toBe(2);
});

test('stopping waits for no vendor, and wakes nothing', async () => {
  const { toy, start } = await openWaiting(['One.']);
  let asked = 0;
  start((_, { signal }) => {
    asked += 1;
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  });
  await expect.poll(() => asked, eventually).toBe(1);
  await stack.disposeAsync();
  expect(toy.rung).toEqual([]);
});
