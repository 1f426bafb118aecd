import type { AccountId, SceneId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { CREDIT_MICRO_USD, creditsOf, sumsOfScenes, sumsOfVideo } from '../purchases/purchases.ts';
import type { Stage, VideoObject, VideoStatus } from './api-contract.ts';
import { briefSchema, failureSchema, lookSchema, metadataOf, type StepKind } from './contract.ts';
import type { Scene } from './film-state.ts';
import { stepOutputs } from './outputs.ts';
import { etaSeconds } from './progress.ts';
import * as runStore from './run-store.ts';
import type { RunRow, StepRow, VideoRow } from './schema.ts';
import { listSteps } from './step-store.ts';
import * as videoStore from './video-store.ts';

/** Clients' own keys; what the command line calls its videos is nobody else's business. */
export const CLIENT_KEY_PREFIX = 'api:';

/** A video as `GET /v1/videos/{id}` shows it, or null when the account has no such video. */
export async function readVideoObject(
  db: Database,
  accountId: AccountId,
  videoId: VideoId,
): Promise<VideoObject | null> {
  const video = await videoStore.findVideo(db, accountId, videoId);
  if (!video?.currentRevisionId) return null;
  const revision = await videoStore.findRevision(db, accountId, video.currentRevisionId);
  if (!revision) return null;
  const run =
    (await runStore.findOpenRun(db, accountId, videoId)) ??
    (await runStore.findLatestRun(db, accountId, revision.id));
  const shown = run?.revisionId ?? revision.id;
  // One after another: inside a transaction there is one connection.
  const steps = run ? await listSteps(db, run.id) : [];
  const shownScenes = await videoStore.listScenes(db, accountId, shown);
  const sums = await sumsOfVideo(db, accountId, videoId);
  const sceneSums = await sumsOfScenes(db, accountId, videoId);
  const render = await videoStore.findLatestRender(db, accountId, videoId);
  const brief = briefSchema.parse(revision.brief);
  const scenes =
    shownScenes.length > 0 || brief.kind === 'topic' ? shownScenes : draftScenes(brief.scenes);
  const ahead = run?.status === 'queued' ? await runStore.countQueuedBefore(db, run) : null;
  return present({ video, revision, run, steps, scenes, sums, sceneSums, render, brief, ahead });
}

type Reading = {
  readonly video: VideoRow;
  readonly revision: { readonly number: number; readonly look: unknown; readonly createdAt: Date };
  readonly run: RunRow | null;
  readonly steps: readonly StepRow[];
  readonly scenes: readonly Scene[];
  readonly sums: Awaited<ReturnType<typeof sumsOfVideo>>;
  readonly sceneSums: Awaited<ReturnType<typeof sumsOfScenes>>;
  readonly render: Awaited<ReturnType<typeof videoStore.findLatestRender>>;
  readonly brief: ReturnType<typeof briefSchema.parse>;
  readonly ahead: number | null;
};

function present(reading: Reading): VideoObject {
  const { video, revision, run, steps, scenes, sums, brief, ahead, render } = reading;
  const { captionStyle, reference: _, ...look } = lookSchema.parse(revision.look);
  const status = statusOf(run);
  const self = `/v1/videos/${video.id}`;
  const credits = (microUsd: number) => Math.round((microUsd / CREDIT_MICRO_USD) * 100) / 100;
  return {
    id: video.id,
    title: video.title,
    status,
    waiting_for: status === 'waiting' ? (run?.waitingFor ?? null) : null,
    stage: run && stageOf(run, steps),
    progress: run?.progress ?? 0,
    eta_seconds: run && etaOf(run),
    queue_position: ahead === null ? null : ahead + 1,
    revision: revision.number,
    language: brief.language,
    style: captionStyle,
    ...look,
    notice: noticeOf(steps),
    scenes: scenes.map((scene) => presentScene(scene, run, steps, reading.sceneSums)),
    error: errorOf(run),
    credits: {
      estimated: credits(video.estimatedMicroUsd),
      held: credits(sums.held),
      settled: credits(sums.settled),
      released: credits(sums.released),
      uncertain: credits(sums.uncertain),
    },
    max_credits: video.maxCredits,
    render_id: render?.id ?? null,
    urls: {
      self,
      events: `${self}/events`,
      cancel: `${self}/cancel`,
      files: `${self}/files`,
    },
    metadata: metadataOf(video.metadata),
    client_key: video.clientKey.startsWith(CLIENT_KEY_PREFIX)
      ? video.clientKey.slice(CLIENT_KEY_PREFIX.length)
      : null,
    created_at: video.createdAt.toISOString(),
    updated_at: latest(video.updatedAt, run?.finishedAt, run?.startedAt).toISOString(),
  };
}

function latest(first: Date, ...others: readonly (Date | null | undefined)[]): Date {
  return new Date(Math.max(first.getTime(), ...others.map((time) => time?.getTime() ?? 0)));
}

export function statusOf(run: Pick<RunRow, 'status' | 'waitingFor'> | null): VideoStatus {
  if (run === null) return 'draft';
  return run.status === 'running' && run.waitingFor !== null ? 'waiting' : run.status;
}

const STAGE_OF: { readonly [Kind in StepKind]: Stage } = {
  moderate: 'moderate',
  script: 'script',
  voice: 'voice',
  words: 'captions',
  clip: 'clips',
  segment: 'compose',
  soundtrack: 'compose',
  finish: 'compose',
  check: 'compose',
  store: 'store',
};

/** The stage that holds the film up: where a step is at work, the first that is not done otherwise. */
function stageOf(run: RunRow, steps: readonly StepRow[]): Stage {
  const failure = failureSchema.safeParse(run.error);
  if (failure.success) return STAGE_OF[failure.data.stage];
  const busy = steps.find(({ status }) => ['running', 'ready', 'waiting'].includes(status));
  const open = busy ?? steps.find(({ status }) => status !== 'succeeded');
  // Between the script and its scenes there is nothing open.
  const isPlanned = steps.some(({ kind }) => kind === 'store');
  return STAGE_OF[open?.kind ?? (isPlanned ? 'store' : 'script')];
}

function etaOf(run: RunRow): number | null {
  if (run.status !== 'running' || run.waitingFor !== null || run.startedAt === null) return null;
  const elapsed = (Date.now() - run.startedAt.getTime()) / 1000;
  const eta = etaSeconds(run.progress, elapsed);
  return eta === null ? null : Math.ceil(eta);
}

function noticeOf(steps: readonly StepRow[]): string | null {
  const script = steps.find(({ kind }) => kind === 'script');
  return stepOutputs.script.safeParse(script?.output).data?.notice ?? null;
}

function errorOf(run: RunRow | null): VideoObject['error'] {
  const failure = failureSchema.safeParse(run?.error);
  if (!failure.success) return null;
  const { code, message, stage, sceneId, retryable, action, vendorCode } = failure.data;
  return {
    code,
    message,
    stage: STAGE_OF[stage],
    scene_id: sceneId,
    retryable,
    action,
    vendor_code: vendorCode,
  };
}

function presentScene(
  scene: Scene,
  run: RunRow | null,
  all: readonly StepRow[],
  sums: ReadonlyMap<SceneId, number>,
): VideoObject['scenes'][number] {
  const steps = all.filter(({ sceneId }) => sceneId === scene.id);
  const output = (kind: 'voice' | 'clip') => steps.find((step) => step.kind === kind)?.output;
  const voice = stepOutputs.voice.safeParse(output('voice'));
  const clip = stepOutputs.clip.safeParse(output('clip'));
  return {
    id: scene.id,
    position: scene.position,
    narration: scene.narration,
    visual: scene.visual,
    status: sceneStatus(run, steps),
    attempt: Math.max(0, ...steps.map(({ attempt }) => attempt)),
    model: steps.find(({ kind }) => kind === 'clip')?.model ?? null,
    seconds: voice.success ? voice.data.seconds : null,
    credits: creditsOf(sums.get(scene.id) ?? 0),
    take_id: clip.success ? clip.data.takeId : scene.takeId,
    take_chosen: scene.takeId !== null,
  };
}

function sceneStatus(run: RunRow | null, steps: readonly StepRow[]): VideoStatus {
  if (run === null) return 'draft';
  const has = (status: StepRow['status']) => steps.some((step) => step.status === status);
  if (has('failed')) return 'failed';
  if (steps.length > 0 && steps.every(({ status }) => status === 'succeeded')) return 'succeeded';
  if (run.status === 'canceled' || run.status === 'failed') return 'canceled';
  const open = steps.filter(({ status }) => ['ready', 'running', 'waiting'].includes(status));
  if (open.length === 0) return 'queued';
  return open.every(({ waitingFor }) => waitingFor !== null) ? 'waiting' : 'running';
}

/** Scenes of a revision that has never been rendered, as its brief has them. */
function draftScenes(
  scenes: readonly (Omit<Scene, 'id' | 'position' | 'visual'> & {
    readonly sceneId: SceneId;
    readonly visual: string | null;
  })[],
): readonly Scene[] {
  return scenes.map(({ sceneId, visual, ...scene }, position) => ({
    ...scene,
    id: sceneId,
    position,
    visual: visual ?? '',
  }));
}
