import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { newId, type RevisionId, type RunId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { creditsOf } from '../purchases/purchases.ts';
import type { Brief, Look } from './contract.ts';
import { OverMaxCreditsEstimate } from './errors.ts';
import { type EstimateModels, estimateFilm } from './estimate.ts';
import type { Lifecycle } from './lifecycle.ts';
import { planOpening } from './plan.ts';
import * as runStore from './run-store.ts';
import type { VideoRow } from './schema.ts';
import * as stepStore from './step-store.ts';
import * as videoStore from './video-store.ts';

/** Makes a brief and look the video's current revision; the same content is the same revision. */
export async function reviseVideo(
  tx: Database,
  models: EstimateModels,
  video: VideoRow,
  {
    content,
    brief,
    look,
  }: {
    /** What identifies the revision: what the maker asked for, in whatever form they asked. */
    readonly content: unknown;
    readonly brief: () => Promise<Brief>;
    readonly look: Look;
  },
): Promise<RevisionId> {
  const contentHash = hashOf(content);
  const known = await videoStore.findRevisionByContent(tx, video, contentHash);
  if (known !== null) {
    if (video.currentRevisionId !== known) {
      await videoStore.updateVideo(tx, video, { currentRevisionId: known });
    }
    return known;
  }
  const id = newId('rev');
  const made = await brief();
  await videoStore.insertRevision(tx, video, { id, brief: made, look, contentHash });
  const { items } = estimateFilm(models, made, look);
  const cost = items.reduce((sum, { cost_usd }) => sum + cost_usd * 1_000_000, 0);
  await videoStore.updateVideo(tx, video, {
    currentRevisionId: id,
    estimatedMicroUsd: Math.round(cost),
  });
  return id;
}

/** The open run of the revision, begun now if there is none; a run of another revision ends. */
export async function ensureRun(
  tx: Database,
  lifecycle: Lifecycle,
  video: VideoRow,
  revisionId: RevisionId,
): Promise<RunId> {
  const open = await runStore.findOpenRun(tx, video.accountId, video.id);
  if (open?.revisionId === revisionId) return open.id;
  // What was asked for before is no longer wanted; its finished steps stay usable.
  if (open) await lifecycle.end(tx, open, { status: 'canceled' });
  const run = { id: newId('run'), accountId: video.accountId, videoId: video.id, revisionId };
  await lifecycle.start(tx, run, () => stepStore.insertSteps(tx, run, planOpening()));
  return run.id;
}

/** Refuses what would cost more than the maker allows, before anything is bought. */
export function refuseOverMax(maxCredits: number | null, estimatedMicroUsd: number): void {
  const needed = creditsOf(estimatedMicroUsd);
  if (maxCredits !== null && needed > maxCredits) {
    throw new OverMaxCreditsEstimate(needed, maxCredits);
  }
}

function hashOf(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('A wish must be JSON.');
  return createHash('sha256').update(text).digest('hex');
}
