import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureActiveOwner, ensureOwner, isOptedOut } from './accounts/accounts.ts';
import { makeAudit } from './audit/audit.ts';
import { makeCompositor } from './compose/compose.ts';
import { makeEvents } from './events/events.ts';
import { makeKeys } from './keys/keys.ts';
import { makeMediaEngine } from './media/engine.ts';
import { makeMusic } from './models/local/music/music.ts';
import { loadDenyList, makeModeration, moderateModels } from './moderation/moderation.ts';
import { makeNotify } from './notify/notify.ts';
import { makePostgresBus } from './platform/bus/bus.ts';
import { systemClock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import { openDataFolder, readOwnSecret } from './platform/data-folder.ts';
import { type Log, makeLog } from './platform/log.ts';
import { isLoopback } from './platform/loopback.ts';
import { makeWithLane } from './platform/permits/permits.ts';
import { type Database, type OpenDatabase, openDatabase } from './platform/postgres/database.ts';
import { migrate } from './platform/postgres/migrate.ts';
import { makeSafeFetch } from './platform/safe-fetch/safe-fetch.ts';
import { startSchedule } from './platform/schedule/schedule.ts';
import {
  makeAccountDeletion,
  makeExports,
  makeImports,
  makeOrphanSweep,
  makePurge,
} from './privacy/privacy.ts';
import { makeBuy } from './purchases/purchases.ts';
import { makeSessions } from './sessions/sessions.ts';
import { makeStudio } from './studio/studio.ts';
import { makeLookEnds } from './support/ending.ts';
import { openTelemetry } from './telemetry/telemetry.ts';
import { makeStoredTranscripts, makeTranscripts } from './transcripts/transcripts.ts';
import { makeTwoFactor } from './two-factor/two-factor.ts';
import { makeUploads } from './uploads/uploads.ts';
import { makeAdvance } from './videos/advance.ts';
import { type TakeRef, wakeStepsOfTake } from './videos/awaited-takes.ts';
import { makeFilming } from './videos/filming.ts';
import { HOOK_PATH } from './videos/hooks.ts';
import { makeRingLane } from './videos/lanes.ts';
import { makeLifecycle } from './videos/lifecycle.ts';
import { listenForEndedRuns } from './videos/run-store.ts';
import { makeRunner } from './videos/runner.ts';
import { makeSteps } from './videos/steps.ts';
import { makeStragglers } from './videos/stragglers.ts';
import { makeSupervisor } from './videos/supervisor.ts';
import { makeTakeWatch } from './videos/take-watch.ts';
import { makeVideos } from './videos/videos.ts';
import { makeWebhooks } from './webhooks/webhooks.ts';
import { makeBells } from './wiring/bells.ts';
import { startCare } from './wiring/care.ts';
import { openDeadLetters } from './wiring/dead-letters.ts';
import { makeForget } from './wiring/forget.ts';
import { makeJobs } from './wiring/jobs.ts';
import { openModels } from './wiring/models.ts';
import { openObjects } from './wiring/objects.ts';
import { type ActingAs, makeRecords } from './wiring/records.ts';
import { makeTidings } from './wiring/tidings.ts';

const MIGRATIONS_DIR = join(import.meta.dirname, 'migrations');

/** How often a waiting command looks at its run. */
const TICK_MS = 300;

/** Everything of one process, wired. Disposing stops it in reverse order. */
export type Clipt = Awaited<ReturnType<typeof openClipt>>;

/**
 * The composition root: the one place that builds things. Nothing works on steps until `startWorker`.
 * `actingAs` tells what goes on record who did it. Rejects with Problems that name the setting, folder or server at fault.
 */
export async function openClipt(config: Config, actingAs: ActingAs = 'user') {
  await using opening = new AsyncDisposableStack();
  const telemetry = openTelemetry(config.telemetry, makeLog(config.logLevel ?? 'silent'));
  opening.defer(() => telemetry.close());
  const { log } = telemetry;
  const folder = await openDataFolder(config.dataDir);
  opening.defer(() => folder.close());
  const database = await openMigratedDatabase(config, log);
  opening.defer(() => database.close());
  const { db } = database;
  const secrets = config.secrets ?? [await readOwnSecret(folder)];
  const { objects, objectRoutes } = await openObjects(config, folder, secrets);
  const redis = await openRedis(config, log);
  opening.defer(async () => redis?.close());
  const bus = redis
    ? (await import('./platform/bus/redis-bus.ts')).makeRedisBus({
        ...{ client: redis.client, subscriber: redis.reader, log },
      })
    : makePostgresBus({ db, listen: database.listen });
  opening.defer(() => bus.close());

  const workDir = folder.work;
  const engine = await makeMediaEngine({ ffmpegPath: config.ffmpegPath, workDir });
  const denyList = await loadDenyList(config.moderationTermsFile);
  const moderation = makeModeration({ db, denyList, log });
  const opened = await openModels({ config, folder, engine, log });
  opening.defer(() => opened.close());
  const models = moderateModels(opened, moderation);

  const bells = makeBells({ database, log });
  opening.defer(() => bells.stop());
  const ring = bells.ringSteps;
  // On a machine of one's own, webhooks may go to programs on that machine.
  const allowLoopback = isLoopback(config.service.host);
  const webhooks = makeWebhooks({
    ...{ db, secrets, allowLoopback, log },
    ring: bells.ringDeliveries,
    safeFetch: makeSafeFetch({ allowLoopback }),
  });
  const events = makeEvents({ bus, onEmitted: webhooks.enqueueDeliveries });
  const url = config.service.url ?? `http://localhost:${config.service.port}`;
  const notify = makeNotify({
    ...{ db, log },
    ring: bells.ringMail,
    sendMail: await openMail(config),
    url,
  });
  const ringLane = makeRingLane(ring);
  const ringTake = async (tx: Database, take: TakeRef) =>
    ring(tx, await wakeStepsOfTake(tx, take), 0);
  const filming = makeFilming({
    ...{ db, engine, ringLane, ringTake },
    video: models.video,
    videoOf: opened.videoOf,
    callbackUrl: callbackUrlOf(config),
  });
  const steps = makeSteps({
    ...{ db, filming, moderation, engine, ...models },
    compositor: makeCompositor({ engine, workDir }),
    music: makeMusic({ workDir }),
  });
  const lifecycle = makeLifecycle({
    ...makeTidings({ events, bus }),
    maxRunning: config.runningVideos,
  });
  const advance = makeAdvance({ db, objects, steps, ring, lifecycle, log });
  const withLane = makeWithLane(db);
  const uploads = makeUploads({
    ...{ db, objects, engine, workDir, log },
    ring: bells.ringUpload,
    now: systemClock,
  });
  const { transcription } = models;
  const storedTranscripts = makeStoredTranscripts({
    ...{ db, objects, engine, workDir, log, moderation, transcription, uploads, withLane },
    buy: makeBuy(db),
    ring: bells.ringTranscript,
  });
  const audit = makeAudit({ db, objects, log });
  const exports = makeExports({
    ...{ db, objects, workDir, audit, log },
    mail: notify.mail,
    ring: bells.ringExport,
  });
  const records = makeRecords({ audit, notify, actingAs });
  const sessions = makeSessions({
    ...{ db, log, record: records.ofSessions },
    recordBegan: records.ofBegan,
  });
  const keys = makeKeys({ db, log, record: records.ofKey });
  const videos = makeVideos({ db, advance, lifecycle, models, filming });
  const accountDeletion = makeAccountDeletion({
    ...{ db, sessions, keys, webhooks, videos, uploads, exports, notify, audit },
    transcripts: storedTranscripts,
  });
  const purge = makePurge({
    ...{ db, objects, sessions, notify, audit, log },
    forget: makeForget(redis?.client ?? null),
  });
  const lookEnds = makeLookEnds({ db, audit, notify });
  const jobs = makeJobs({
    ...{ db, audit, events, exports, lookEnds, notify, purge, sessions, uploads, webhooks },
    sweepOrphans: makeOrphanSweep({ db, objects, log }),
  });
  const stopping = new AbortController();
  opening.defer(() => stopping.abort());

  const parts = opening.move();
  return {
    ...{ db, log, secrets, redis: redis?.client ?? null, bus, events, webhooks, notify },
    ...{ engine, models, moderation, objects, objectRoutes, filming, uploads, storedTranscripts },
    ...{ audit, exports, lookEnds, workDir },
    ...{ keys, sessions, videos, accountDeletion, purge, jobs },
    twoFactor: makeTwoFactor({
      ...{ db, secrets, sessions, audit, notify },
      now: systemClock,
      issuer: new URL(url).hostname,
    }),
    imports: makeImports({ db, objects, audit }),
    deadLetters: openDeadLetters({ db, audit, webhooks, notify, bells }),
    studio: makeStudio({ db, text: models.text, moderation, withLane }),
    transcripts: makeTranscripts({ engine, transcription, moderation, workDir }),
    observe: telemetry.observer({ secrets, isOptedOut: (account) => isOptedOut(db, account) }),
    /** Whose this installation is; rejects with `account_deleted` while that account is being deleted. */
    owner: () => ensureActiveOwner(db),
    /** The same, deleted or not. */
    anyOwner: () => ensureOwner(db),

    /** Makes ready for many who ask at once. */
    openQueue: bells.open,

    /** Begins to work here: on steps as many at once as suits the machine, on uploads and transcripts beside them. */
    async startWorker(): Promise<void> {
      const workerId = randomUUID();
      const runner = makeRunner({
        ...{ db, objects, steps, advance, lifecycle, ring, ringLane },
        ...{ workerId, workDir, log },
      });
      const { host, pid, started } = folder.owner;
      const supervisor = makeSupervisor({
        ...{ db, advance, lifecycle, ring, log },
        identity: { id: workerId, host, pid, processStarted: started },
        lookAfterStragglers: makeStragglers({ db, objects, filming, workDir, log }),
      });
      parts.defer(await listenForEndedRuns(database, (run) => runner.stopRun(run)));
      await supervisor.start();
      parts.defer(() => supervisor.stop());
      const watch = makeTakeWatch({ db, filming, lifecycle, ringTake, log });
      watch.start();
      parts.defer(() => watch.stop());
      const perform = {
        steps: runner.perform,
        ...{ uploads, storedTranscripts, webhooks, notify, exports },
      };
      await bells.answer(perform, workersFor(availableParallelism()), stopping.signal);
      parts.defer(startCare({ uploads, storedTranscripts, webhooks, notify, exports, log }));
      parts.defer(startSchedule({ db, jobs, log }));
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

async function openRedis({ redisUrl }: Config, log: Log) {
  if (redisUrl === null) return null;
  const { openRedis: open } = await import('./platform/redis/redis.ts');
  return await open(redisUrl, log);
}

async function openMail({ mail }: Config) {
  if (mail === null) return null;
  const { makeResend } = await import('./notify/resend.ts');
  return makeResend(mail);
}

/** Vendors call only where the public can reach us. */
function callbackUrlOf({ service: { url } }: Config): (token: string) => string | null {
  if (!url?.startsWith('https://')) return () => null;
  return (token) => `${url}${HOOK_PATH}/${token}`;
}
