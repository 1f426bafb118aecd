import { FILM_FPS } from '../../media/formats.ts';
import type { CaptionTrack } from './track.ts';

/** A page as text, for players that draw captions themselves. Times in ms from the film's start. */
export type Cue = { readonly startMs: number; readonly endMs: number; readonly text: string };

/** The cues of a scene that starts at `startFrame` of its film: one a page, its lines kept. */
export function cuesOf(track: CaptionTrack, startFrame: number): readonly Cue[] {
  return track.pages.map((page) => ({
    startMs: toMs(startFrame + page.fromFrame),
    endMs: toMs(startFrame + page.toFrame),
    text: page.lines
      .map(({ words }) =>
        words.map(({ text, spaced }, i) => (spaced && i > 0 ? ` ${text}` : text)).join(''),
      )
      .join('\n'),
  }));
}

function toMs(frame: number): number {
  return Math.round((frame * 1000) / FILM_FPS);
}

/** SubRip text. An arrow of the kind that parts its times becomes a real one, so that no reader trips. */
export function toSrt(cues: readonly Cue[]): string {
  return cues
    .map(({ startMs, endMs, text }, i) => {
      const times = `${clock(startMs, ',')} --> ${clock(endMs, ',')}`;
      return `${i + 1}\n${times}\n${text.replaceAll('-->', '→')}\n\n`;
    })
    .join('');
}

/** WebVTT (W3C): the three characters with a meaning of their own are escaped. */
export function toVtt(cues: readonly Cue[]): string {
  const blocks = cues.map(({ startMs, endMs, text }) => {
    const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    return `${clock(startMs, '.')} --> ${clock(endMs, '.')}\n${safe}\n\n`;
  });
  return `WEBVTT\n\n${blocks.join('')}`;
}

/** `01:02:03,456`; hours grow past two digits. */
function clock(ms: number, mark: ',' | '.'): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${mark}${rest}`;
}
