import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureOwner } from '../../server/accounts/accounts.ts';
import type { Usage } from '../../server/models/models.ts';
import type { AccountId, RunId, SceneId, StepId, TakeId } from '../../server/platform/ids.ts';
import { silentLog } from '../../server/platform/log.ts';
import { makeFolderStore } from '../../server/platform/objects/folder.ts';
import type { Database } from '../../server/platform/postgres/database.ts';
import { makeAdvance } from '../../server/videos/advance.ts';
import { type TakeRef, wakeStepsOfTake } from '../../server/videos/awaited-takes.ts';
import { DEFAULT_LOOK, type StepKind } from '../../server/videos/contract.ts';
import type { EstimateModels } from '../../server/videos/estimate.ts';
import { FILM_FILES } from '../../server/videos/film-files.ts';
import type { FilmState } from '../../server/videos/film-state.ts';
import type { Filming } from '../../server/videos/filming.ts';
import { makeRingLane } from '../../server/videos/lanes.ts';
import { makeLifecycle } from '../../server/videos/lifecycle.ts';
import { stepOutputs } from '../../server/videos/outputs.ts';
import { makeRunner } from '../../server/videos/runner.ts';
import {
  defineStep,
  type Step,
  type StepOutcome,
  type StepWork,
} from '../../server/videos/step.ts';
import { makeVideos, type Wish } from '../../server/videos/videos.ts';
import { createTestDatabase } from '../harness/database.ts';

/** What a step did, each time it was performed. */
export type Performed = { readonly kind: StepKind; readonly scene: string | null };

export type ToyOptions = {
  /** Runs of the account at once. Default 100. */
  readonly maxRunning?: number;
  /** Called when a step's input is made; may throw. */
  readonly onPrepare?: (kind: StepKind) => void;
  /** Called at the start of every performance; may wait, or throw. */
  readonly onPerform?: (performed: Performed, work: StepWork) => Promise<void> | void;
  /** Films a clip: the take that its step has to wait for, or null once there is one. Without, there is one at once. */
  readonly film?: (work: StepWork, tools: FilmTools) => Promise<TakeId | null>;
};

export type FilmTools = {
  readonly db: Database;
  /** Rings for the steps that wait for the take. */
  readonly ringTake: (tx: Database, take: TakeRef) => Promise<void>;
};

/**
 * The real graph, rows, runner and object store, with steps that write a line of text in place of media:
 * what the pipeline promises does not depend on what the steps make.
 */
