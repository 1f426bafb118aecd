import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MediaEngine } from '../media/media.ts';
import type { UploadId } from '../platform/ids.ts';
import { keepLease } from '../platform/lease/lease.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { type Database, retryOnLostConnection } from '../platform/postgres/database.ts';
import { asProblem, type Problem } from '../platform/problem.ts';
import type { Rejection, StoredObject } from './contract.ts';
import { encodeUpload } from './encode-upload.ts';
import { PROCESSING_FAILED } from './errors.ts';
import type { ClaimedUpload } from './store.ts';
import * as store from './store.ts';

const LEASE_MS = 15_000;
/** Failures after which a file is not tried again. */
const MAX_FAILURES = 5;
/** A file whose worker vanished this often is itself the likely cause. */
const MAX_ATTEMPTS = 25;
const FIRST_PAUSE_MS = 1_000;

/** Rings for an upload in the caller's transaction: after it commits, some worker performs it. */
export type RingUpload = (tx: Database, id: UploadId, afterMs: number) => Promise<void>;

export type ProcessDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly engine: MediaEngine;
  /** Each attempt gets a folder of its own below this one. */
  readonly workDir: string;
  readonly ring: RingUpload;
  readonly log: Log;
};

/**
 * Makes of what lies in quarantine the file that is used: encoded anew, stored under the account's prefix, then
 * on record, then gone from quarantine. Killed anywhere, the next attempt does it again; a result counts under the
 * newest attempt number alone.
 */
export function makeProcessUpload(deps: ProcessDeps) {
  const { db, objects, log } = deps;

  return async function processUpload(id: UploadId, stopping: AbortSignal): Promise<void> {
    if (stopping.aborted) return;
    const targetName = randomBytes(16).toString('hex');
    const upload = await store.claim(db, id, { leaseMs: LEASE_MS, targetName });
    if (!upload) return;
    using lease = keepLease({
      renew: () => store.renew(db, upload, LEASE_MS),
      everyMs: LEASE_MS / 3,
      stopping,
      log,
    });
    try {
      if (upload.attempt > MAX_ATTEMPTS) await end(upload, PROCESSING_FAILED);
      else await promote(upload, lease.signal);
    } catch (error) {
      if (lease.isLost()) await discard(upload.targetKey);
      else if (stopping.aborted) await putBack(upload, { afterMs: 0, failed: false });
      else await settleProblem(upload, asProblem(error));
    }
  };

  async function promote(upload: ClaimedUpload, signal: AbortSignal): Promise<void> {
    // What an attempt that died may have stored.
    await discard(upload.abandonedKey);
    const { targetKey, quarantineKey, kind } = upload;
    if (targetKey === null || quarantineKey === null)
      throw new Error('An upload without its keys.');
    const dir = await mkdtemp(join(deps.workDir, 'upload-'));
    try {
      const source = await objects.localFile(quarantineKey, signal);
      const made = await encodeUpload(deps.engine, { file: source, kind }, dir, { signal });
      const object = await storeFile(targetKey, made.file, made.contentType, signal);
      const ready = await retryOnLostConnection(() =>
        store.finish(db, upload, { object, media: made.media }),
      );
      if (ready) await leaveQuarantine(upload);
      else await discard(targetKey);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  async function storeFile(
    key: string,
    file: string,
    contentType: string,
    signal: AbortSignal,
  ): Promise<StoredObject> {
    const [sha256, { size }] = await Promise.all([sha256Of(file, signal), stat(file)]);
    await objects.putFile(key, file, { contentType, signal });
    return { key, sha256, sizeBytes: size, contentType };
  }

  async function settleProblem(upload: ClaimedUpload, problem: Problem): Promise<void> {
    log.warn('upload.failed', {
      account_id: upload.accountId,
      attempt: upload.attempt,
      code: problem.code,
      kind: problem.kind,
    });
    if (problem.kind === 'invalid') {
      const { code, message, action = null } = problem;
      await end(upload, { code, message, action });
    } else if (upload.failures + 1 >= MAX_FAILURES) {
      log.error('upload.given_up', { code: problem.code, kind: problem.kind });
      await end(upload, PROCESSING_FAILED);
    } else await putBack(upload, { afterMs: FIRST_PAUSE_MS * 4 ** upload.failures, failed: true });
  }

  async function end(upload: ClaimedUpload, rejection: Rejection): Promise<void> {
    await discard(upload.targetKey);
    const rejected = await retryOnLostConnection(() => store.reject(db, upload, rejection));
    if (rejected) await leaveQuarantine(upload);
  }

  async function putBack(
    upload: ClaimedUpload,
    change: { readonly afterMs: number; readonly failed: boolean },
  ): Promise<void> {
    await retryOnLostConnection(() =>
      db.transaction(async (tx) => {
        if (await store.putBack(tx, upload, change)) {
          await deps.ring(tx, upload.id, change.afterMs);
        }
      }),
    );
  }

  /** The form may still be used until it expires, so the key stays on record until then. */
  async function leaveQuarantine(upload: ClaimedUpload): Promise<void> {
    await discard(upload.quarantineKey);
  }

  async function discard(key: string | null): Promise<void> {
    if (key !== null) await objects.delete(key);
  }
}

async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { signal });
  return hash.digest('hex');
}
