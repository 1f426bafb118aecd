import { type AccountId, newId } from '../platform/ids.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { CreateTranscript, Failure, FileName, TranscriptId } from './contract.ts';
import {
  scriptNeeded,
  TooManyTranscripts,
  TranscriptFileNotFound,
  TranscriptNotFound,
  withoutSound,
} from './errors.ts';
import { assertCaptionable } from './hear-footage.ts';
import { makePerformTranscript, type PerformDeps } from './perform-transcript.ts';
import type { TranscriptRow } from './schema.ts';
import * as store from './store.ts';
import { FILE_TYPES } from './work-transcript.ts';

export type { WithLane } from './work-transcript.ts';

const MOST_OPEN = 20;
/** Rung for again when nobody took it for this long. */
const OVERDUE_MS = 20_000;
/** Bounds one round; the rest waits for the next. */
const AT_ONCE = 100;
const LINK_SECONDS = 300;

/** What became of a transcript whose account was deleted while it was being made. */
const ACCOUNT_DELETED: Failure = {
  code: 'account_deleted',
  message: 'The account was deleted while this was being made.',
  retryable: false,
  action: 'Ask for it once more.',
};

const NAMES: { readonly [Name in FileName]: (day: string) => string } = {
  srt: (day) => `captions-${day}.srt`,
  vtt: (day) => `captions-${day}.vtt`,
  words: (day) => `words-${day}.json`,
  mp4: (day) => `captioned-${day}.mp4`,
};

export type StoredTranscripts = ReturnType<typeof makeStoredTranscripts>;

/** Transcripts of uploads: asked for, made by a worker, kept with their files. */
export function makeStoredTranscripts(deps: PerformDeps) {
  const { db, objects, transcription, moderation, uploads } = deps;

  async function find(accountId: AccountId, id: TranscriptId): Promise<TranscriptRow> {
    const transcript = await store.find(db, accountId, id);
    if (!transcript) throw new TranscriptNotFound();
    return transcript;
  }

  return {
    /**
     * Asks for the captions of a ready upload. `saved` runs in the transaction that writes it. Rejects with
     * `content_rejected`, `script_empty`, `script_needed`, `missing_glyph`, `footage_silent`,
     * `too_many_transcripts`, or what keeps the upload from being used.
     */
    async create(
      accountId: AccountId,
      wish: CreateTranscript,
      saved: (tx: Database, created: TranscriptRow) => Promise<void> = async () => undefined,
    ): Promise<TranscriptRow> {
      const { script = null, language = null, style, burn } = wish;
      await moderation.assertAllowed(accountId, { script, language });
      if (script !== null) assertCaptionable(script, style, language);
      else if (!transcription.hears) throw scriptNeeded();
      const upload = await uploads.findReady(accountId, wish.upload_id, 'video', 'audio');
      if (!upload.media.hasAudio) throw withoutSound();
      return await db.transaction(async (tx) => {
        await store.lockWishes(tx, accountId);
        if ((await store.countOpen(tx, accountId)) >= MOST_OPEN)
          throw new TooManyTranscripts(MOST_OPEN);
        const row = { id: newId('trn'), accountId, uploadId: upload.id, script, language };
        const created = await store.insert(tx, { ...row, style, burn });
        await deps.ring(tx, created.id, 0);
        await saved(tx, created);
        return created;
      });
    },

    find,

    /** Newest first, at most `limit`; `before` is the last id that was seen. */
    list: (
      accountId: AccountId,
      page: { readonly before: string | null; readonly limit: number },
    ): Promise<readonly TranscriptRow[]> => store.listPage(db, accountId, page),

    /** A link to one of its files, good for five minutes. Rejects with `transcript_file_not_found` while there is none. */
    async linkTo(accountId: AccountId, id: TranscriptId, name: FileName): Promise<string> {
      const { files, createdAt } = await find(accountId, id);
      const file = files?.[name] ?? null;
      if (file === null) throw new TranscriptFileNotFound();
      return await objects.signedGet(file.key, {
        seconds: LINK_SECONDS,
        contentType: FILE_TYPES[name],
        downloadName: NAMES[name](createdAt.toISOString().slice(0, 10)),
      });
    },

    /** Deletes it with its files, whatever its state; the upload stays. */
    async remove(accountId: AccountId, id: TranscriptId): Promise<void> {
      if (!(await store.markDeleted(db, accountId, id))) throw new TranscriptNotFound();
      await clearDeleted(db, objects);
    },

    /** Ends what is being made for an account that is being deleted; how many. */
    stopAll: (tx: Database, accountId: AccountId): Promise<number> =>
      store.failAll(tx, accountId, ACCOUNT_DELETED),

    /** Answers a bell: works on the transcript if it is due and free, else does nothing. */
    perform: makePerformTranscript(deps),

    /**
     * Rings again for what is due and was not taken, since bells are lost and workers die, and clears away what
     * was deleted while somebody worked on it. The number rung for.
     */
    async rescue(): Promise<number> {
      await clearDeleted(db, objects);
      return await db.transaction(async (tx) => {
        const overdue = await store.takeOverdue(tx, { overdueMs: OVERDUE_MS, limit: AT_ONCE });
        for (const id of overdue) await deps.ring(tx, id, 0);
        return overdue.length;
      });
    },
  };
}

/** The files first: a row without its files is seen again, files without their row are not. */
async function clearDeleted(db: Database, objects: ObjectStore): Promise<void> {
  for (const { id, filesPrefix } of await store.listDeleted(db, AT_ONCE)) {
    if (filesPrefix !== null) await objects.deletePrefix(`${filesPrefix}/`);
    await store.forget(db, id);
  }
}
