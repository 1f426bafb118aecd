import type { SceneId, VideoId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import {
  type Failure,
  failureSchema,
  type NamedFile,
  namedFileSchema,
  type StepKind,
} from './contract.ts';
import { stepOutputs } from './outputs.ts';
import type { RunRow, STEP_STATUSES, StepRow } from './schema.ts';
import { listSteps } from './step-store.ts';
import { findRenderOfRun, findVideo, listScenes } from './video-store.ts';

export type StepView = {
  readonly kind: StepKind;
  /** From 1; null for steps of the whole film. */
  readonly scene: number | null;
  readonly status: (typeof STEP_STATUSES)[number];
  readonly cached: boolean;
  readonly cpuMs: number;
};

export type RunView = {
  readonly videoId: VideoId;
  readonly title: string;
  /** What the maker should know about how the script was written. */
  readonly notice: string | null;
  readonly status: RunRow['status'];
  /** Why nothing moves at the moment, in a sentence; it goes on by itself. */
  readonly waits: string | null;
  /** 0–1; never falls. */
  readonly progress: number;
  /** In the order of the plan. */
  readonly steps: readonly StepView[];
  readonly scenes: readonly { readonly narration: string; readonly visual: string }[];
  readonly error: Failure | null;
  /** Present once the run has succeeded. */
  readonly render: { readonly files: readonly NamedFile[]; readonly report: unknown } | null;
};

/** A run as people and programs see it. */
export async function viewRun(db: Database, run: RunRow): Promise<RunView> {
  const [video, steps, scenes, render] = await Promise.all([
    findVideo(db, run.accountId, run.videoId),
    listSteps(db, run.id),
    listScenes(db, run.accountId, run.revisionId),
    findRenderOfRun(db, run.accountId, run.id),
  ]);
  const numbers = new Map(scenes.map((scene) => [scene.id, scene.position + 1]));
  return {
    videoId: run.videoId,
    title: video?.title ?? '',
    notice: noticeOf(steps),
    status: run.status,
    waits: waitsOf(run, steps),
    progress: run.progress,
    steps: steps.map((step) => viewStep(step, numbers)),
    scenes: scenes.map(({ narration, visual }) => ({ narration, visual })),
    error: run.error === null ? null : failureSchema.parse(run.error),
    render: render && {
      files: namedFileSchema.array().parse(render.files),
      report: render.report,
    },
  };
}

function viewStep(step: StepRow, numbers: ReadonlyMap<SceneId, number>): StepView {
  return {
    kind: step.kind,
    scene: step.sceneId === null ? null : (numbers.get(step.sceneId) ?? null),
    status: step.status,
    cached: step.cached,
    cpuMs: step.cpuMs,
  };
}

const WAITS_FOR: { readonly [Kind in NonNullable<RunRow['waitingFor']>]: string } = {
  provider: 'The vendor cannot serve us at the moment.',
  credits: 'There are no credits left.',
  capacity: 'The vendor serves as many requests of this key as it may.',
};

function waitsOf(run: RunRow, steps: readonly StepRow[]): string | null {
  if (run.status === 'queued') return 'Other videos come first.';
  if (run.status !== 'running' || run.waitingFor === null) return null;
  const told = steps.flatMap(({ waitingFor, error }) =>
    waitingFor === 'provider' ? (failureSchema.safeParse(error).data?.message ?? []) : [],
  );
  return told[0] ?? WAITS_FOR[run.waitingFor];
}

function noticeOf(steps: readonly StepRow[]): string | null {
  const script = steps.find((step) => step.kind === 'script');
  const output = stepOutputs.script.safeParse(script?.output);
  return output.success ? output.data.notice : null;
}
