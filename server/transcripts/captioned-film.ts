import type { CaptionTrack } from '../compose/captions/captions.ts';
import { footageChain, stripChain, writeStrips } from '../compose/compose.ts';
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
  const strips = await writeStrips(withinReason(track), { fromFrame: 0, frames }, dir);
  const picture = footageChain(source.video, { size, fromFrame: 0, frames });
  const graph = [
    `[0:v]${picture}[footage]`,
    `[1:v]${stripChain(strips)}[captions]`,
    `[footage][captions]overlay=x=0:y=${strips.y}:format=yuv420[picture]`,
    `[0:a]${keptSound(source.info)}[sound]`,
  ].join(';');
  return {
    inputs: [
      { kind: 'media', file: source.file },
      { kind: 'pictures', file: strips.list },
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
