import { randomBytes } from 'node:crypto';
import { keepLease } from '../platform/lease/lease.ts';
import type { Log } from '../platform/log.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import { asProblem, isFault, type Problem } from '../platform/problem.ts';
import type { TranscriptId } from './contract.ts';
import { TranscriptLostTooOften } from './errors.ts';
import { decideTranscriptRetry } from './retry.ts';
import type { ClaimedTranscript } from './store.ts';
import * as store from './store.ts';
import { type WorkDeps, workTranscript } from './work-transcript.ts';

const LEASE_MS = 15_000;
/** Work whose worker vanished this often is itself the likely cause. */
const MAX_LOSSES = 20;

/** Rings for a transcript in the caller's transaction: after it commits, some worker performs it. */
export type RingTranscript = (tx: Database, id: TranscriptId, afterMs: number) => Promise<void>;

export type PerformDeps = WorkDeps & { readonly ring: RingTranscript; readonly log: Log };

/**
 * Works on a transcript if it is due and free, else does nothing. Killed anywhere, the next attempt goes on from
 * the words that were heard; files count under the newest attempt number alone.
 */
export function makePerformTranscript(deps: PerformDeps) {
  const { db, objects, log } = deps;

  return async function performTranscript(id: TranscriptId, stopping: AbortSignal): Promise<void> {
    if (stopping.aborted) return;
    const folderName = randomBytes(16).toString('hex');
    const transcript = await store.claim(db, id, { leaseMs: LEASE_MS, folderName });
    if (!transcript) return;
    using lease = keepLease({
      renew: () => store.renew(db, transcript, LEASE_MS),
      everyMs: LEASE_MS / 3,
      stopping,
      log,
    });
    try {
      if (transcript.abandonedPrefix !== null) await discard(transcript.abandonedPrefix);
      if (transcript.losses >= MAX_LOSSES) throw new TranscriptLostTooOften();
      const files = await workTranscript(deps, transcript, lease.signal);
      const kept = await retryOnLostConnection(() => store.succeed(db, transcript, files));
      if (!kept) await discard(transcript.filesPrefix);
    } catch (error) {
      // Storage that is away keeps them under a prefix that is on record.
      await discard(transcript.filesPrefix).catch(() => undefined);
      if (lease.isLost()) return;
      if (stopping.aborted)
        await putBack(transcript, { afterMs: 0, failed: false, waitsFor: null });
      else await settleProblem(transcript, asProblem(error));
    }
  };

  async function settleProblem(transcript: ClaimedTranscript, problem: Problem): Promise<void> {
    const { code, message, retryable, action = null } = problem;
    log.warn('transcript.failed', {
      account_id: transcript.accountId,
      attempt: transcript.attempt,
      code,
      kind: problem.kind,
    });
    const { failures, outageSince } = transcript;
    const outageMs = outageSince ? Math.max(0, Date.now() - outageSince.getTime()) : 0;
    const decision = decideTranscriptRetry(problem, { failures, outageMs });
    if (decision.do === 'fail') {
      if (isFault(problem)) log.error('transcript.given_up', { code, kind: problem.kind });
      const error = { code, message, retryable, action };
      await retryOnLostConnection(() => store.fail(db, transcript, error));
    } else if (decision.do === 'park') {
      const { afterMs, waitsFor } = decision;
      await putBack(transcript, { afterMs, failed: false, waitsFor });
    } else await putBack(transcript, { afterMs: decision.afterMs, failed: true, waitsFor: null });
  }

  async function putBack(
    transcript: ClaimedTranscript,
    change: store.PutBackWaiting,
  ): Promise<void> {
    await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        if (await store.putBack(tx, transcript, change))
          await deps.ring(tx, transcript.id, change.afterMs);
      }),
    );
  }

  async function discard(prefix: string): Promise<void> {
    await objects.deletePrefix(`${prefix}/`);
  }
}
