import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureOwner } from './accounts/accounts.ts';
import { makeCompositor } from './compose/compose.ts';
import { makeMediaEngine } from './media/engine.ts';
import { makeLocalTranscription } from './models/local/alignment/alignment.ts';
import { makeLocalVideoModel } from './models/local/footage/footage.ts';
import { makeMusic } from './models/local/music/music.ts';
import { makeLocalSpeechModel } from './models/local/speech/speech.ts';
import { makeLocalTextModel } from './models/local/text/text.ts';
import { loadModeration } from './moderation/moderation.ts';
import type { Config } from './platform/config.ts';
import { type DataFolder, openDataFolder, readOwnSecret } from './platform/data-folder.ts';
import { type Log, makeLog } from './platform/log.ts';
import { makeFolderStore } from './platform/objects/folder.ts';
import type { ObjectStore } from './platform/objects/objects.ts';
import { type OpenDatabase, openDatabase } from './platform/postgres/database.ts';
import { migrate } from './platform/postgres/migrate.ts';
import type { Queue } from './platform/queue/queue.ts';
import { makeTranscripts } from './transcripts/transcripts.ts';
import { makeAdvance, type Ring } from './videos/advance.ts';
import { makeFilming } from './videos/filming.ts';
import { stepBell } from './videos/jobs.ts';
import { makeRingLane } from './videos/lanes.ts';
import { makeLifecycle } from './videos/lifecycle.ts';
import { listenForEndedRuns } from './videos/run-store.ts';
import { makeRunner } from './videos/runner.ts';
import { makeSteps } from './videos/steps.ts';
import { makeStragglers } from './videos/stragglers.ts';
import { makeSupervisor } from './videos/supervisor.ts';
import { wakeStepsOfTake } from './videos/take-store.ts';
import { makeVideos } from './videos/videos.ts';

const MIGRATIONS_DIR = join(import.meta.dirname, 'migrations');

/** How often a waiting command looks at its run. */
const TICK_MS = 300;
/** How long a running step has to hand itself back when the process stops. */
const STOP_MS = 1_000;

/** Everything of one process, wired. Disposing stops it in reverse order. */
export type Clipt = Awaited<ReturnType<typeof openClipt>>;

/**
 * The composition root: the one place that builds things. Nothing works on steps until `startWorker`.
 * Rejects with Problems that name the setting, folder or server at fault.
 */
export async function openClipt(config: Config) {
  await using opening = new AsyncDisposableStack();
  const log = makeLog(config.logLevel);
  const folder = await openDataFolder(config.dataDir);
  opening.defer(() => folder.close());
  const database = await openMigratedDatabase(config, log);
  opening.defer(() => database.close());
  const { db } = database;
  const objects = await openObjects(config, folder);

  const { models, engine, tools } = await openTools(config, folder);
  opening.defer(() => models.video.close());

  // Loaded and opened by the first bell: a command that finds everything made needs no queue.
  let queue: Promise<Queue> | null = null;
  const bell = () => {
    queue ??= import('./platform/queue/queue.ts').then(({ openQueue }) =>
      openQueue({ database, log, queues: [stepBell] }),
    );
    return queue;
  };
  opening.defer(async () => {
    await (await queue)?.stop({ timeoutMs: STOP_MS });
  });
  const ring: Ring = async (tx, ids, afterMs) => {
    for (const step_id of ids) {
      await (await bell()).send(stepBell, { step_id }, { tx, startAfterMs: afterMs });
    }
  };
  const ringLane = makeRingLane(ring);
  const filming = makeFilming({
    db,
    video: models.video,
    engine,
    ringLane,
    ringTake: async (tx, take) => ring(tx, await wakeStepsOfTake(tx, take), 0),
    callbackUrl: () => null,
  });
  const steps = makeSteps({ db, filming, ...tools });
  const lifecycle = makeLifecycle({
    maxRunning: config.runningVideos,
    tell: async () => undefined,
    hint: async () => undefined,
  });
  const advance = makeAdvance({ db, objects, steps, ring, lifecycle, log });
  const stopping = new AbortController();
  opening.defer(() => stopping.abort());

  const parts = opening.move();
  return {
    engine,
    models,
    objects,
    videos: makeVideos({ db, advance, lifecycle, models: tools, filming }),
    transcripts: makeTranscripts({
      engine,
      transcription: tools.transcription,
      workDir: folder.work,
    }),
    owner: () => ensureOwner(db),

    /** Begins to run steps here, as many at once as suits the machine. */
    async startWorker(): Promise<void> {
      const workerId = randomUUID();
      const workDir = folder.work;
      const runner = makeRunner({
        ...{ db, objects, steps, advance, lifecycle, ring, ringLane },
        ...{ workerId, workDir, log },
      });
      const { host, pid, started } = folder.owner;
      const identity = { id: workerId, host, pid, processStarted: started };
      const lookAfterStragglers = makeStragglers({ db, objects, filming, workDir, log });
      const supervisor = makeSupervisor({
        ...{ db, identity, advance, lifecycle, ring, log },
        lookAfterStragglers,
      });
      const unlisten = await listenForEndedRuns(database, (run) => runner.stopRun(run));
      parts.defer(unlisten);
      await supervisor.start();
      parts.defer(() => supervisor.stop());
      const concurrency = workersFor(availableParallelism());
      await (await bell()).work(stepBell, { concurrency }, ({ payload, signal }) =>
        runner.perform(payload.step_id, AbortSignal.any([signal, stopping.signal])),
      );
      // Steps are given back before the queue lets its jobs go.
      parts.defer(() => stopping.abort());
    },

    /** A turn now and then for a command that watches a run; ends when `until` aborts. */
    async *ticks(until: AbortSignal): AsyncGenerator<void> {
      while (!until.aborted) {
        yield;
        await delay(TICK_MS, undefined, { signal: until }).catch(() => undefined);
      }
    },

    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Encoders use every core by themselves; one more step fills the gaps between them. */
function workersFor(cores: number): number {
  return Math.min(8, cores + 1);
}

async function openMigratedDatabase(config: Config, log: Log): Promise<OpenDatabase> {
  const url = config.databaseUrl ?? undefined;
  const database = await openDatabase({ url, dataDir: config.dataDir, log });
  try {
    await migrate({ pool: database.pool, dir: MIGRATIONS_DIR, log });
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openObjects(config: Config, folder: DataFolder): Promise<ObjectStore> {
  if (config.s3) {
    // A tenth of a second of CPU to load, for those who use it.
    const { makeS3Store } = await import('./platform/objects/s3.ts');
    return makeS3Store({ ...config.s3, cacheDir: folder.cache });
  }
  const secrets = [await readOwnSecret(folder)];
  return makeFolderStore({ root: folder.objects, baseUrl: 'http://localhost:3000', secrets });
}

/** The media engine and the model of each capability; local ones need no key. */
async function openTools(
  { ffmpegPath, moderationTermsFile }: Config,
  { work, footage }: DataFolder,
) {
  const engine = await makeMediaEngine({ ffmpegPath, workDir: work });
  const models = {
    text: makeLocalTextModel(),
    video: makeLocalVideoModel({ workDir: footage, ffmpegPath }),
    speech: makeLocalSpeechModel({ workDir: work }),
  };
  const transcription = makeLocalTranscription({ speech: models.speech });
  const tools = {
    ...models,
    transcription,
    engine,
    compositor: makeCompositor({ engine, workDir: work }),
    moderation: await loadModeration(moderationTermsFile),
    music: makeMusic({ workDir: work }),
  };
  return { engine, models, tools };
}
