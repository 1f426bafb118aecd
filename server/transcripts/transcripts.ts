import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { alignWords } from '../compose/align.ts';
import {
  assertDrawable,
  captionWords,
  cuesOf,
  planCaptions,
  toSrt,
  toVtt,
} from '../compose/captions/captions.ts';
import { type Transcript, writeTranscript } from '../compose/compose.ts';
import type { CaptionStyle } from '../compose/look.ts';
import { FILM_FPS, type Format } from '../media/formats.ts';
import type { MediaCall, MediaEngine, MediaInfo, VideoInfo } from '../media/media.ts';
import type { TranscriptionModel } from '../models/models.ts';
import { captionedFilm } from './captioned-film.ts';
import { tooLong, withoutSound, withoutWords } from './errors.ts';
import { fitCaptions, nearestFormat, shownSize } from './fit-captions.ts';
import { clockTask } from './own-sound.ts';

/** Longer footage is refused: the pictures of its captions, and the work of its words, are bounded. */
const MAX_MINUTES = 20;
const MAX_SECONDS = MAX_MINUTES * 60;
/** What a slow, busy machine may take for a second of large footage, on top of a start. */
const TIMEOUT_PER_SECOND = 20;
const START_TIMEOUT_MS = 120_000;
/** Sound this much longer than the picture is sound, not the end of a codec's last frame: the picture is held. */
const HELD_FROM_SECONDS = 0.1;
const LEAST_SOUND_SECONDS = 0.05;

export type OwnFootage = {
  /** Absolute path of an ordinary video or audio file. */
  readonly file: string;
  readonly title: string;
  /** What is said in it; paragraphs apart by blank lines. */
  readonly text: string;
  readonly style: CaptionStyle;
  /** BCP 47. */
  readonly language: string;
};

/** Footage with its captions. `film` lies in a folder of its own until this is disposed. */
export type CaptionedFootage = AsyncDisposable & {
  /** MP4 with the captions in the picture; null for sound alone. */
  readonly film: string | null;
  readonly frames: number;
  readonly srt: string;
  readonly vtt: string;
  readonly transcript: Transcript;
};

/** What is being done, for whoever waits. */
export type CaptionStage = 'sound' | 'words' | 'picture';

type Call = { readonly signal: AbortSignal; readonly onStage?: (stage: CaptionStage) => void };

export type Transcripts = {
  /**
   * Times the words of `text` in the footage and puts them into its picture as captions. The film has the
   * footage's own size (scaled down to at most 1080x1920 either way up), 30 frames a second and its own
   * sound, no louder or softer.
   *
   * Rejects with `media_rejected`, `footage_silent`, `footage_too_long`, `script_empty`,
   * `missing_glyph`, or what the engine and the transcription model reject.
   */
  captionOwnFootage(footage: OwnFootage, call: Call): Promise<CaptionedFootage>;
};

type Deps = {
  readonly engine: MediaEngine;
  readonly transcription: TranscriptionModel;
  /** Where the folders of calls under way stand. */
  readonly workDir: string;
};

export function makeTranscripts(deps: Deps): Transcripts {
  return {
    async captionOwnFootage(footage, call) {
      const info = await acceptFootage(deps.engine, footage, call);
      await using opening = new AsyncDisposableStack();
      const dir = await mkdtemp(join(deps.workDir, 'captions-'));
      opening.defer(() => rm(dir, { recursive: true, force: true }));
      const heard = await hear(deps, footage, info, dir, call);
      const shown = planShown(footage, info.video, heard);
      const film = join(dir, 'film.mp4');
      if (info.video) {
        call.onStage?.('picture');
        const source = { file: footage.file, info, video: info.video };
        const track = fitCaptions(shown.track, shownSize(info.video));
        const task = await captionedFilm(source, track, { dir, film });
        await deps.engine.transcode(task, patient(heard.frames / FILM_FPS, call));
      }
      const folder = opening.move();
      return {
        film: info.video && film,
        ...shown.texts,
        [Symbol.asyncDispose]: () => folder.disposeAsync(),
      };
    },
  };
}

/** Refuses early what would fail late: the text first, since it costs nothing. */
async function acceptFootage(
  engine: MediaEngine,
  { file, text, style, language }: OwnFootage,
  call: Call,
): Promise<MediaInfo> {
  if (captionWords(text, language).length === 0) throw withoutWords();
  assertDrawable(text, style, language);
  const info = await engine.probe(file, call);
  if (info.audio === null) throw withoutSound();
  if (Math.max(info.seconds, info.video?.seconds ?? 0) > MAX_SECONDS) throw tooLong(MAX_MINUTES);
  return info;
}

type Heard = {
  readonly words: ReturnType<typeof alignWords>;
  readonly frames: number;
};

async function hear(
  { engine, transcription }: Deps,
  { file, text, language }: OwnFootage,
  info: MediaInfo,
  dir: string,
  call: Call,
): Promise<Heard> {
  call.onStage?.('sound');
  const clock = join(dir, 'clock.wav');
  // One second more than is allowed: a file that does not state its length shows that it is too long.
  const task = clockTask(file, info, { clock, maxSeconds: MAX_SECONDS + 1 });
  await engine.transcode(task, patient(info.seconds || MAX_SECONDS, call));
  const soundSeconds = (await engine.probe(clock, call)).audio?.seconds ?? 0;
  if (soundSeconds < LEAST_SOUND_SECONDS) throw withoutSound();
  if (soundSeconds > MAX_SECONDS) throw tooLong(MAX_MINUTES);
  call.onStage?.('words');
  const clocked = await transcription.transcribe({ file: clock, text, language }, call);
  const words = alignWords(captionWords(text, language), clocked, soundSeconds * 1000);
  return { words, frames: framesOf(info.video, soundSeconds) };
}

/** As long as the picture; longer, by its last frame, only where the sound goes on without it. */
function framesOf(video: VideoInfo | null, soundSeconds: number): number {
  const pictureSeconds = video?.seconds ?? 0;
  const seconds = soundSeconds > pictureSeconds + HELD_FROM_SECONDS ? soundSeconds : pictureSeconds;
  return Math.max(1, Math.round(seconds * FILM_FPS));
}

function planShown(
  { title, text, style, language }: OwnFootage,
  video: VideoInfo | null,
  { words, frames }: Heard,
) {
  const format: Format = video ? nearestFormat(shownSize(video)) : '9:16';
  const track = planCaptions({ text, words, frames, fps: FILM_FPS, format, style, language });
  const cues = cuesOf(track, 0);
  const transcript = writeTranscript(title, [{ startFrame: 0, frames, text, words }]);
  return { track, texts: { frames, srt: toSrt(cues), vtt: toVtt(cues), transcript } };
}

function patient(seconds: number, { signal }: Call): MediaCall {
  return { signal, timeoutMs: START_TIMEOUT_MS + seconds * TIMEOUT_PER_SECOND * 1000 };
}
