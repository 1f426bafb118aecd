import { join } from 'node:path';
import { alignWords } from '../compose/align.ts';
import { assertDrawable, captionWords } from '../compose/captions/captions.ts';
import type { CaptionStyle } from '../compose/look.ts';
import { FILM_FPS } from '../media/formats.ts';
import type { MediaCall, MediaEngine, MediaInfo, VideoInfo } from '../media/media.ts';
import type { TimedWord } from '../models/models.ts';
import { joinsWithoutSpace } from '../models/timed-words.ts';
import type { Moderated, OnBehalf } from '../moderation/moderation.ts';
import { Problem } from '../platform/problem.ts';
import { nothingHeard, scriptNeeded, tooLong, withoutSound, withoutWords } from './errors.ts';
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
  /** What is said in it; paragraphs apart by blank lines. Null leaves it to the recogniser. */
  readonly text: string | null;
  readonly style: CaptionStyle;
  /** BCP 47; null where nobody knows. */
  readonly language: string | null;
};

/** What is said in footage, and when. */
export type HeardFootage = {
  readonly text: string;
  /** The words of the text as captions show them, each with its time. */
  readonly words: readonly TimedWord[];
  /** Length of the captioned film. */
  readonly frames: number;
};

/** What is being done, for whoever waits. */
export type CaptionStage = 'sound' | 'words' | 'picture';
export type Call = OnBehalf & { readonly onStage?: (stage: CaptionStage) => void };

type Deps = {
  readonly engine: MediaEngine;
  readonly transcription: Moderated['transcription'];
};

/** Refuses early what would fail late: the text first, since it costs nothing. */
export async function acceptFootage(
  { engine, transcription }: Deps,
  { file, text, style, language }: OwnFootage,
  call: Call,
): Promise<MediaInfo> {
  if (text !== null) assertCaptionable(text, style, language);
  else if (!transcription.hears) throw scriptNeeded();
  const info = await engine.probe(file, call);
  if (info.audio === null) throw withoutSound();
  if (Math.max(info.seconds, info.video?.seconds ?? 0) > MAX_SECONDS) throw tooLong(MAX_MINUTES);
  return info;
}

/** Throws `script_empty` or `missing_glyph` for a text that captions cannot show. */
export function assertCaptionable(
  text: string,
  style: CaptionStyle,
  language: string | null,
): void {
  if (captionWords(text, language).length === 0) throw withoutWords();
  assertDrawable(text, style, language);
}

/**
 * Times the words of the footage's text or, where there is none, has them recognised. `dir` takes the sound.
 * Rejects with `footage_silent`, `footage_too_long`, `nothing_heard`, or what the engine and the model reject.
 */
export async function hearFootage(
  { engine, transcription }: Deps,
  { file, text, style, language }: OwnFootage,
  info: MediaInfo,
  dir: string,
  call: Call,
): Promise<HeardFootage> {
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
  const said = text ?? textOf(clocked, style, language);
  const words = alignWords(captionWords(said, language), clocked, soundSeconds * 1000);
  if (words.length === 0) throw nothingHeard();
  return { text: said, words, frames: framesOf(info.video, soundSeconds) };
}

/** What was heard, as a text; what no font draws, such as a recogniser's notes of music, is left out. */
function textOf(heard: readonly TimedWord[], style: CaptionStyle, language: string | null): string {
  let text = '';
  for (const word of heard) {
    const next = word.text.trim();
    if (next === '' || !isDrawable(next, style, language)) continue;
    text += text === '' || joinsWithoutSpace(text, next) ? next : ` ${next}`;
  }
  return text;
}

function isDrawable(word: string, style: CaptionStyle, language: string | null): boolean {
  try {
    assertDrawable(word, style, language);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === 'missing_glyph') return false;
    throw error;
  }
}

/** As long as the picture; longer, by its last frame, only where the sound goes on without it. */
function framesOf(video: VideoInfo | null, soundSeconds: number): number {
  const pictureSeconds = video?.seconds ?? 0;
  const seconds = soundSeconds > pictureSeconds + HELD_FROM_SECONDS ? soundSeconds : pictureSeconds;
  return Math.max(1, Math.round(seconds * FILM_FPS));
}

/** A call of the media engine with time for so many seconds of footage. */
export function patient(seconds: number, { signal }: Call): MediaCall {
  return { signal, timeoutMs: START_TIMEOUT_MS + seconds * TIMEOUT_PER_SECOND * 1000 };
}
