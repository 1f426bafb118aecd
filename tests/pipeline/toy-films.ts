import type { SceneId, TakeId } from '../../server/platform/ids.ts';
import type { Database } from '../../server/platform/postgres/database.ts';
import { newTakeId } from '../../server/videos/filming.ts';
import * as takeStore from '../../server/videos/take-store.ts';
import type { FilmTools, ToyOptions } from './toy-pipeline.ts';

/** The model that films in a toy pipeline. */
const TOY_MODEL = 'toy/film';

const CLIP = { key: 'clip', sha256: '0'.repeat(64), sizeBytes: 1, contentType: 'video/mp4' };

/**
 * Takes in their real rows, filmed by a model that goes on until a film is added to `over`. Scenes with the same
 * picture wait for one take.
 */
export function makeToyFilms({
  pictureOf,
}: {
  readonly pictureOf: (sceneId: SceneId) => string | Promise<string>;
}) {
  const over = new Set<TakeId>();

  const film: NonNullable<ToyOptions['film']> = async (work, tools) => {
    const { accountId, videoId, sceneId } = work;
    if (sceneId === null) throw new Error('A clip was planned without its scene.');
    const clipKey = await pictureOf(sceneId);
    const about = { accountId, videoId, sceneId, model: TOY_MODEL, clipKey, seconds: 2 };
    const take = await takeStore.ensureTake(tools.db, { ...about, id: newTakeId() });
    if (take.status === 'intended') await order(tools.db, take);
    else if (over.has(take.id)) await store(take, tools);
    const now = await takeStore.findTake(tools.db, accountId, take.id);
    return now?.status === 'stored' ? null : take.id;
  };

  return { film, over, store };
}

async function order(db: Database, { id, clipKey: prompt }: takeStore.TakeRow): Promise<void> {
  const pictures = { firstFrame: null, references: [], wantsLastFrame: false };
  const request = { prompt, seconds: 2, format: '1:1', seed: 1, ...pictures } as const;
  await takeStore.markOrdering(db, id, { request, callbackHash: `hash of ${id}` });
  await takeStore.markFilming(db, id, `task of ${id}`);
}

/** What a worker does once a film is over. */
async function store(take: takeStore.TakeRow, { db, ringTake }: FilmTools): Promise<void> {
  await db.transaction(async (tx) => {
    if (!(await takeStore.markStored(tx, take.id, { object: CLIP, lastFrame: null }))) return;
    await ringTake(tx, take);
  });
}
