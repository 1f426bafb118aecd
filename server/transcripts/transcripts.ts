import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaEngine } from '../media/media.ts';
import type { Moderated, Moderation } from '../moderation/moderation.ts';
import { type Captions, captionFootage } from './caption-footage.ts';
import { acceptFootage, type Call, hearFootage, type OwnFootage } from './hear-footage.ts';

export type { CaptionStage, OwnFootage } from './hear-footage.ts';
export { makeStoredTranscripts, type StoredTranscripts } from './stored-transcripts.ts';

/** Footage with its captions. `film` lies in a folder of its own until this is disposed. */
export type CaptionedFootage = Captions & AsyncDisposable;

export type Transcripts = {
  /**
   * Times the words of `text` in the footage (without one, those that are heard) and puts them into its picture as
   * captions. The film has the footage's own size (scaled down to at most 1080x1920 either way up), 30 frames a
   * second and its own sound, no louder or softer.
   *
   * Rejects with `content_rejected`, `media_rejected`, `footage_silent`, `footage_too_long`, `script_empty`, `script_needed`,
   * `nothing_heard`, `missing_glyph`, or what the engine and the transcription model reject.
   */
  captionOwnFootage(footage: OwnFootage, call: Call): Promise<CaptionedFootage>;
};

type Deps = {
  readonly engine: MediaEngine;
  readonly transcription: Moderated['transcription'];
  readonly moderation: Moderation;
  /** Where the folders of calls under way stand. */
  readonly workDir: string;
};

/** Captions for files of this machine. */
export function makeTranscripts(deps: Deps): Transcripts {
  return {
    async captionOwnFootage(footage, call) {
      await deps.moderation.assertAllowed(call.accountId, footage.text);
      const info = await acceptFootage(deps, footage, call);
      await using opening = new AsyncDisposableStack();
      const dir = await mkdtemp(join(deps.workDir, 'captions-'));
      opening.defer(() => rm(dir, { recursive: true, force: true }));
      const heard = await hearFootage(deps, footage, info, dir, call);
      const wish = { ...footage, info, burn: true };
      const captions = await captionFootage(deps.engine, wish, heard, dir, call);
      const folder = opening.move();
      return { ...captions, [Symbol.asyncDispose]: () => folder.disposeAsync() };
    },
  };
}
