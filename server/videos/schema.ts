import type {
  AccountId,
  RenderId,
  RevisionId,
  RunId,
  SceneId,
  StepId,
  TakeId,
  VideoId,
} from '../platform/ids.ts';
import {
  bigint,
  boolean,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
} from '../platform/postgres/drizzle.ts';
import { STEP_KINDS } from './contract.ts';

/** Tables of 0002-videos.sql, 0003-vendors.sql and 0011-awaited-takes.sql. JSON columns are `unknown` here and parsed by contract.ts where they are read. */

const time = (name: string) => timestamp(name, { withTimezone: true });

export const videos = pgTable('videos', {
  id: text().$type<VideoId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  clientKey: text('client_key').notNull(),
  title: text().notNull(),
  seed: integer().notNull(),
  currentRevisionId: text('current_revision_id').$type<RevisionId>(),
  metadata: jsonb().$type<unknown>().notNull().default({}),
  maxCredits: integer('max_credits'),
  estimatedMicroUsd: bigint('estimated_micro_usd', { mode: 'number' }).notNull().default(0),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

export const revisions = pgTable('revisions', {
  id: text().$type<RevisionId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  videoId: text('video_id').$type<VideoId>().notNull(),
  number: integer().notNull(),
  brief: jsonb().$type<unknown>().notNull(),
  look: jsonb().$type<unknown>().notNull(),
  contentHash: text('content_hash').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
});

export const scenes = pgTable('scenes', {
  revisionId: text('revision_id').$type<RevisionId>().notNull(),
  sceneId: text('scene_id').$type<SceneId>().notNull(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  videoId: text('video_id').$type<VideoId>().notNull(),
  position: integer().notNull(),
  narration: text().notNull(),
  visual: text().notNull(),
  takeId: text('take_id').$type<TakeId>(),
  variant: integer().notNull().default(0),
  firstFrame: jsonb('first_frame').$type<unknown>(),
});

export const takes = pgTable('takes', {
  id: text().$type<TakeId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  videoId: text('video_id').$type<VideoId>().notNull(),
  sceneId: text('scene_id').$type<SceneId>().notNull(),
  source: text({ enum: ['model', 'upload'] })
    .notNull()
    .default('model'),
  model: text().notNull(),
  clipKey: text('clip_key').notNull(),
  seconds: doublePrecision().notNull(),
  status: text({
    enum: ['intended', 'ordering', 'filming', 'stored', 'failed', 'unresolved', 'canceled'],
  }).notNull(),
  request: jsonb().$type<unknown>(),
  orderedAt: time('ordered_at'),
  callbackHash: text('callback_hash'),
  looks: integer().notNull().default(0),
  taskId: text('task_id'),
  object: jsonb().$type<unknown>(),
  lastFrame: jsonb('last_frame').$type<unknown>(),
  errorCode: text('error_code'),
  checkAfter: time('check_after').notNull().defaultNow(),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

export const runs = pgTable('runs', {
  id: text().$type<RunId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  videoId: text('video_id').$type<VideoId>().notNull(),
  revisionId: text('revision_id').$type<RevisionId>().notNull(),
  status: text({ enum: ['queued', 'running', 'succeeded', 'failed', 'canceled'] }).notNull(),
  waitingFor: text('waiting_for', { enum: ['provider', 'credits', 'capacity'] }),
  progress: doublePrecision().notNull().default(0),
  error: jsonb().$type<unknown>(),
  createdAt: time('created_at').notNull().defaultNow(),
  startedAt: time('started_at'),
  finishedAt: time('finished_at'),
});

export const STEP_STATUSES = [
  'pending',
  'ready',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'canceled',
] as const;

export const steps = pgTable('steps', {
  id: text().$type<StepId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  runId: text('run_id').$type<RunId>().notNull(),
  kind: text({ enum: STEP_KINDS }).notNull(),
  sceneId: text('scene_id').$type<SceneId>(),
  position: integer().notNull(),
  dependsOn: text('depends_on').array().$type<StepId[]>().notNull(),
  status: text({ enum: STEP_STATUSES }).notNull(),
  cached: boolean().notNull().default(false),
  attempt: integer().notNull().default(0),
  failures: integer().notNull().default(0),
  losses: integer().notNull().default(0),
  progress: doublePrecision().notNull().default(0),
  inputHash: text('input_hash'),
  output: jsonb().$type<unknown>(),
  error: jsonb().$type<unknown>(),
  cpuMs: doublePrecision('cpu_ms').notNull().default(0),
  runAfter: time('run_after').notNull().defaultNow(),
  workerId: text('worker_id'),
  leaseExpiresAt: time('lease_expires_at'),
  waitingFor: text('waiting_for', { enum: ['provider', 'capacity'] }),
  waitingLane: text('waiting_lane'),
  outageSince: time('outage_since'),
  takeId: text('take_id').$type<TakeId>(),
  model: text(),
  startedAt: time('started_at'),
  finishedAt: time('finished_at'),
});

export const stepResults = pgTable('step_results', {
  accountId: text('account_id').$type<AccountId>().notNull(),
  kind: text({ enum: STEP_KINDS }).notNull(),
  inputHash: text('input_hash').notNull(),
  output: jsonb().$type<unknown>().notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
});

export const renders = pgTable('renders', {
  id: text().$type<RenderId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  videoId: text('video_id').$type<VideoId>().notNull(),
  revisionId: text('revision_id').$type<RevisionId>().notNull(),
  runId: text('run_id').$type<RunId>().notNull(),
  files: jsonb().$type<unknown>().notNull(),
  report: jsonb().$type<unknown>().notNull(),
  receipt: jsonb().$type<unknown>().notNull().default([]),
  createdAt: time('created_at').notNull().defaultNow(),
});

export const workers = pgTable('workers', {
  id: text().primaryKey(),
  host: text().notNull(),
  pid: integer().notNull(),
  processStarted: text('process_started').notNull(),
  seenAt: time('seen_at').notNull().defaultNow(),
});

export type VideoRow = typeof videos.$inferSelect;
export type SceneRow = typeof scenes.$inferSelect;
export type RunRow = typeof runs.$inferSelect;
export type StepRow = typeof steps.$inferSelect;
export type TakeRow = typeof takes.$inferSelect;
