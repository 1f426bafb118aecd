import { randomBytes } from 'node:crypto';
import type { MediaEngine } from '../media/media.ts';
import type { Clock } from '../platform/clock.ts';
import { type AccountId, newId, type UploadId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectInfo, ObjectStore, SignedUpload } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import { Problem } from '../platform/problem.ts';
import { type CreateUpload, kindOf, type StoredObject, type UploadKind } from './contract.ts';
import {
  ACCOUNT_DELETED,
  fileTooLarge,
  TooManyUploads,
  UploadMissing,
  UploadNotFound,
  UploadNotReady,
  UploadOfOtherKind,
  UploadRejected,
} from './errors.ts';
import { inspectMedia } from './inspect-media.ts';
import { makeProcessUpload, type RingUpload } from './process-upload.ts';
import type { UploadRow } from './schema.ts';
import * as store from './store.ts';

export type { StoredObject, UploadKind } from './contract.ts';
export type { RingUpload } from './process-upload.ts';
export type { UploadRow } from './schema.ts';

/** How long a form takes its file. */
const FORM_SECONDS = 15 * 60;
/** A clock may run ahead of another a little. */
const FORM_KEPT_MINUTES = FORM_SECONDS / 60 + 5;
const KEPT_HOURS = 24;
const MOST_OPEN = 20;
/** Rung for again when nobody took it for this long. */
const OVERDUE_MS = 20_000;
/** Bounds one round; the rest waits for the next. */
const AT_ONCE = 100;

export type CreatedUpload = {
  readonly upload: UploadRow;
  readonly form: SignedUpload & { readonly expiresAt: Date };
};

/** An upload that can be used: what it was made into. */
export type ReadyUpload = UploadRow & {
  readonly object: StoredObject;
  readonly media: NonNullable<UploadRow['media']>;
};

export type UploadsDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly engine: MediaEngine;
  /** Holds a folder for each file that is being encoded; must exist. */
  readonly workDir: string;
  readonly ring: RingUpload;
  readonly now: Clock;
  readonly log: Log;
};

export type Uploads = ReturnType<typeof makeUploads>;

/**
 * Users' own files. A form takes the bytes into quarantine; completing looks at them and has them encoded anew;
 * only what came of that is ever used.
 */
export function makeUploads(deps: UploadsDeps) {
  const { db, objects, engine, now } = deps;

  async function find(accountId: AccountId, id: UploadId): Promise<UploadRow> {
    const upload = await store.find(db, accountId, id);
    if (!upload) throw new UploadNotFound();
    return upload;
  }

  return {
    /**
     * Opens an upload and its form: one key, one type, no more bytes than stated, 15 minutes. `saved` runs in the
     * transaction that writes it. Rejects with `too_many_uploads` beyond 20 unfinished ones.
     */
    async create(
      accountId: AccountId,
      { content_type: contentType, size_bytes: sizeBytes }: CreateUpload,
      saved: (tx: Database, created: CreatedUpload) => Promise<void> = async () => undefined,
    ): Promise<CreatedUpload> {
      const quarantineKey = `quarantine/${randomBytes(16).toString('hex')}`;
      const expiresAt = new Date(now().getTime() + FORM_SECONDS * 1000);
      const signed = await objects.signedUpload(quarantineKey, {
        seconds: FORM_SECONDS,
        contentType,
        maxBytes: sizeBytes,
      });
      const kind = kindOf(contentType);
      return await db.transaction(async (tx) => {
        await store.lockOpenings(tx, accountId);
        if ((await store.countOpen(tx, accountId)) >= MOST_OPEN)
          throw new TooManyUploads(MOST_OPEN);
        const row = { id: newId('upl'), accountId, kind, contentType, sizeBytes, quarantineKey };
        const upload = await store.insert(tx, row, KEPT_HOURS);
        const created = { upload, form: { ...signed, expiresAt } };
        await saved(tx, created);
        return created;
      });
    },

    /**
     * Looks at what has arrived and has it encoded; again, it tells where that stands. Rejects with
     * `upload_missing`, or with what the file was rejected for (`file_too_large`, `media_rejected`, `media_too_long`,
     * `image_too_small`, `processing_failed`), now or before.
     */
    async complete(accountId: AccountId, id: UploadId, signal: AbortSignal): Promise<UploadRow> {
      const upload = await find(accountId, id);
      if (upload.rejection) throw new UploadRejected(upload.rejection);
      const { quarantineKey } = upload;
      if (upload.status !== 'created' || quarantineKey === null) return upload;
      const arrived = await objects.head(quarantineKey, signal);
      if (arrived === null) throw new UploadMissing();
      const media = await lookAt(upload, arrived, signal);
      await db.transaction(async (tx) => {
        if (await store.beginProcessing(tx, accountId, id, media)) await deps.ring(tx, id, 0);
      });
      return await find(accountId, id);
    },

    find,

    /**
     * An upload of one of those kinds, for another capability to use. Rejects with `upload_not_found`,
     * `upload_wrong_kind`, `upload_not_ready`, or what it was rejected for.
     */
    async findReady(
      accountId: AccountId,
      id: UploadId,
      ...kinds: readonly UploadKind[]
    ): Promise<ReadyUpload> {
      const upload = await find(accountId, id);
      if (!kinds.includes(upload.kind)) throw new UploadOfOtherKind(kinds);
      if (upload.rejection) throw new UploadRejected(upload.rejection);
      const { object, media } = upload;
      if (object === null || media === null) throw new UploadNotReady();
      return { ...upload, object, media };
    },

    /** Ends what is under way for an account that is being deleted; how many. */
    stopAll: (tx: Database, accountId: AccountId): Promise<number> =>
      store.rejectAll(tx, accountId, ACCOUNT_DELETED),

    /** Answers a bell: encodes the upload if it is due and free, else does nothing. */
    perform: makeProcessUpload(deps),

    /** Rings again for what is due and was not taken: bells are lost, workers die. The number rung for. */
    async rescue(): Promise<number> {
      return await db.transaction(async (tx) => {
        const overdue = await store.takeOverdue(tx, { overdueMs: OVERDUE_MS, limit: AT_ONCE });
        for (const id of overdue) await deps.ring(tx, id, 0);
        return overdue.length;
      });
    },

    /**
     * Forgets what was not completed within 24 hours, and removes what is in quarantine of it and of everything
     * finished. At most 100 of each a call; the number removed.
     */
    async purgeExpired(): Promise<number> {
      const expired = await store.listExpired(db, AT_ONCE);
      for (const { id, quarantineKey } of expired) {
        // The object first: a row without its object is seen again, an object without its row is not.
        if (quarantineKey !== null) await objects.delete(quarantineKey);
        await store.deleteExpired(db, id);
      }
      const left = await store.listLeftInQuarantine(db, FORM_KEPT_MINUTES, AT_ONCE);
      for (const { id, quarantineKey } of left) {
        if (quarantineKey !== null) await objects.delete(quarantineKey);
        await store.forgetQuarantine(db, id);
      }
      return expired.length + left.length;
    },
  };

  async function lookAt(upload: UploadRow, { key, sizeBytes }: ObjectInfo, signal: AbortSignal) {
    try {
      // The form says so too; not every service that takes forms holds to it.
      if (sizeBytes > upload.sizeBytes) throw fileTooLarge();
      const file = await objects.localFile(key, signal);
      return inspectMedia(upload.kind, await engine.probe(file, { signal }));
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'invalid') throw error;
      const { code, message, action = null } = error;
      await store.rejectCreated(db, upload.accountId, upload.id, { code, message, action });
      await objects.delete(key);
      throw error;
    }
  }
}
