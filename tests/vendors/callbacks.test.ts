import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../server/platform/config.ts';
import { type Service, startService } from '../../server/wiring/service.ts';
import { openStudio, type Studio, script } from './studio.ts';

const PUBLIC_URL = 'https://studio.example';
/** An order that nobody confirmed is not looked for here: only a callback can tell of it. */
const NO_LOOKS_SECONDS = '900';
const LONG_MS = 120_000;

let studio: Studio;
let service: Service;

beforeAll(async () => {
  studio = await openStudio({
    ark: { reach: (url) => url.replace(PUBLIC_URL, service.url) },
    env: {
      ...{ CLIPT_URL: PUBLIC_URL, CLIPT_PORT: '0', ARK_LOOKS_AFTER: NO_LOOKS_SECONDS },
      ...{ CLIPT_RUNNING_VIDEOS: '20', ARK_MAX_TASKS: '20' },
    },
  });
  // The proxy that ends https in front of the service is the vendor's way there.
  service = await startService(studio.clipt, readConfig({ ...studio.env, CLIPT_URL: '' }, ''));
});

afterAll(async () => {
  await service.stop();
  await studio.close();
});

/** The take of the video's one scene, and what became of its purchase, once the clip is stored. */
async function storedTake(videoId: string) {
  const found = async () => {
    const { rows } = await studio.database.pool.query(
      `select t.status, t.task_id, p.status as purchase
       from takes t join purchases p on p.take_id = t.id where t.video_id = $1`,
      [videoId],
    );
    return rows;
  };
  const stored = [expect.objectContaining({ status: 'stored', purchase: 'settled' })];
  await expect.poll(found, { timeout: LONG_MS, interval: 100 }).toEqual(stored);
  return (await found())[0];
}

const clipsOf = (name: string) =>
  studio.ark.journal.purchases.filter(({ details }) => String(details['prompt']).includes(name));

const told = (taskId: string) => studio.ark.callbacks.filter((note) => note.taskId === taskId);

test.each(['duplicate', 'late', 'forged', 'never'] as const)(
  'with callbacks that come %s the clip is bought, fetched and paid once',
  async (how) => {
    const { ark, make } = studio;
    const name = `${how} heron`;
    const fault = { kind: 'callbacks', how } as const;
    ark.faults.add({ route: 'create-task', fault, including: name });
    const { videoId } = await make(script(name, 1));
    const { task_id: taskId } = await storedTake(videoId);
    expect(clipsOf(name)).toHaveLength(1);
    const fetched = ark.journal.of('file').filter(({ path }) => path.includes(taskId));
    expect(fetched).toHaveLength(1);
    const isHeard = () => told(taskId).some(({ status }) => status === 'succeeded');
    await expect.poll(isHeard, { timeout: LONG_MS }).toBe(how !== 'never');
    expect(told(taskId).every(({ answer }) => answer === 204)).toBe(true);
    await studio.leave(videoId);
  },
);

test('a callback tells of an order that was accepted unheard, which is then not sent again', async () => {
  const { ark, make } = studio;
  const name = 'unheard stork';
  const fault = { kind: 'reset', when: 'after' } as const;
  ark.faults.add({ route: 'create-task', times: 1, fault, including: name });
  const { videoId } = await make(script(name, 1));
  const { task_id: taskId } = await storedTake(videoId);
  expect(clipsOf(name).map(({ id }) => id)).toEqual([taskId]);
  await studio.leave(videoId);
});

test('a callback that names a task which the vendor does not know, or which is another order, is not believed', async () => {
  const { ark, make, database } = studio;
  const known = clipsOf('late heron')[0]?.id;
  const name = 'misled crane';
  const fault = { kind: 'reset', when: 'after' } as const;
  const quiet = { kind: 'callbacks', how: 'never' } as const;
  ark.faults.add({ route: 'create-task', times: 1, fault, including: name });
  ark.faults.add({ route: 'create-task', times: 1, fault: quiet, including: name });
  const { videoId } = await make(script(name, 1));
  await expect.poll(() => clipsOf(name).length, { timeout: LONG_MS }).toBe(1);
  const task = ark.tasks().find(({ order }) => order.prompt.includes(name));
  if (!task) throw new Error('The order was not accepted.');
  for (const id of ['cgt-20260101000000-none', known]) await ark.forgeCallback(task.id, { id });
  const forged = told(task.id).filter(({ isForged }) => isForged);
  expect(forged.map(({ answer }) => answer)).toEqual([204, 204]);
  const takes = await database.pool.query('select task_id from takes where video_id = $1', [
    videoId,
  ]);
  expect(takes.rows).toEqual([{ task_id: null }]);
  await ark.forgeCallback(task.id, {});
  expect(await storedTake(videoId)).toMatchObject({ task_id: task.id });
  expect(clipsOf(name)).toHaveLength(1);
});
