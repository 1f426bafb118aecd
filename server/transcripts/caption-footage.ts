import { join } from 'node:path';
import { cuesOf, planCaptions, toSrt, toVtt } from '../compose/captions/captions.ts';
import { type Transcript, writeTranscript } from '../compose/compose.ts';
import { FILM_FPS, type Format } from '../media/formats.ts';
import type { MediaEngine, MediaInfo } from '../media/media.ts';
import { captionedFilm } from './captioned-film.ts';
import { fitCaptions, nearestFormat, shownSize } from './fit-captions.ts';
import { type Call, type HeardFootage, type OwnFootage, patient } from './hear-footage.ts';

/** The captions of footage in every form. */
export type Captions = {
  /** MP4 with the captions in the picture; null for sound alone, or where none is wanted. */
  readonly film: string | null;
  readonly frames: number;
  readonly srt: string;
  readonly vtt: string;
  readonly transcript: Transcript;
};

/**
 * Lays out the captions of what was heard and, where `burn` says so, draws them into the picture: the footage's
 * own size (at most 1080x1920 either way up), 30 frames a second and its own sound, no louder or softer.
 * The film lies in `dir`. Rejects with `missing_glyph` or what the engine rejects.
 */
export async function captionFootage(
  engine: MediaEngine,
  footage: Omit<OwnFootage, 'text'> & { readonly info: MediaInfo; readonly burn: boolean },
  { text, words, frames }: HeardFootage,
  dir: string,
  call: Call,
): Promise<Captions> {
  const { file, title, style, language, info, burn } = footage;
  const { video } = info;
  const format: Format = video ? nearestFormat(shownSize(video)) : '9:16';
  const track = planCaptions({ text, words, frames, fps: FILM_FPS, format, style, language });
  const cues = cuesOf(track, 0);
  const transcript = writeTranscript(title, [{ startFrame: 0, frames, text, words }]);
  let film: string | null = null;
  if (video && burn) {
    call.onStage?.('picture');
    film = join(dir, 'film.mp4');
    const fitted = fitCaptions(track, shownSize(video));
    const task = await captionedFilm({ file, info, video }, fitted, { dir, film });
    await engine.transcode(task, patient(frames / FILM_FPS, call));
  }
  return { film, frames, srt: toSrt(cues), vtt: toVtt(cues), transcript };
}
