import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaEngine } from '../media/media.ts';
import type { Lane, Usage } from '../models/models.ts';
import type { Moderated, Moderation } from '../moderation/moderation.ts';
import type { AccountId } from '../platform/ids.ts';
import type { ObjectInfo, ObjectStore } from '../platform/objects/objects.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { type Captions, captionFootage } from './caption-footage.ts';
import type { FileName, TranscriptFiles } from './contract.ts';
import { TranscriptNotFound } from './errors.ts';
import { acceptFootage, hearFootage, type OwnFootage } from './hear-footage.ts';
import type { ClaimedTranscript } from './store.ts';
import * as store from './store.ts';
import { presentWords } from './words-file.ts';

/** Runs `work` under a permit of the vendor's lane; at once without one. */
export type WithLane = <T>(
  lane: Lane | null,
  holder: string,
  signal: AbortSignal,
  work: () => Promise<T>,
) => Promise<T>;

/** Asks a model for something paid; `work` tells what it cost. */
export type Buy = <T>(
  purchase: {
    readonly accountId: AccountId;
    readonly kind: 'transcription';
    readonly model: string;
  },
  estimate: Usage,
  work: (bought: (usage: Usage) => void) => Promise<T>,
) => Promise<T>;

export type WorkDeps = {
  readonly db: Database;
  readonly objects: ObjectStore;
  readonly engine: MediaEngine;
  readonly transcription: Moderated['transcription'];
  readonly moderation: Moderation;
  readonly uploads: Pick<Uploads, 'findReady'>;
  readonly withLane: WithLane;
  readonly buy: Buy;
  /** Each attempt gets a folder of its own below this one. */
  readonly workDir: string;
};

export const FILE_TYPES: { readonly [Name in FileName]: string } = {
  srt: 'application/x-subrip',
  vtt: 'text/vtt',
  words: 'application/json',
  mp4: 'video/mp4',
};

/**
 * Makes the files of a claimed transcript and stores them below its prefix. The words are kept on record as soon
 * as they are known, so that a later attempt does not have them heard again.
 */
export async function workTranscript(
  deps: WorkDeps,
  transcript: ClaimedTranscript,
  signal: AbortSignal,
): Promise<TranscriptFiles> {
  const { accountId, uploadId, script, style, language } = transcript;
  const upload = await deps.uploads.findReady(accountId, uploadId, 'video', 'audio');
  const seconds = upload.media.seconds ?? 0;
  const dir = await mkdtemp(join(deps.workDir, 'transcript-'));
  try {
    const file = await deps.objects.localFile(upload.object.key, signal);
    const footage: OwnFootage = { file, title: 'Transcript', text: script, style, language };
    const tools = { engine: deps.engine, transcription: billed(deps, transcript, seconds) };
    const call = { signal, accountId };
    const info = await acceptFootage(tools, footage, call);
    const heard = transcript.heard ?? (await hearFootage(tools, footage, info, dir, call));
    if (script === null) await deps.moderation.assertAllowed(accountId, heard.text);
    if (transcript.heard === null && !(await store.keepHeard(deps.db, transcript, heard)))
      throw new TranscriptNotFound();
    const wish = { ...footage, info, burn: transcript.burn };
    const captions = await captionFootage(deps.engine, wish, heard, dir, call);
    return await storeFiles(deps.objects, transcript, captions, signal);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The model, with each call bought for the account and counted in the vendor's lane. */
function billed(
  { transcription, withLane, buy }: WorkDeps,
  { id, attempt, accountId }: ClaimedTranscript,
  seconds: number,
): Moderated['transcription'] {
  const purchase = { accountId, kind: 'transcription', model: transcription.id } as const;
  const holder = `${id}-${attempt}`;
  return {
    ...transcription,
    transcribe: (input, call) =>
      withLane(transcription.lane, holder, call.signal, () =>
        buy(purchase, transcription.estimate(seconds), (bought) =>
          transcription.transcribe(input, { ...call, bought }),
        ),
      ),
  };
}

async function storeFiles(
  objects: ObjectStore,
  { filesPrefix, language }: ClaimedTranscript,
  { srt, vtt, transcript, film }: Captions,
  signal: AbortSignal,
): Promise<TranscriptFiles> {
  const put = (name: FileName, text: string): Promise<ObjectInfo> =>
    objects.put(`${filesPrefix}/${name}`, Buffer.from(text), {
      contentType: FILE_TYPES[name],
      signal,
    });
  return {
    srt: await put('srt', srt),
    vtt: await put('vtt', vtt),
    words: await put('words', presentWords(transcript, language)),
    mp4:
      film === null
        ? null
        : await objects.putFile(`${filesPrefix}/mp4`, film, {
            contentType: FILE_TYPES.mp4,
            signal,
          }),
  };
}
