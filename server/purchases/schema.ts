import type {
  AccountId,
  PurchaseId,
  RunId,
  SceneId,
  StepId,
  TakeId,
  VideoId,
} from '../platform/ids.ts';
import { bigint, doublePrecision, pgTable, text, timestamp } from '../platform/postgres/drizzle.ts';

/** The purchases table of 0003-vendors.sql. */

const time = (name: string) => timestamp(name, { withTimezone: true });

const PURCHASE_KINDS = ['ideas', 'script', 'prompt', 'narration', 'clip', 'transcription'] as const;

export const purchases = pgTable('purchases', {
  id: text().$type<PurchaseId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  videoId: text('video_id').$type<VideoId>(),
  runId: text('run_id').$type<RunId>(),
  sceneId: text('scene_id').$type<SceneId>(),
  stepId: text('step_id').$type<StepId>(),
  takeId: text('take_id').$type<TakeId>(),
  kind: text({ enum: PURCHASE_KINDS }).notNull(),
  model: text().notNull(),
  status: text({ enum: ['held', 'settled', 'released', 'uncertain'] }).notNull(),
  unit: text({ enum: ['tokens', 'characters', 'seconds'] }).notNull(),
  units: doublePrecision().notNull(),
  costMicroUsd: bigint('cost_micro_usd', { mode: 'number' }).notNull(),
  reference: text(),
  createdAt: time('created_at').notNull().defaultNow(),
  endedAt: time('ended_at'),
});

export type PurchaseRow = typeof purchases.$inferSelect;