export async function openToyPipeline(options: ToyOptions = {}) {
  const database = await createTestDatabase();
  const root = await mkdtemp(join(tmpdir(), 'clipt-toy-'));
  const objects = makeFolderStore({
    root: join(root, 'objects'),
    baseUrl: 'http://127.0.0.1',
    secrets: ['toy-secret-toy-secret'],
  });
  const performed: Performed[] = [];
  const rung: StepId[] = [];
  const note: Note = async (what, work) => {
    performed.push(what);
    await options.onPerform?.(what, work);
  };
  const { db } = database;
  const ring = async (_tx: unknown, ids: readonly StepId[]) => {
    rung.push(...ids);
  };
  const ringTake = async (tx: Database, take: TakeRef) => ring(tx, await wakeStepsOfTake(tx, take));
  const steps = toySteps({
    note,
    onPrepare: (kind) => options.onPrepare?.(kind),
    film: async (work) => (await options.film?.(work, { db, ringTake })) ?? null,
  });
  const told: string[] = [];
  const lifecycle = makeLifecycle({
    maxRunning: options.maxRunning ?? 100,
    tell: async (_tx, _about, tiding) => {
      told.push(tiding);
    },
    moved: async () => undefined,
  });
  const ringLane = makeRingLane(ring);
  const advance = makeAdvance({ db, objects, steps, ring, lifecycle, log: silentLog });
  const videos = makeVideos({ db, advance, lifecycle, models: toyModels, filming: noFilming });
  const openRunner = (workerId: string) =>
    makeRunner({
      db,
      objects,
      steps,
      advance,
      lifecycle,
      ring,
      ringLane,
      workerId,
      workDir: join(root, 'work'),
      log: silentLog,
    });
  const accountId = await ensureOwner(db);
  return {
    ...database,
    accountId,
    advance,
    objects,
    openRunner,
    lifecycle,
    performed,
    ringTake,
    rung,
    told,
    videos,
    async make(wish: Wish, look = DEFAULT_LOOK) {
      return await videos.make(accountId, { clientKey: 'toy', wish, look });
    },
    /** Answers every bell, one after another, until none is left. */
    async workOff(runner = openRunner('toy worker')) {
      for (let id = rung.shift(); id; id = rung.shift()) {
        await runner.perform(id, new AbortController().signal);
      }
    },
    async view(runId: RunId, account: AccountId = accountId) {
      return await videos.view(account, runId);
    },
    async end() {
      await database.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export function scriptOf(...narrations: readonly string[]): Wish {
  const scenes = narrations.map((narration) => ({ narration, visual: null }));
  return { kind: 'script', title: 'Toy', language: 'en', scenes };
}

type Note = (performed: Performed, work: StepWork) => Promise<void>;

function toySteps({
  note,
  onPrepare,
  film: filmClip,
}: {
  readonly note: Note;
  readonly onPrepare: (kind: StepKind) => void;
  readonly film: (work: StepWork) => Promise<TakeId | null>;
}): { readonly [Kind in StepKind]: Step } {
  const settings = { version: 1, deadlineMs: 20_000, maxFailures: 3 };
  const define = <Kind extends StepKind>(
    kind: Kind,
    input: (film: FilmState, sceneId: SceneId | null) => unknown,
    make: (input: string, work: StepWork) => Promise<StepOutcome<unknown>>,
  ) =>
    defineStep(
      { ...settings, kind, output: stepOutputs[kind] },
      prepared(kind, input),
      async (given, work) => {
        await note({ kind, scene: work.sceneId }, work);
        return await make(JSON.stringify(given), work);
      },
    );
  const prepared =
    (kind: StepKind, input: (film: FilmState, sceneId: SceneId | null) => unknown) =>
    (film: FilmState, sceneId: SceneId | null) => {
      onPrepare(kind);
      return input(film, sceneId);
    };
  const keep = async (text: string, work: StepWork) => {
    const file = join(work.dir, 'made.txt');
    await writeFile(file, text);
    return await work.keep(file, 'text/plain');
  };
  const scene = (film: FilmState, id: SceneId | null) => film.scenes.find((one) => one.id === id);
  return {
    moderate: define(
      'moderate',
      (film) => film.brief,
      async () => ({ done: {} }),
    ),
    script: define(
      'script',
      ({ brief }) => brief,
      async (text) => {
        const { topic, scenes }: { topic?: string; scenes?: { narration: string }[] } =
          JSON.parse(text);
        const written = scenes ?? [{ narration: `${topic} one.` }, { narration: `${topic} two.` }];
        const done = written.map(({ narration }) => ({ narration, visual: 'a toy' }));
        return { done: { title: 'Toy', notice: null, scenes: done } };
      },
    ),
    voice: define(
      'voice',
      (film, id) => scene(film, id)?.narration,
      async (text, work) => ({ done: { audio: await keep(text, work), seconds: 2, words: [] } }),
    ),
    words: define(
      'words',
      (film, id) => [film.output('voice', id), scene(film, id)?.narration],
      async () => ({ done: { words: [] } }),
    ),
    clip: define(
      'clip',
      (film, id) => [scene(film, id)?.visual, scene(film, id)?.position],
      async (text, work) => {
        const takeId = await filmClip(work);
        if (takeId !== null) return { filming: takeId, progress: 0 };
        const clip = await keep(text, work);
        return { done: { clip, seconds: 2, takeId: 'tak_toy', lastFrame: null } };
      },
    ),
    segment: define(
      'segment',
      (film, id) => [film.output('clip', id), scene(film, id)?.narration],
      async (text, work) => ({ done: { pieces: [{ file: await keep(text, work), frames: 60 }] } }),
    ),
    soundtrack: define(
      'soundtrack',
      (film) => film.scenes.map(({ id }) => film.output('voice', id)),
      async (text, work) => ({ done: { audio: await keep(text, work) } }),
    ),
    finish: define(
      'finish',
      (film) => [
        film.output('soundtrack'),
        film.scenes.map(({ id }) => film.output('segment', id)),
      ],
      async (text, work) => ({ done: { film: await keep(text, work), frames: 60 } }),
    ),
    check: define(
      'check',
      (film) => film.output('finish'),
      async () => ({ done: { report: { ok: true } } }),
    ),
    store: define(
      'store',
      (film) => film.output('finish'),
      async (text, work) => ({
        done: { files: [{ suffix: FILM_FILES.film, object: await keep(text, work) }] },
      }),
    ),
  };
}

/** The toy steps make everything themselves; nobody may ask a model, and nothing costs anything. */
const unasked = () => Promise.reject(new Error('The toy pipeline asks no model.'));
const free = (): Usage => ({ unit: 'seconds', units: 0, costMicroUsd: 0, reference: null });
const toyModels: EstimateModels = {
  text: {
    id: 'toy',
    lane: null,
    estimate: free,
    writeIdeas: unasked,
    writeScript: unasked,
    writeVisuals: unasked,
    enhancePrompt: unasked,
  },
  speech: {
    id: 'toy',
    lane: null,
    defaultVoice: 'toy',
    estimate: free,
    listVoices: unasked,
    speak: unasked,
  },
  transcription: { id: 'toy', lane: null, hears: false, estimate: free, transcribe: unasked },
  video: {
    id: 'toy',
    lane: null,
    limits: { minSeconds: 1, maxSeconds: 10, stepSeconds: 1 },
    accepts: { firstFrame: false, references: 0 },
    knowsOrdersBySeed: false,
    looksAfterMs: [],
    estimate: free,
    submit: unasked,
    find: unasked,
    poll: unasked,
    pollAfterMs: () => 1_000,
    download: unasked,
    cancel: unasked,
  },
};
const noFilming: Filming = {
  next: unasked,
  watch: unasked,
  glance: unasked,
  pauseMs: unasked,
  callOff: unasked,
  hint: unasked,
};
