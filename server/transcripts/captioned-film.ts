import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CaptionTrack, drawStrips } from '../compose/captions/captions.ts';
import { footageChain } from '../compose/compose.ts';
import { FILM_FPS } from '../media/formats.ts';
import type { MediaInfo, TranscodeTask, VideoInfo } from '../media/media.ts';
import { keptSound } from './own-sound.ts';

/** House settings: crf 23, a keyframe every two seconds. */
const ENCODING = {
  codec: 'h264',
  preset: 'veryfast',
  crf: 23,
  fps: FILM_FPS,
  gopFrames: 2 * FILM_FPS,
} as const;
const AUDIO_KBPS = 192;
/** Beyond this many pictures words light up at once instead of filling: a command line holds 128 KiB. */
const MAX_FILLING_STATES = 4_000;

/**
 * The task that encodes footage with its captions and its own sound in one pass, whatever its length.
 * `dir` takes the caption pictures and has to stay until the task has run.
 */
export async function captionedFilm(
  source: { readonly file: string; readonly info: MediaInfo; readonly video: VideoInfo },
  track: CaptionTrack,
  { dir, film }: { readonly dir: string; readonly film: string },
): Promise<TranscodeTask> {
  const { frames, size } = track;
  const { y, states } = await drawStrips(withinReason(track), dir);
  const starts = states.map(({ startFrame }) => startFrame);
  const list = join(dir, 'captions.ffconcat');
  const entries = states.map(({ name, startFrame }, i) => {
    const length = (starts[i + 1] ?? frames) - startFrame;
    return `file ${name}\nduration ${(length / FILM_FPS).toFixed(6)}\n`;
  });
  await writeFile(list, `ffconcat version 1.0\n${entries.join('')}`);
  const picture = footageChain(source.video, { size, fromFrame: 0, frames });
  const graph = [
    `[0:v]${picture}[footage]`,
    `[1:v]${captionChain(starts)}[captions]`,
    `[footage][captions]overlay=x=0:y=${y}:format=yuv420[picture]`,
    `[0:a]${keptSound(source.info)}[sound]`,
  ].join(';');
  return {
    inputs: [
      { kind: 'media', file: source.file },
      { kind: 'pictures', file: list },
    ],
    graph,
    outputs: [
      {
        file: film,
        video: { from: 'picture', frames, encoding: ENCODING },
        audio: { from: 'sound', encoding: { codec: 'aac', bitrateKbps: AUDIO_KBPS } },
      },
    ],
  };
}

/** The same captions with one state a word where there would be too many. */
function withinReason(track: CaptionTrack): CaptionTrack {
  if (track.states.length <= MAX_FILLING_STATES) return track;
  const states: CaptionTrack['states'][number][] = [];
  for (const state of track.states) {
    const last = states.at(-1);
    if (last && last.page === state.page && last.word === state.word) {
      states[states.length - 1] = { ...last, filled: 1, toFrame: state.toFrame };
    } else states.push(state);
  }
  return { ...track, states };
}

/**
 * Times the pictures by their number, since the list's own times are rounded to 1/25 s, and turns their
 * colours into the film's BT.709.
 */
function captionChain(startFrames: readonly number[]): string {
  const steps = startFrames.slice(1).map((frame, i) => {
    return `${frame - (startFrames[i] ?? 0)}*gte(N\\,${i + 1})`;
  });
  return [
    `settb=1/${FILM_FPS}`,
    `setpts=${balancedSum(steps)}`,
    'scale=out_color_matrix=bt709:out_range=limited:flags=accurate_rnd',
    'format=yuva420p',
  ].join(',');
}

/** FFmpeg reads no expression deeper than about a hundred, and a plain sum is as deep as it is long. */
function balancedSum(terms: readonly string[]): string {
  if (terms.length <= 2) return terms.join('+') || '0';
  const half = Math.floor(terms.length / 2);
  return `(${balancedSum(terms.slice(0, half))})+(${balancedSum(terms.slice(half))})`;
}
