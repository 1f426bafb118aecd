import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { eq } from '../../server/platform/postgres/drizzle.ts';
import { takeAwaited, takeStragglers } from '../../server/videos/awaited-takes.ts';
import { takes } from '../../server/videos/schema.ts';
import * as stepStore from '../../server/videos/step-store.ts';
import * as takeStore from '../../server/videos/take-store.ts';
import { makeToyFilms } from './toy-films.ts';
import { openToyPipeline, scriptOf, type ToyOptions } from './toy-pipeline.ts';

let opened: Awaited<ReturnType<typeof openToyPipeline>> | null = null;

async function open(film: NonNullable<ToyOptions['film']>) {
  opened = await openToyPipeline({ film });
  return opened;
}

afterEach(async () => {
  await opened?.end();
  opened = null;
});

const never = new AbortController().signal;
const all = { nextLookMs: 0, limit: 100 };

test('a film that ends before its step has begun to wait is not missed', async () => {
  const films = makeToyFilms({ pictureOf: (sceneId) => sceneId });
  const toy = await open(async (work, tools) => {
    const id = await films.film(work, tools);
    const take = id && (await takeStore.findTake(tools.db, work.accountId, id));
    // Another worker was quicker.
    if (take) await films.store(take, tools);
    return id;
  });
  const { runId } = await toy.make(scriptOf('One.', 'Two.'));
  await toy.workOff();
  expect((await toy.view(runId)).status).toBe('succeeded');
});

test('a step that waits for a film is looked after by nobody but the watch, and by all once its run has ended', async () => {
  // Both scenes wait for one take, which is the first one's.
  const films = makeToyFilms({ pictureOf: () => 'the same' });
  const toy = await open(films.film);
  const { videoId, runId } = await toy.make(scriptOf('One.', 'Two.'));
  await toy.workOff();
  const awaited = await takeAwaited(toy.db, all);
  expect(awaited).toHaveLength(1);
  expect(await takeStragglers(toy.db, all)).toEqual([]);

  await toy.lifecycle.end(toy.db, { id: runId, accountId: toy.accountId }, { status: 'canceled' });
  expect(await takeAwaited(toy.db, all)).toEqual([]);
  expect(await takeStragglers(toy.db, all)).toMatchObject([{ id: awaited[0]?.id, videoId }]);
});

test('two that look for films at the same time never take the same one', async () => {
  const films = makeToyFilms({ pictureOf: (sceneId) => sceneId });
  const toy = await open(films.film);
  await toy.make(scriptOf('One.', 'Two.', 'Three.', 'Four.', 'Five.', 'Six.'));
  await toy.workOff();
  const look = { nextLookMs: 60_000, limit: 2 };
  const looks = Array.from({ length: 4 }, () => takeAwaited(toy.db, look));
  const first = (await Promise.all(looks)).flat();
  // Whoever skipped what another held finds the rest now.
  const rest = await takeAwaited(toy.db, { ...look, limit: 6 });
  const ids = [...first, ...rest].map(({ id }) => id);
  expect(ids).toHaveLength(6);
  expect(new Set(ids).size).toBe(6);
});

const HAPPENINGS = [
  'a bell is answered',
  'a bell is answered while a film is stored',
  'a bell is lost',
  'a worker dies',
  'a film ends',
  'the watch looks',
  'the supervisor looks',
] as const;
type Happening = (typeof HAPPENINGS)[number];

test('whatever happens while films are made, no step goes on waiting for one that is over', async () => {
  const happenings = fc.array(fc.constantFrom(...HAPPENINGS), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(happenings, async (kinds) => {
      const world = await openWorld();
      try {
        for (const kind of kinds) await world.happen(kind);
        await world.settle();
        expect(await world.status()).toBe('succeeded');
      } finally {
        await world.end();
      }
    }),
    { numRuns: 15 },
  );
}, 600_000);

/** A run of three scenes, the first two with the same picture, in which anything may happen. */
async function openWorld() {
  const pictures = new Map<string, string>();
  const pictureOf = (sceneId: string) => {
    const picture = pictures.get(sceneId) ?? (pictures.size < 2 ? 'the same' : 'another');
    pictures.set(sceneId, picture);
    return picture;
  };
  const films = makeToyFilms({ pictureOf });
  const toy = await openToyPipeline({ film: films.film });
  const { db, rung } = toy;
  const { runId } = await toy.make(scriptOf('One.', 'Two.', 'Three.'));
  const runner = toy.openRunner('worker');
  const listFilming = () => db.select().from(takes).where(eq(takes.status, 'filming'));

  const happen: { readonly [Kind in Happening]: () => Promise<unknown> } = {
    async 'a bell is answered'() {
      const id = rung.shift();
      if (id) await runner.perform(id, never);
    },
    async 'a bell is answered while a film is stored'() {
      const [take] = await listFilming();
      await Promise.all([happen['a bell is answered'](), take && films.store(take, toy)]);
    },
    async 'a bell is lost'() {
      rung.shift();
    },
    async 'a worker dies'() {
      const id = rung.shift();
      if (id) await stepStore.claimStep(db, id, { id: 'dying', leaseMs: 3_600_000 });
    },
    async 'a film ends'() {
      const [next] = (await listFilming()).filter(({ id }) => !films.over.has(id));
      if (next) films.over.add(next.id);
    },
    async 'the watch looks'() {
      const awaited = await takeAwaited(db, all);
      for (const take of awaited) if (films.over.has(take.id)) await toy.ringTake(db, take);
    },
    async 'the supervisor looks'() {
      await stepStore.reclaimSteps(db, ['dying']);
      rung.push(...(await stepStore.listOverdueSteps(db, 0, 100)));
    },
  };
  const status = async () => (await toy.view(runId)).status;

  return {
    status,
    happen: (kind: Happening) => happen[kind](),

    /** From here on nothing goes wrong, and films end. */
    async settle() {
      for (let turn = 0; turn < 20 && (await status()) === 'running'; turn += 1) {
        await happen['the supervisor looks']();
        while (rung.length > 0) await happen['a bell is answered']();
        await happen['a film ends']();
        await happen['the watch looks']();
      }
    },

    end: toy.end,
  };
}
